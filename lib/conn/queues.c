/* Taken from a pool when the first byte is queued or held, and given back with the last one. */
#include "conn/queues.h"

#include "conn/loop.h"
#include "conn/memory.h"
#include "conn/output.h"

#include <stdlib.h>

enum { POOL_MAX = 256 /* a worker; more go back to the allocator */ };

struct conn_queues *conn_queues_need(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    struct conn_queues *queues = conn->queues;

    if (queues) {
        return queues;
    }
    queues = loop->queues.first;
    if (queues) {
        loop->queues.first = queues->flush_next;
        loop->queues.count--;
        memset(queues, 0, sizeof *queues);
    } else {
        queues = calloc(1, sizeof *queues);
        if (!queues) {
            loop->counters.allocation_failures++;
            return NULL;
        }
    }
    queues->conn = conn;
    queues->low = loop->limits.queue_low_bytes;
    queues->high = loop->limits.queue_high_bytes;
    queues->progress_ms = loop->now_ms;
    conn->queues = queues;
    return queues;
}

static void queues_destroy(struct shunt_worker *loop, struct conn_queues *queues)
{
    if (loop->queues.count >= POOL_MAX) {
        free(queues);
        return;
    }
    queues->flush_next = loop->queues.first;
    loop->queues.first = queues;
    loop->queues.count++;
}

void conn_queues_trim(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    struct conn_queues *queues = conn->queues;

    if (!queues || queues->head || queues->held.bytes || queues->own_marks || queues->taker ||
        conn->flags & (CONN_FLUSH | CONN_RESUMING)) {
        return;
    }
    conn->queues = NULL;
    queues_destroy(loop, queues);
}

void conn_queues_drop(struct conn *conn)
{
    struct conn_queues *queues = conn->queues;

    if (!queues) {
        return;
    }
    conn_output_drop(conn);
    conn_memory_give(conn_loop_of(conn), queues->held.room);
    conn_held_drop(&queues->held);
    conn->queues = NULL;
    queues->conn = NULL;
    queues->lists = (conn->flags & CONN_FLUSH ? 1 : 0) + (conn->flags & CONN_RESUMING ? 1 : 0);
    if (queues->lists == 0) {
        queues_destroy(conn_loop_of(conn), queues);
    }
}

struct conn *conn_queues_unlisted(struct shunt_worker *loop, struct conn_queues *queues)
{
    if (!queues->conn && --queues->lists == 0) {
        queues_destroy(loop, queues);
        return NULL;
    }
    return queues->conn;
}

void conn_queues_pool_free(struct shunt_worker *loop)
{
    while (loop->queues.first) {
        struct conn_queues *queues = loop->queues.first;

        loop->queues.first = queues->flush_next;
        free(queues);
    }
}
