#include "fan_out.h"

#include "slow.h"
#include "topics/retained.h"

/* Of one turn: so many bytes for one subscriber, and so many sends. */
enum { TURN_BYTES_MAX = 16384, TURN_SENDS_MAX = 131072 };

struct walk {
    struct websocket_publication *publication;
    uint64_t reached;
};

static void deliver(void *arg, void *user)
{
    struct walk *walk = arg;
    struct shunt_stream *stream = user;
    shunt_id except = walk->publication->except;
    enum shunt_status status;

    if (except && websocket_host->id(stream) == except) {
        return;
    }
    status = websocket_slow_send(stream, &walk->publication->message);
    walk->reached += status == SHUNT_OK || status == SHUNT_AGAIN;
}

/* An empty message keeps nothing. */
static void retain(struct websocket_named *named, struct websocket_publication *publication)
{
    bool keeps = websocket_message_payload_len(&publication->message) > 0;
    void *before;

    if (topics_retain(&named->tree, publication->topic, keeps ? &publication->message : NULL,
                      &before) != SHUNT_OK) {
        return; /* counted by the tree */
    }
    if (keeps) {
        websocket_message_hold(&publication->message);
    }
    if (before) {
        websocket_message_release(before);
    }
}

uint64_t websocket_fan_out(struct websocket_worker *worker,
                           struct websocket_publication *publication)
{
    struct websocket_named *named = websocket_named(worker, publication->topics->name);
    struct walk walk = {.publication = publication};

    if (!named) {
        return 0;
    }
    topics_match(&named->tree, publication->topic, deliver, &walk);
    if (publication->retain) {
        retain(named, publication);
    }
    worker->turn_bytes += publication->message.len;
    worker->turn_sends += walk.reached;
    websocket_count(&worker->counts->delivered, walk.reached);
    return walk.reached;
}

bool websocket_fan_out_may(const struct websocket_worker *worker)
{
    return worker->turn_bytes < TURN_BYTES_MAX && worker->turn_sends < TURN_SENDS_MAX;
}

/* ---- the inbox ---- */

static void entry_done(struct websocket_inbox *inbox, struct websocket_publication *publication,
                       uint64_t reached)
{
    websocket_inbox_done(inbox, publication->message.len);
    websocket_publication_done(publication, reached);
}

/* What is left for the next turn wakes the worker again: the turn has to send first. */
static void run(struct shunt_worker *shunt_worker, int fd, unsigned events, void *arg)
{
    struct websocket_worker *worker = arg;
    struct websocket_entry *entry;

    (void)shunt_worker;
    (void)fd;
    (void)events;
    websocket_inbox_awake(worker->inbox);
    worker->turn_bytes = worker->turn_sends = 0;
    while (websocket_fan_out_may(worker) && (entry = websocket_inbox_take(worker->inbox))) {
        struct websocket_publication *publication = entry->publication;

        entry_done(worker->inbox, publication, websocket_fan_out(worker, publication));
    }
    if (websocket_inbox_holds(worker->inbox)) {
        websocket_inbox_wake(worker->inbox);
    }
}

enum shunt_status websocket_fan_out_begin(struct websocket_worker *worker)
{
    struct websocket_inbox *inbox = worker->inbox;
    enum shunt_status status;
    shunt_id id;

    if (atomic_load_explicit(&inbox->watched, memory_order_relaxed) ||
        !SHUNT_HAS(websocket_host, unwatch) || !websocket_host->watch) {
        return SHUNT_OK;
    }
    status = websocket_host->watch(worker->worker, inbox->wake_fd, SHUNT_READABLE, run, NULL,
                                   worker, &id);
    atomic_store(&inbox->watched, status == SHUNT_OK);
    return status;
}

static void begin(struct shunt_worker *worker, void *arg)
{
    (void)worker;
    (void)arg;
    (void)!websocket_fan_out_begin(websocket_here);
}

/* Where the mailbox is full, what was pushed waits for the first subscription there. */
void websocket_fan_out_request(const struct websocket_inbox *inbox)
{
    (void)!websocket_host->post_worker(atomic_load(&inbox->worker_id), begin, NULL, NULL);
}

void websocket_fan_out_stop(struct websocket_worker *worker)
{
    atomic_store(&worker->inbox->closed, true);
    atomic_store(&worker->inbox->watched, false);
    for (struct websocket_entry *entry; (entry = websocket_inbox_take(worker->inbox));) {
        entry_done(worker->inbox, entry->publication, 0);
    }
}
