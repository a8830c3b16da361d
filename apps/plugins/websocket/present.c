#include "present.h"

enum shunt_status websocket_present_enter(struct shunt_stream *stream, struct shunt_span filter,
                                          struct shunt_span name)
{
    const struct websocket_stream *ws = websocket_state(stream);
    struct websocket_member *member = websocket_member(ws);
    struct shunt_websocket_topics *topics = ws->service->named->topics;
    enum shunt_status status;

    member->id = websocket_host->id(stream); /* which close() no longer has */
    pthread_mutex_lock(&topics->entering);
    status = topics_presence_enter(&topics->presence, filter, member->id, name);
    pthread_mutex_unlock(&topics->entering);
    return status;
}

void websocket_present_leave(struct websocket_member *member,
                             const struct topics_subscription *subscription)
{
    const struct websocket_stream *ws = websocket_state(member->stream);
    struct shunt_websocket_topics *topics = ws->service->named->topics;
    char text[TOPICS_NAME_BYTES_MAX];
    size_t len = topics_node_filter(subscription->node, subscription->below, text);

    pthread_mutex_lock(&topics->entering);
    (void)topics_presence_leave(&topics->presence, (struct shunt_span){text, len}, member->id);
    pthread_mutex_unlock(&topics->entering);
}

uint64_t websocket_present(struct shunt_websocket_topics *topics, struct shunt_span topic,
                           shunt_websocket_visit *visit, void *arg)
{
    const struct topics_presence_entry *entry;
    uint64_t count = 0;

    pthread_mutex_lock(&topics->entering);
    for (entry = topics_presence_first(&topics->presence, topic); entry; entry = entry->next) {
        if (visit) {
            visit(arg, entry->id, entry->name);
        }
        count++;
    }
    pthread_mutex_unlock(&topics->entering);
    return count;
}
