/* What a stream holds while a frame or a message has come in part only. */
#ifndef PLUGINS_WEBSOCKET_PARTIAL_H
#define PLUGINS_WEBSOCKET_PARTIAL_H

#include "deflate.h"
#include "frame.h"
#include "stream.h"
#include "utf8.h"

struct websocket_partial {
    /* Of a header that is cut short. */
    uint8_t header[WEBSOCKET_HEADER_BYTES_MAX];
    uint8_t header_len;
    /* Of a frame whose payload is cut short. */
    bool in_frame;
    struct websocket_frame frame;
    uint64_t got; /* bytes of its payload that have come */
    uint8_t control[WEBSOCKET_CONTROL_BYTES_MAX];
    /* Of the message being assembled. */
    uint8_t kind; /* enum shunt_websocket_kind; 0: none */
    bool compressed;
    bool begun; /* the service has had a part of it */
    struct websocket_utf8 utf8;
    uint64_t fragments;
    uint64_t wire_bytes;  /* payload so far */
    uint64_t given_bytes; /* of it, or of what it was decompressed to, as parts */
    uint8_t *bytes;       /* payload that waits for the rest */
    size_t len, room;
    struct websocket_inflater *inflater; /* of a message in parts; NULL, or the context's */
    /* Of a stream with take-over, from its first compressed message to its end. */
    struct websocket_context *context;
    /* The last ping that came while the queue was full. */
    bool pong_due;
    uint8_t pong_len;
    uint8_t pong[WEBSOCKET_CONTROL_BYTES_MAX];
};

/* The stream's, made when it has none; NULL when there is no memory. */
struct websocket_partial *websocket_partial_need(struct websocket_stream *ws);

/* Append to the message, whose whole size will be at most `size_max`. Room is made for what has
 * come, never for what was announced. SHUNT_OK or SHUNT_ENOMEM. */
enum shunt_status websocket_partial_append(struct websocket_partial *partial, const uint8_t *bytes,
                                           size_t len, uint64_t size_max) SHUNT_MUST_USE;

/* The context of a stream whose terms have take-over, made when it has none; NULL: they have none, or
 * there is no memory. */
struct websocket_context *websocket_partial_context(struct websocket_stream *ws);

/* A message has ended, or has failed: what it held is let go. */
void websocket_partial_message_end(struct websocket_stream *ws);

/* Free it when it holds nothing. */
void websocket_partial_trim(struct websocket_stream *ws);
void websocket_partial_free(struct websocket_stream *ws);

#endif
