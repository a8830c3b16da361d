/*
 * Cells after Vyukov's bounded queue, as in mailbox.c: a sender claims a position with one
 * compare-and-swap, fills its cell and publishes it by the cell's turn; the receiver reads cells in
 * order and stops at the first one that is not published.
 *
 *   turn == 2 * lap      free for the sender that claims position lap * capacity + i
 *   turn == 2 * lap + 1  filled, for the receiver
 */
#include "base/log_ring.h"

#include "base/assert.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64

struct cell {
    _Atomic uint64_t turn;
    struct log_ring_line line;
};

struct log_ring {
    struct cell *cells;
    uint64_t mask;
    unsigned shift;
    _Alignas(CACHE_LINE) _Atomic uint64_t tail; /* next position to claim */
    _Atomic uint64_t dropped;
    _Alignas(CACHE_LINE) uint64_t head; /* the receiver's alone */
};

enum shunt_status log_ring_create(size_t lines, struct log_ring **ring)
{
    struct log_ring *made;

    if (lines == 0 || lines > LOG_RING_LINES_MAX) {
        return SHUNT_EINVAL;
    }
    made = aligned_alloc(CACHE_LINE, sizeof *made);
    if (!made) {
        return SHUNT_ENOMEM;
    }
    *made = (struct log_ring){.shift = 0};
    while ((size_t)1 << made->shift < lines) {
        made->shift++;
    }
    made->mask = ((uint64_t)1 << made->shift) - 1;
    made->cells = calloc((size_t)made->mask + 1, sizeof *made->cells);
    if (!made->cells) {
        free(made);
        return SHUNT_ENOMEM;
    }
    *ring = made;
    return SHUNT_OK;
}

void log_ring_destroy(struct log_ring *ring)
{
    if (ring) {
        free(ring->cells);
        free(ring);
    }
}

/* The next free cell, claimed for this thread; NULL when there is none. */
static struct cell *claim(struct log_ring *ring, uint64_t *lap)
{
    uint64_t at = atomic_load_explicit(&ring->tail, memory_order_relaxed);

    for (;;) {
        struct cell *cell = &ring->cells[at & ring->mask];
        uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire);
        uint64_t wanted = at >> ring->shift << 1;

        if (turn < wanted) {
            return NULL;
        }
        if (turn > wanted) {
            at = atomic_load_explicit(&ring->tail, memory_order_relaxed);
        } else if (atomic_compare_exchange_weak_explicit(
                       &ring->tail, &at, at + 1, memory_order_relaxed, memory_order_relaxed)) {
            *lap = wanted;
            return cell;
        }
    }
}

bool log_ring_push(struct log_ring *ring, uint64_t stamp, const char *bytes, size_t len)
{
    uint64_t lap;
    struct cell *cell = claim(ring, &lap);

    ASSERT(len <= LOG_LINE_BYTES_MAX);
    if (!cell) {
        atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
        return false;
    }
    cell->line.stamp = stamp;
    cell->line.len = len;
    memcpy(cell->line.bytes, bytes, len);
    atomic_store_explicit(&cell->turn, lap + 1, memory_order_release);
    return true;
}

uint64_t log_ring_dropped(const struct log_ring *ring)
{
    return atomic_load_explicit(&ring->dropped, memory_order_relaxed);
}

const struct log_ring_line *log_ring_front(struct log_ring *ring)
{
    struct cell *cell = &ring->cells[ring->head & ring->mask];
    uint64_t filled = (ring->head >> ring->shift << 1) + 1;

    return atomic_load_explicit(&cell->turn, memory_order_acquire) == filled ? &cell->line : NULL;
}

void log_ring_take(struct log_ring *ring)
{
    struct cell *cell = &ring->cells[ring->head & ring->mask];
    uint64_t turn = atomic_load_explicit(&cell->turn, memory_order_relaxed);

    atomic_store_explicit(&cell->turn, turn + 1, memory_order_release);
    ring->head++;
}
