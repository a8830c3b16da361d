/* Frames to the peer, and what a service may call. */
#ifndef PLUGINS_WEBSOCKET_SEND_H
#define PLUGINS_WEBSOCKET_SEND_H

#include "frame.h"
#include "stream.h"

extern const struct shunt_websocket_api websocket_api;

/* Queue one whole frame. Statuses as host->write. Not for Close frames. */
enum shunt_status websocket_send(struct shunt_stream *stream, enum websocket_opcode opcode,
                                 const void *bytes, size_t len);

/* Queue a Close frame, start the wait for the peer's. SHUNT_OK or as host->write.
 * `code` 1005 sends none. Nothing happens unless the stream is open. */
void websocket_close_start(struct shunt_stream *stream, uint16_t code, struct shunt_span reason);

/* The peer's Close, whole. */
void websocket_close_received(struct shunt_stream *stream, const uint8_t *payload, size_t len);

/* Fail the connection (section 7.1.7): say why, if we may still speak, and close. */
void websocket_close_fail(struct shunt_stream *stream, uint16_t code);

/* Nothing follows: the service will be told `code`. */
void websocket_close_end(struct shunt_stream *stream, uint16_t code, enum shunt_close_mode mode);

#endif
