/*
 * Each number has a cache line of its own: the worker and how many threads are using it at this
 * moment. Threads that post to different workers share nothing, and a worker goes as soon as the
 * few that have already looked it up are done. No connection's data goes this way.
 */
#include "conn/post.h"

#include "base/log.h"
#include "conn/loop.h"

#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>

enum { WORKERS_MAX = 1 << CONN_WORKER_BITS, LINE = 64 };

struct place {
    _Alignas(LINE) _Atomic(struct shunt_worker *) loop; /* NULL: posts miss */
    atomic_uint users;                                  /* threads between enter() and leave() */
    atomic_bool in_use;                                 /* by a loop, or by one that is leaving */
};

static struct place places[WORKERS_MAX];

enum shunt_status conn_post_open(struct shunt_worker *loop)
{
    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        if (!atomic_exchange(&places[i].in_use, true)) {
            loop->post.number = i;
            loop->post.numbered = true;
            atomic_store(&places[i].loop, loop);
            return SHUNT_OK;
        }
    }
    return SHUNT_EFULL;
}

/*
 * The loop of a number, not to go before leave(); NULL if there is none, and then there is nothing
 * to leave. Whoever finds it gone at the first look does not count itself in, so a loop that is
 * leaving waits only for those that came before; the second look is for one that left in between.
 */
static struct shunt_worker *enter(struct place *place)
{
    struct shunt_worker *loop;

    if (!atomic_load(&place->loop)) {
        return NULL;
    }
    atomic_fetch_add(&place->users, 1);
    loop = atomic_load(&place->loop);
    if (!loop) {
        atomic_fetch_sub(&place->users, 1);
    }
    return loop;
}

static void leave(struct place *place)
{
    atomic_fetch_sub(&place->users, 1);
}

/* A user never waits: it finds the mailbox full or leaves its message. */
void conn_post_close(struct shunt_worker *loop)
{
    struct place *place = &places[loop->post.number];

    if (!loop->post.numbered) {
        return;
    }
    loop->post.numbered = false;
    atomic_store(&place->loop, NULL);
    while (atomic_load(&place->users) > 0) {
        sched_yield();
    }
    atomic_store(&place->in_use, false);
}

void conn_post_join(struct shunt_worker *loop, struct conn_group *group, unsigned number)
{
    loop->post.group = group;
    loop->post.group_number = number;
    atomic_store(&group->ids[number], conn_post_worker_id(loop));
}

/* As an id of a stream in slot 0, which is none. */
shunt_id conn_post_worker_id(const struct shunt_worker *loop)
{
    return (uint64_t)loop->post.number << CONN_SLOT_BITS |
           (uint64_t)loop->slab.generation_first << (CONN_SLOT_BITS + CONN_WORKER_BITS);
}

/* ---- messages ---- */

void conn_post_miss(struct shunt_worker *loop, const struct mailbox_message *message)
{
    loop->counters.posts_missed++;
    if (message->drop) {
        message->drop(message->arg);
    }
}

static void run_stream_task(void *context, const struct mailbox_message *message)
{
    struct shunt_worker *loop = context;
    struct conn *conn = conn_slab_find(&loop->slab, message->to);

    if (!conn || conn->state != CONN_PROTOCOL) {
        conn_post_miss(loop, message);
        return;
    }
    ((shunt_stream_task *)message->task)(conn_stream(conn), message->arg);
}

static void run_upgrade_task(void *context, const struct mailbox_message *message)
{
    struct shunt_worker *loop = context;
    struct conn *conn = conn_slab_find(&loop->slab, message->to);
    struct shunt_upgrade *upgrade = NULL;

    if (conn && conn->state == CONN_UPGRADING) {
        upgrade = loop->http->upgrade(conn);
    }
    if (!upgrade) {
        conn_post_miss(loop, message);
        return;
    }
    ((shunt_upgrade_task *)message->task)(upgrade, message->arg);
}

static void run_worker_task(void *context, const struct mailbox_message *message)
{
    struct shunt_worker *loop = context;

    if (!loop->post.numbered || message->to != conn_post_worker_id(loop)) {
        conn_post_miss(loop, message);
        return;
    }
    ((shunt_worker_task *)message->task)(loop, message->arg);
}

enum shunt_status conn_post_message(const struct mailbox_message *message)
{
    struct place *place = &places[message->to >> CONN_SLOT_BITS & (WORKERS_MAX - 1)];
    struct shunt_worker *loop = message->to ? enter(place) : NULL;
    enum shunt_status status;
    bool wake = false;

    if (!loop) {
        return SHUNT_ENOTFOUND;
    }
    status = mailbox_push(loop->post.mailbox, message, &wake);
    if (status != SHUNT_OK) {
        atomic_fetch_add_explicit(&loop->post.refused, 1, memory_order_relaxed);
    } else if (wake) {
        io_wake(loop->io);
    }
    leave(place);
    return status;
}

enum shunt_status conn_post(shunt_id id, bool upgrade, void (*task)(void), shunt_release *drop,
                            void *arg)
{
    return conn_post_message(&(struct mailbox_message){
        .run = upgrade ? run_upgrade_task : run_stream_task,
        .to = id,
        .task = task,
        .drop = drop,
        .arg = arg,
    });
}

enum shunt_status conn_post_worker(shunt_id worker, shunt_worker_task *task, shunt_release *drop,
                                   void *arg)
{
    return conn_post_message(&(struct mailbox_message){
        .run = run_worker_task,
        .to = worker,
        .task = (void (*)(void))task,
        .drop = drop,
        .arg = arg,
    });
}

void conn_post_count_refused(struct shunt_worker *loop)
{
    uint64_t refused = atomic_load_explicit(&loop->post.refused, memory_order_relaxed);

    if (refused == loop->post.refused_seen) {
        return;
    }
    loop->counters.posts_refused += refused - loop->post.refused_seen;
    loop->post.refused_seen = refused;
    if (loop->counters.posts_refused > 2 * loop->post.refused_logged) {
        loop->post.refused_logged = loop->counters.posts_refused;
        log_warning("worker %u: its mailbox was full for %" PRIu64
                    " posted tasks so far (limits.mailbox_max: %u)",
                    loop->post.group_number, loop->counters.posts_refused,
                    loop->limits.mailbox_max);
    }
}
