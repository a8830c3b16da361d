/* The closing handshake (RFC 6455 section 7). */
#ifndef PLUGINS_WEBSOCKET_CLOSE_H
#define PLUGINS_WEBSOCKET_CLOSE_H

#include "stream.h"

/* Close codes (section 7.4.1) that the protocol itself uses. */
enum {
    WEBSOCKET_CODE_GOING_AWAY = 1001,
    WEBSOCKET_CODE_PROTOCOL = 1002,
    WEBSOCKET_CODE_NONE = 1005, /* for the service only: the Close had none */
    WEBSOCKET_CODE_LOST = 1006, /* for the service only: there was no Close */
    WEBSOCKET_CODE_NO_TEXT = 1007,
    WEBSOCKET_CODE_POLICY = 1008,
    WEBSOCKET_CODE_TOO_BIG = 1009,
    WEBSOCKET_CODE_OUR_FAULT = 1011,
};

/* Queue a Close frame, start the wait for the peer's. SHUNT_OK or as host->write.
 * `code` 1005 sends none. Nothing happens unless the stream is open. */
void websocket_close_start(struct shunt_stream *stream, uint16_t code, struct shunt_span reason);

/* The server stops: a wait for the peer's Close that has begun is shortened. One that begins while
 * ws->stopping is set is short at once. */
void websocket_close_hurry(struct shunt_stream *stream);

/* The peer's Close, whole. */
void websocket_close_received(struct shunt_stream *stream, const uint8_t *payload, size_t len);

/* Fail the connection (section 7.1.7): send a Close with `code`, if none was sent, and close. */
void websocket_close_fail(struct shunt_stream *stream, uint16_t code);

/* Nothing follows: the service's close() gets `code`. */
void websocket_close_end(struct shunt_stream *stream, uint16_t code, enum shunt_close_mode mode);

#endif
