/*
 * Posting from any thread. Each number has a cache line of its own: the table and how many threads
 * are using it at this moment, so those that post to different workers share nothing, and a table
 * goes as soon as the few that have already looked it up are done. No connection's data goes this
 * way.
 */
#include "conn/workers.h"

#include "conn/close.h"

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

enum shunt_status conn_post(shunt_id id, bool upgrade, void (*task)(void), shunt_release *drop,
                            void *arg)
{
    struct mailbox_message message = {
        .run = upgrade ? run_upgrade_task : run_stream_task,
        .to = id,
        .task = task,
        .drop = drop,
        .arg = arg,
    };
    struct place *place = &places[id >> CONN_SLOT_BITS & (WORKERS_MAX - 1)];
    struct conn_table *table = id ? enter(place) : NULL;
    enum shunt_status status;
    bool wake = false;

    if (!table) {
        return SHUNT_ENOTFOUND;
    }
    status = mailbox_push(table->mailbox, &message, &wake);
    if (status == SHUNT_OK && wake) {
        io_wake(table->io);
    }
    leave(place);
    return status;
}
