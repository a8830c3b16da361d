/* One allocation holds the message and its frame. */
#include "message.h"

#include <stdlib.h>
#include <string.h>

size_t websocket_message_frame_bytes(size_t len)
{
    return WEBSOCKET_HEADER_BYTES_MAX + len;
}

void websocket_message_init(struct shunt_websocket_message *message, uint8_t *frame,
                            enum shunt_websocket_kind kind, const void *bytes, size_t len)
{
    enum websocket_opcode opcode = kind == SHUNT_WEBSOCKET_TEXT ? WEBSOCKET_TEXT : WEBSOCKET_BINARY;

    atomic_init(&message->references, 1);
    message->kind = (uint8_t)kind;
    message->frame = frame;
    message->header_len = websocket_frame_write(frame, opcode, len);
    message->len = message->header_len + len;
    message->key = (struct shunt_span){NULL, 0};
    message->key_hash = 0;
    if (len > 0) {
        memcpy(frame + message->header_len, bytes, len);
    }
}

struct shunt_websocket_message *websocket_message_create(enum shunt_websocket_kind kind,
                                                         const void *bytes, size_t len)
{
    struct shunt_websocket_message *message =
        malloc(sizeof *message + websocket_message_frame_bytes(len));

    if (message) {
        websocket_message_init(message, (uint8_t *)(message + 1), kind, bytes, len);
    }
    return message;
}

void websocket_message_hold(struct shunt_websocket_message *message)
{
    atomic_fetch_add_explicit(&message->references, 1, memory_order_relaxed);
}

void websocket_message_release(struct shunt_websocket_message *message)
{
    if (atomic_fetch_sub_explicit(&message->references, 1, memory_order_acq_rel) == 1) {
        free(message);
    }
}
