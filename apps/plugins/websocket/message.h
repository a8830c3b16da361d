/* A message for many receivers: a whole frame, made once, with a count of who uses it. */
#ifndef PLUGINS_WEBSOCKET_MESSAGE_H
#define PLUGINS_WEBSOCKET_MESSAGE_H

#include "frame.h"
#include "stream.h"

#include <stdatomic.h>

/*
 * Of any thread, never changed once it is made, but for its compressed form: the first worker that
 * sends it to a client that decompresses makes that for all of them, without context.
 */
struct shunt_websocket_message {
    atomic_uint references;
    uint8_t kind;          /* enum shunt_websocket_kind */
    uint8_t *frame;        /* header and payload, one behind the other */
    size_t header_len;     /* the payload begins there */
    size_t len;            /* of both */
    struct shunt_span key; /* what replaces what for slow peers; empty: nothing */
    uint64_t key_hash;
    struct shunt_websocket_message *_Atomic compressed; /* NULL: not yet; itself: is no shorter */
};

static inline size_t websocket_message_payload_len(const struct shunt_websocket_message *message)
{
    return message->len - message->header_len;
}

/* As the members of struct shunt_websocket_api. */
struct shunt_websocket_message *websocket_message_create(enum shunt_websocket_kind kind,
                                                         const void *bytes, size_t len);
void websocket_message_hold(struct shunt_websocket_message *message);
void websocket_message_release(struct shunt_websocket_message *message);

/* The message in its compressed form, or itself where that is no shorter. Borrowed from it. */
struct shunt_websocket_message *websocket_message_compressed(
    struct shunt_websocket_message *message, struct websocket_codecs *codecs, int level);

/* How many bytes a frame of `len` has, and the frame itself into room for it. */
size_t websocket_message_frame_bytes(size_t len);
void websocket_message_init(struct shunt_websocket_message *message, uint8_t *frame,
                            enum shunt_websocket_kind kind, const void *bytes, size_t len);

#endif
