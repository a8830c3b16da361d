/* One allocation: the publication, an entry for each worker, then the frame, the topic, the key. */
#include "publication.h"

#include "worker.h"

#include <stdlib.h>
#include <string.h>

static struct shunt_span put(uint8_t *at, struct shunt_span bytes)
{
    if (bytes.len > 0) {
        memcpy(at, bytes.at, bytes.len);
    }
    return (struct shunt_span){(char *)at, bytes.len};
}

struct websocket_publication *websocket_publication_create(
    struct shunt_websocket_topics *topics, struct shunt_span topic, enum shunt_websocket_kind kind,
    const void *bytes, size_t len, const struct shunt_websocket_publish *options, unsigned workers)
{
    size_t head = sizeof(struct websocket_publication) + workers * sizeof(struct websocket_entry);
    size_t frame = websocket_message_frame_bytes(len);
    struct websocket_publication *made = malloc(head + frame + topic.len + options->key.len);
    uint8_t *at = (uint8_t *)made + head;

    if (!made) {
        return NULL;
    }
    *made = (struct websocket_publication){
        .topics = topics,
        .except = options->except,
        .retain = options->retain,
        .done = options->done,
        .arg = options->arg,
        .waiting = 1,
    };
    websocket_message_init(&made->message, at, kind, bytes, len);
    made->topic = put(at + frame, topic);
    made->message.key =
        options->key.len > 0 ? put(at + frame + topic.len, options->key) : made->topic;
    made->message.key_hash = topics_hash(topics->plugin->hub.seed, made->message.key);
    for (unsigned i = 0; i < workers; i++) {
        made->entries[i] = (struct websocket_entry){NULL, made};
    }
    return made;
}

void websocket_publication_done(struct websocket_publication *publication, uint64_t reached)
{
    atomic_fetch_add_explicit(&publication->reached, reached, memory_order_relaxed);
    if (atomic_fetch_sub_explicit(&publication->waiting, 1, memory_order_acq_rel) == 1 &&
        publication->done) {
        publication->done(publication->arg, atomic_load(&publication->reached));
    }
    websocket_message_release(&publication->message);
}
