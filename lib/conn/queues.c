/* Taken from a pool when the first byte is queued or held, and given back with the last one. */
#include "conn/queues.h"

#include "conn/loop.h"
#include "conn/memory.h"

#include <stdlib.h>
#include <string.h>

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
        loop->queues.first = queues->next;
        loop->queues.count--;
        memset(queues, 0, sizeof *queues);
    } else {
        queues = calloc(1, sizeof *queues);
        if (!queues) {
            loop->counters.allocation_failures++;
            return NULL;
        }
    }
    queues->low = loop->limits.queue_low_bytes;
    queues->high = loop->limits.queue_high_bytes;
    queues->progress_ms = loop->now_ms;
    conn->queues = queues;
    return queues;
}

static void put(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    struct conn_queues *queues = conn->queues;

    conn->queues = NULL;
    if (loop->queues.count >= POOL_MAX) {
        free(queues);
        return;
    }
    queues->next = loop->queues.first;
    loop->queues.first = queues;
    loop->queues.count++;
}

void conn_queues_trim(struct conn *conn)
{
    const struct conn_queues *queues = conn->queues;

    if (queues && !queues->head && !queues->held.bytes && !queues->own_marks && !queues->taker) {
        put(conn);
    }
}

void conn_queues_drop(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    struct conn_queues *queues = conn->queues;

    if (!queues) {
        return;
    }
    while (queues->head) {
        struct conn_segment *segment = queues->head;

        queues->head = segment->next;
        conn_segment_destroy(loop, segment);
    }
    conn_memory_release(loop, queues->held.room);
    conn_held_drop(&queues->held);
    put(conn);
}

void conn_queues_pool_free(struct shunt_worker *loop)
{
    while (loop->queues.first) {
        struct conn_queues *queues = loop->queues.first;

        loop->queues.first = queues->next;
        free(queues);
    }
}

void conn_cork(struct conn *conn)
{
    if (conn->state != CONN_CLOSING && conn->state != CONN_MOVING) {
        conn->flags |= CONN_CORKED;
    }
}

void conn_uncork(struct conn *conn)
{
    conn->flags &= (uint16_t)~CONN_CORKED;
    if (conn->queues && conn->queues->queued > 0) {
        if (!(conn->flags & CONN_SENDING)) {
            conn->queues->progress_ms = conn_loop_of(conn)->now_ms; /* the peer had no choice */
        }
        conn_mark(conn);
    }
}
