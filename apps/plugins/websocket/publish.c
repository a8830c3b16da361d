/*
 * All workers get a publication, or none does: room is reserved in every inbox before anything is
 * pushed. A publisher that is itself a worker hands on to its own members at once, unless earlier
 * publications still wait in its inbox, which come first, or its turn is full.
 */
#include "publish.h"

#include "fan_out.h"
#include "send.h"
#include "topics/name.h"

static bool wants(const struct websocket_inbox *inbox, bool retain)
{
    return !atomic_load(&inbox->closed) && (retain || atomic_load(&inbox->subscriptions) > 0);
}

/* The turn is a millisecond of the worker's clock here: that of an inbox begins with run(). */
static bool at_once(struct websocket_worker *worker)
{
    uint64_t now_ms = websocket_host->now_ms(worker->worker);

    if (now_ms != worker->turn_ms) {
        worker->turn_ms = now_ms;
        worker->turn_bytes = worker->turn_sends = 0;
    }
    return !websocket_inbox_holds(worker->inbox) && websocket_fan_out_may(worker);
}

/* No room in a later inbox: those before it are given up again. */
static void unreserve(struct websocket_hub *hub, const struct websocket_publication *publication,
                      unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (publication->entries[i].publication) {
            websocket_inbox_done(hub->inboxes[i], publication->message.len);
        }
    }
}

/* Room in all inboxes that are to get it, whose entries stay as they are; those of the others name
 * no publication any more. */
static enum shunt_status reserve(struct websocket_hub *hub,
                                 struct websocket_publication *publication,
                                 const struct websocket_inbox *direct)
{
    enum shunt_status result = SHUNT_OK;

    for (unsigned i = 0; i < hub->workers; i++) {
        struct websocket_inbox *inbox = hub->inboxes[i];
        enum shunt_status status;

        if (inbox == direct || !wants(inbox, publication->retain)) {
            publication->entries[i].publication = NULL;
            continue;
        }
        status = websocket_inbox_reserve(inbox, &hub->inbox_limits, publication->message.len);
        if (status == SHUNT_EFULL) {
            unreserve(hub, publication, i);
            return SHUNT_EFULL;
        }
        result = status == SHUNT_AGAIN ? SHUNT_AGAIN : result;
    }
    return result;
}

static void push(struct websocket_hub *hub, struct websocket_publication *publication)
{
    for (unsigned i = 0; i < hub->workers; i++) {
        if (publication->entries[i].publication) {
            websocket_message_hold(&publication->message);
            atomic_fetch_add_explicit(&publication->waiting, 1, memory_order_relaxed);
            websocket_inbox_push(hub->inboxes[i], &publication->entries[i]);
            if (!atomic_load(&hub->inboxes[i]->watched)) {
                websocket_fan_out_request(hub->inboxes[i]);
            }
        }
    }
}

/* To the inboxes, and at once to the members of this worker, of which *reached is how many. */
static enum shunt_status spread(struct websocket_plugin *plugin,
                                struct websocket_publication *publication, uint64_t *reached)
{
    struct websocket_worker *here = websocket_here;
    enum shunt_status status;

    if (here && (here->plugin != plugin || !at_once(here))) {
        here = NULL;
    }
    status = reserve(&plugin->hub, publication, here ? here->inbox : NULL);
    if (status == SHUNT_EFULL) {
        atomic_fetch_add_explicit(&plugin->hub.refused, 1, memory_order_relaxed);
        publication->done = NULL;
        return status;
    }
    push(&plugin->hub, publication);
    *reached = here ? websocket_fan_out(here, publication) : 0;
    return status;
}

static enum shunt_status check(const struct websocket_plugin *plugin, struct shunt_span topic,
                               size_t len)
{
    struct topics_levels levels;

    if (!topics_name_cut(topic, &levels)) {
        return SHUNT_EINVAL;
    }
    return websocket_send_fits(plugin, 0, len) ? SHUNT_OK : SHUNT_ETOOBIG;
}

/* done() may publish itself, so it runs behind the lock. */
static enum shunt_status publish(struct shunt_websocket_topics *topics,
                                 struct websocket_publication *publication)
{
    bool retain = publication->retain;
    enum shunt_status status;
    uint64_t reached = 0;

    if (retain) {
        pthread_mutex_lock(&topics->retaining);
    }
    status = spread(topics->plugin, publication, &reached);
    if (retain) {
        pthread_mutex_unlock(&topics->retaining);
    }
    websocket_publication_done(publication, reached);
    return status;
}

enum shunt_status websocket_publish(struct shunt_websocket_topics *topics, struct shunt_span topic,
                                    enum shunt_websocket_kind kind, const void *bytes, size_t len,
                                    const struct shunt_websocket_publish *given)
{
    struct shunt_websocket_publish options = {.size = sizeof options};
    struct websocket_publication *publication;
    enum shunt_status status = check(topics->plugin, topic, len);

    if (status == SHUNT_OK && given) {
        status = SHUNT_READ(&options, given, sizeof given->size);
    }
    if (status != SHUNT_OK) {
        return status;
    }
    publication = websocket_publication_create(topics, topic, kind, bytes, len, &options,
                                               topics->plugin->hub.workers);
    return publication ? publish(topics, publication) : SHUNT_ENOMEM;
}
