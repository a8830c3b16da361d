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
    union {
        uint16_t close_code; /* for the service's close(); set when it is no longer OPEN */
        struct {
            uint8_t life_at, idle_at; /* while it is OPEN: deadlines, see keepalive.c */
        };
    };
    uint8_t ping_at;      /* of the next ping, or of the pong */
    uint8_t phase : 2;    /* enum websocket_phase */
    uint8_t full : 1;     /* the high-water mark was passed; until drained() */
    uint8_t paused : 1;   /* by the service */
    uint8_t alive : 1;    /* a sign of life since the last ping was due */
    uint8_t pinged : 1;   /* a ping is out, and no sign of life since */
    uint8_t stopping : 1; /* the timer is the stop's */
    uint8_t active : 1;   /* a message came or went since idleness was looked for */
    uint32_t member;      /* its place among the worker's members, which have more; 0: none */
};

_Static_assert(sizeof(struct websocket_stream) <= SHUNT_STREAM_STATE_BYTES, "must fit the slot");

static inline struct websocket_stream *websocket_state(struct shunt_stream *stream)
{
    return websocket_host->state(stream);
}

/* The callbacks of the protocol (<shunt/plugin.h>), but data(). */
void websocket_stream_open(void *local, struct shunt_stream *stream);
void websocket_stream_drained(struct shunt_stream *stream);
void websocket_stream_end(struct shunt_stream *stream);
void websocket_stream_timer(struct shunt_stream *stream);
void websocket_stream_shutdown(struct shunt_stream *stream);
void websocket_stream_close(struct shunt_stream *stream, enum shunt_close_reason reason);

#endif
