/*
 * Segments come in two sizes: the first of a queue is small, because most queues are one short
 * reply; what follows it is large. Both come from pools that are last in, first out, so that the
 * one that is still in cache serves next; of a segment only the part that is written costs cache.
 * Anything larger comes from the allocator.
 */
#include "conn/segment.h"

#include "conn/memory.h"

#include <stdlib.h>

enum {
    SMALL_BYTES = 1024 - sizeof(struct conn_segment),
    LARGE_BYTES = 8192 - sizeof(struct conn_segment),
    SMALL_POOL_MAX = 256, /* a worker; more go back to the allocator */
    LARGE_POOL_MAX = 128,
};

static struct conn_segment *pool_take(struct conn_segment_pool *pool)
{
    struct conn_segment *segment = pool->first;

    if (segment) {
        pool->first = segment->next;
        pool->count--;
    }
    return segment;
}

static bool pool_put(struct conn_segment_pool *pool, struct conn_segment *segment, uint32_t most)
{
    if (pool->count >= most) {
        return false;
    }
    segment->next = pool->first;
    pool->first = segment;
    pool->count++;
    return true;
}

static void recycle(struct shunt_worker *loop, struct conn_segment *segment)
{
    if ((segment->room == SMALL_BYTES &&
         pool_put(&loop->small_segments, segment, SMALL_POOL_MAX)) ||
        (segment->room == LARGE_BYTES &&
         pool_put(&loop->large_segments, segment, LARGE_POOL_MAX))) {
        return;
    }
    free(segment);
}

/* Room for `room` bytes or more, as the first segment of a queue or a later one. */
struct conn_segment *conn_segment_create(struct shunt_worker *loop, size_t room, bool first)
{
    struct conn_segment *segment = NULL;

    if (first && room <= SMALL_BYTES) {
        room = SMALL_BYTES;
        segment = pool_take(&loop->small_segments);
    } else if (room <= LARGE_BYTES) {
        room = LARGE_BYTES;
        segment = pool_take(&loop->large_segments);
    }
    if (!segment) {
        segment = malloc(sizeof *segment + room);
        if (!segment) {
            loop->counters.allocation_failures++;
            return NULL;
        }
        segment->room = room;
    }
    if (!conn_memory_reserve(loop, CONN_MEMORY_OUTPUT, conn_segment_bytes(segment))) {
        recycle(loop, segment);
        return NULL;
    }
    segment->next = NULL;
    segment->bytes = segment->data;
    segment->start = segment->len = 0;
    segment->release = NULL;
    segment->is_file = false;
    segment->handed_over = false;
    return segment;
}

void conn_segment_destroy(struct shunt_worker *loop, struct conn_segment *segment)
{
    if (segment->release) {
        segment->release(segment->arg);
    }
    conn_memory_release(loop, conn_segment_bytes(segment));
    recycle(loop, segment);
}

static void pool_free(struct conn_segment_pool *pool)
{
    struct conn_segment *segment;

    while ((segment = pool_take(pool)) != NULL) {
        free(segment);
    }
}

void conn_segment_pools_free(struct shunt_worker *loop)
{
    pool_free(&loop->small_segments);
    pool_free(&loop->large_segments);
}
