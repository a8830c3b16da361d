/* An open WebSocket: frames in, messages out, the closing handshake (RFC 6455 sections 5 to 7). */
#ifndef PLUGINS_WEBSOCKET_STREAM_H
#define PLUGINS_WEBSOCKET_STREAM_H

#include "worker.h"

struct websocket_partial;

enum websocket_phase {
    WEBSOCKET_OPEN,
    WEBSOCKET_CLOSING, /* our Close is sent, the peer's is awaited, all else is ignored */
    WEBSOCKET_ENDED,   /* nothing more is read or written */
};

/* The inline state of a stream. While `partial` is NULL it costs no other memory. */
struct websocket_stream {
    struct websocket_service *service;
    struct websocket_partial *partial; /* NULL between messages */
    uint16_t close_code;               /* for the service's close() */
    uint8_t phase;                     /* enum websocket_phase */
    bool full : 1;                     /* the high-water mark was passed; until drained() */
    bool paused : 1;                   /* by the service */
    bool alive : 1;                    /* a sign of life since the last timer */
    bool pinged : 1;                   /* a ping is out, and no sign of life since */
    bool stopping : 1;                 /* the timer is the stop's */
    uint32_t member; /* its place among the worker's members, which have more; 0: none */
};

_Static_assert(sizeof(struct websocket_stream) <= SHUNT_STREAM_STATE_BYTES, "must fit the slot");

static inline struct websocket_stream *websocket_state(struct shunt_stream *stream)
{
    return websocket_host->state(stream);
}

/* The peer has given a sign of life. */
void websocket_stream_alive(struct shunt_stream *stream, struct websocket_stream *ws);

/* The callbacks of the protocol (<shunt/plugin.h>), but data(). */
void websocket_stream_open(void *local, struct shunt_stream *stream);
void websocket_stream_drained(struct shunt_stream *stream);
void websocket_stream_end(struct shunt_stream *stream);
void websocket_stream_timer(struct shunt_stream *stream);
void websocket_stream_shutdown(struct shunt_stream *stream);
void websocket_stream_close(struct shunt_stream *stream, enum shunt_close_reason reason);

#endif
