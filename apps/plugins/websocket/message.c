/* One allocation holds the message and its frame. */
#include "message.h"

#include <stdlib.h>
#include <string.h>

size_t websocket_message_frame_bytes(size_t len)
{
    return WEBSOCKET_HEADER_BYTES_MAX + len;
}

static void init(struct shunt_websocket_message *message, uint8_t *frame,
                 enum shunt_websocket_kind kind, unsigned more, const void *bytes, size_t len)
{
    unsigned opcode = kind == SHUNT_WEBSOCKET_TEXT ? WEBSOCKET_TEXT : WEBSOCKET_BINARY;

    atomic_init(&message->references, 1);
    atomic_init(&message->compressed, NULL);
    message->kind = (uint8_t)kind;
    message->frame = frame;
    message->header_len = websocket_frame_write(frame, opcode | more, len);
    message->len = message->header_len + len;
    message->key = (struct shunt_span){NULL, 0};
    message->key_hash = 0;
    if (len > 0) {
        memcpy(frame + message->header_len, bytes, len);
    }
}

void websocket_message_init(struct shunt_websocket_message *message, uint8_t *frame,
                            enum shunt_websocket_kind kind, const void *bytes, size_t len)
{
    init(message, frame, kind, 0, bytes, len);
}

static struct shunt_websocket_message *create(enum shunt_websocket_kind kind, unsigned more,
                                              const void *bytes, size_t len)
{
    struct shunt_websocket_message *message =
        malloc(sizeof *message + websocket_message_frame_bytes(len));

    if (message) {
        init(message, (uint8_t *)(message + 1), kind, more, bytes, len);
    }
    return message;
}

struct shunt_websocket_message *websocket_message_create(enum shunt_websocket_kind kind,
                                                         const void *bytes, size_t len)
{
    return create(kind, 0, bytes, len);
}

/* Two workers may make it at once; then one of them does so in vain. */
struct shunt_websocket_message *websocket_message_compressed(
    struct shunt_websocket_message *message, struct websocket_codecs *codecs, int level)
{
    static const struct websocket_terms terms = {
        .compressed = true,
        .server_fresh = true,
        .client_fresh = true,
        .server_bits = WEBSOCKET_BITS_MAX,
        .client_bits = WEBSOCKET_BITS_MAX,
    };
    struct shunt_websocket_message *made = atomic_load(&message->compressed), *found = NULL;
    uint8_t *bytes;
    size_t len;

    if (made) {
        return made;
    }
    if (websocket_deflate(codecs, NULL, &terms, level, message->frame + message->header_len,
                          websocket_message_payload_len(message), &bytes, &len) == SHUNT_OK) {
        made = create((enum shunt_websocket_kind)message->kind, WEBSOCKET_COMPRESSED, bytes, len);
        websocket_codecs_trim_deflated(codecs);
    }
    made = made ? made : message;
    if (!atomic_compare_exchange_strong(&message->compressed, &found, made)) {
        if (made != message) {
            free(made);
        }
        made = found;
    }
    return made;
}

void websocket_message_hold(struct shunt_websocket_message *message)
{
    atomic_fetch_add_explicit(&message->references, 1, memory_order_relaxed);
}

void websocket_message_release(struct shunt_websocket_message *message)
{
    struct shunt_websocket_message *compressed;

    if (atomic_fetch_sub_explicit(&message->references, 1, memory_order_acq_rel) > 1) {
        return;
    }
    compressed = atomic_load_explicit(&message->compressed, memory_order_relaxed);
    if (compressed && compressed != message) {
        websocket_message_release(compressed);
    }
    free(message);
}
