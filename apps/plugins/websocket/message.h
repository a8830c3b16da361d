/* A message for many receivers: a whole frame, made once, with a count of who uses it. */
#ifndef PLUGINS_WEBSOCKET_MESSAGE_H
#define PLUGINS_WEBSOCKET_MESSAGE_H

#include "frame.h"
#include "stream.h"

#include <stdatomic.h>

/*
 * Of any thread, never changed once it is made. Whoever wants other bytes for some receivers, as
 * compressed ones, keeps them here beside the frame, and websocket_message_send() chooses.
 */
struct shunt_websocket_message {
    atomic_uint references;
    uint8_t kind;          /* enum shunt_websocket_kind */
    uint8_t *frame;        /* header and payload, one behind the other */
    size_t header_len;     /* the payload begins there */
    size_t len;            /* of both */
    struct shunt_span key; /* what replaces what for slow peers; empty: nothing */
    uint64_t key_hash;
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

/* How many bytes a frame of `len` has, and the frame itself into room for it. */
size_t websocket_message_frame_bytes(size_t len);
void websocket_message_init(struct shunt_websocket_message *message, uint8_t *frame,
                            enum shunt_websocket_kind kind, const void *bytes, size_t len);

#endif
