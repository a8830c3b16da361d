/*
 * Posting from any thread. Each number has a cache line of its own: the table and how many threads
 * are using it at this moment, so those that post to different workers share nothing, and a table
 * goes as soon as the few that have already looked it up are done. No connection's data goes this
 * way.
 */
#include "conn/workers.h"

#include "base/log.h"
#include "conn/close.h"

#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>

enum { WORKERS_MAX = 1 << CONN_WORKER_BITS, LINE = 64 };

struct place {
    _Alignas(LINE) _Atomic(struct conn_table *) table; /* NULL: posts miss */
    atomic_uint users;                                 /* threads between enter() and leave() */
    atomic_bool taken;                                 /* by a table, or by one that is leaving */
};

static struct place places[WORKERS_MAX];

enum shunt_status conn_workers_add(struct conn_table *table)
{
    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        if (!atomic_exchange(&places[i].taken, true)) {
            table->worker = i;
            table->numbered = true;
            atomic_store(&places[i].table, table);
            return SHUNT_OK;
        }
    }
    return SHUNT_EFULL;
}

/*
 * The table of a number, not to go before leave(); NULL if there is none, and then there is nothing
 * to leave. Whoever finds it gone at the first look does not count itself in, so a table that is
 * leaving waits only for those that came before; the second look is for one that left in between.
 */
static struct conn_table *enter(struct place *place)
{
    struct conn_table *table;

    if (!atomic_load(&place->table)) {
        return NULL;
    }
    atomic_fetch_add(&place->users, 1);
    table = atomic_load(&place->table);
    if (!table) {
        atomic_fetch_sub(&place->users, 1);
    }
    return table;
}

static void leave(struct place *place)
{
    atomic_fetch_sub(&place->users, 1);
}

/* A user never waits: it finds the mailbox full or leaves its message. */
void conn_workers_remove(struct conn_table *table)
{
    struct place *place = &places[table->worker];

    if (!table->numbered) {
        return;
    }
    table->numbered = false;
    atomic_store(&place->table, NULL);
    while (atomic_load(&place->users) > 0) {
        sched_yield();
    }
    atomic_store(&place->taken, false);
}

void conn_workers_join(struct conn_table *table, struct conn_group *group, unsigned number)
{
    table->group = group;
    table->group_number = number;
    atomic_store(&group->ids[number], conn_worker_id(table));
}

/* As an id of a stream in slot 0, which is none. */
shunt_id conn_worker_id(const struct conn_table *table)
{
    return (uint64_t)table->worker << CONN_SLOT_BITS | (uint64_t)table->generation_first
                                                           << (CONN_SLOT_BITS + CONN_WORKER_BITS);
}

/* ---- messages ---- */

static void miss(struct conn_table *table, const struct mailbox_message *message)
{
    table->counters.posts_missed++;
    if (message->drop) {
        message->drop(message->arg);
    }
}

static void run_stream_task(void *context, const struct mailbox_message *message)
{
    struct conn_table *table = context;
    struct conn *conn = conn_table_find(table, message->to);

    if (!conn || conn->state != CONN_PROTOCOL) {
        miss(table, message);
        return;
    }
    ((shunt_stream_task *)message->task)(conn_stream(conn), message->arg);
}

static void run_upgrade_task(void *context, const struct mailbox_message *message)
{
    struct conn_table *table = context;
    struct conn *conn = conn_table_find(table, message->to);
    struct shunt_upgrade *upgrade = NULL;

    if (conn && conn->state == CONN_UPGRADING) {
        upgrade = table->http->upgrade(conn);
    }
    if (!upgrade) {
        miss(table, message);
        return;
    }
    ((shunt_upgrade_task *)message->task)(upgrade, message->arg);
}

static void run_worker_task(void *context, const struct mailbox_message *message)
{
    struct conn_table *table = context;

    if (!table->numbered || message->to != conn_worker_id(table)) {
        miss(table, message);
        return;
    }
    ((shunt_worker_task *)message->task)((struct shunt_worker *)table, message->arg);
}

static enum shunt_status post(const struct mailbox_message *message)
{
    struct place *place = &places[message->to >> CONN_SLOT_BITS & (WORKERS_MAX - 1)];
    struct conn_table *table = message->to ? enter(place) : NULL;
    enum shunt_status status;
    bool wake = false;

    if (!table) {
        return SHUNT_ENOTFOUND;
    }
    status = mailbox_push(table->mailbox, message, &wake);
    if (status != SHUNT_OK) {
        atomic_fetch_add_explicit(&table->posts_refused, 1, memory_order_relaxed);
    } else if (wake) {
        io_wake(table->io);
    }
    leave(place);
    return status;
}

enum shunt_status conn_post(shunt_id id, bool upgrade, void (*task)(void), shunt_release *drop,
                            void *arg)
{
    return post(&(struct mailbox_message){
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
    return post(&(struct mailbox_message){
        .run = run_worker_task,
        .to = worker,
        .task = (void (*)(void))task,
        .drop = drop,
        .arg = arg,
    });
}

void conn_workers_look(struct conn_table *table)
{
    uint64_t refused = atomic_load_explicit(&table->posts_refused, memory_order_relaxed);

    if (refused == table->posts_refused_seen) {
        return;
    }
    table->counters.posts_refused += refused - table->posts_refused_seen;
    table->posts_refused_seen = refused;
    if (table->counters.posts_refused > 2 * table->posts_refused_logged) {
        table->posts_refused_logged = table->counters.posts_refused;
        log_warning("worker %u: its mailbox was full for %" PRIu64
                    " posted tasks so far (limits.mailbox_max: %u)",
                    table->group_number, table->counters.posts_refused, table->limits.mailbox_max);
    }
}
