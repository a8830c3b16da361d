/*
 * Posting to a connection from any thread. A reader's lock keeps a table alive while somebody posts
 * to it; no connection's data goes this way.
 */
#include "conn/workers.h"

#include "conn/close.h"

#include <pthread.h>

enum { WORKERS_MAX = 1 << CONN_WORKER_BITS };

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct conn_table *workers[WORKERS_MAX];

enum shunt_status conn_workers_add(struct conn_table *table)
{
    enum shunt_status status = SHUNT_EFULL;

    pthread_rwlock_wrlock(&lock);
    /* Number 0 stays free, so that no id is 0 whatever its slot. */
    for (unsigned i = 1; i < WORKERS_MAX && status != SHUNT_OK; i++) {
        if (!workers[i]) {
            workers[i] = table;
            table->worker = i;
            status = SHUNT_OK;
        }
    }
    pthread_rwlock_unlock(&lock);
    return status;
}

void conn_workers_remove(struct conn_table *table)
{
    pthread_rwlock_wrlock(&lock);
    if (table->worker) {
        workers[table->worker] = NULL;
        table->worker = 0;
    }
    pthread_rwlock_unlock(&lock);
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
    enum shunt_status status = SHUNT_ENOTFOUND;
    struct conn_table *table;
    bool wake = false;

    pthread_rwlock_rdlock(&lock);
    table = workers[id >> CONN_SLOT_BITS & (WORKERS_MAX - 1)];
    if (table) {
        status = mailbox_push(table->mailbox, &message, &wake);
        if (status == SHUNT_OK && wake) {
            io_wake(table->io);
        }
    }
    pthread_rwlock_unlock(&lock);
    return status;
}
