/* Taken from a pool when the first byte is queued or held, and given back with the last one. */
#include "conn/work.h"

#include "conn/memory.h"
#include "conn/output.h"

#include <stdlib.h>

enum { POOL_MAX = 256 /* a worker; more go back to the allocator */ };

struct conn_work *conn_work_need(struct conn *conn)
{
    struct conn_table *table = conn_table_of(conn);
    struct conn_work *work = conn->work;

    if (work) {
        return work;
    }
    work = table->free_work;
    if (work) {
        table->free_work = work->flush_next;
        table->free_work_count--;
        memset(work, 0, sizeof *work);
    } else {
        work = calloc(1, sizeof *work);
        if (!work) {
            table->counters.allocation_failures++;
            return NULL;
        }
    }
    work->conn = conn;
    work->low = table->limits.queue_low_bytes;
    work->high = table->limits.queue_high_bytes;
    work->progress_ms = table->now_ms;
    conn->work = work;
    return work;
}

static void work_destroy(struct conn_table *table, struct conn_work *work)
{
    if (table->free_work_count >= POOL_MAX) {
        free(work);
        return;
    }
    work->flush_next = table->free_work;
    table->free_work = work;
    table->free_work_count++;
}

void conn_work_settle(struct conn *conn)
{
    struct conn_table *table = conn_table_of(conn);
    struct conn_work *work = conn->work;

    if (!work || work->head || work->held.bytes || work->own_marks || work->taker ||
        conn->flags & (CONN_FLUSH | CONN_RESUMING)) {
        return;
    }
    conn->work = NULL;
    work_destroy(table, work);
}

void conn_work_abandon(struct conn *conn)
{
    struct conn_work *work = conn->work;

    if (!work) {
        return;
    }
    conn_output_drop(conn);
    conn_memory_give(conn_table_of(conn), work->held.room);
    conn_held_drop(&work->held);
    conn->work = NULL;
    work->conn = NULL;
    work->lists = (conn->flags & CONN_FLUSH ? 1 : 0) + (conn->flags & CONN_RESUMING ? 1 : 0);
    if (work->lists == 0) {
        work_destroy(conn_table_of(conn), work);
    }
}

struct conn *conn_work_unlisted(struct conn_table *table, struct conn_work *work)
{
    if (!work->conn && --work->lists == 0) {
        work_destroy(table, work);
        return NULL;
    }
    return work->conn;
}

void conn_work_pool_free(struct conn_table *table)
{
    while (table->free_work) {
        struct conn_work *work = table->free_work;

        table->free_work = work->flush_next;
        free(work);
    }
}
