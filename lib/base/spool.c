/* Positions count bytes since the start and never wrap; a byte lies at its position modulo the size,
 * which is a power of two. */
#include "base/spool.h"

#include "base/assert.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64

struct spool {
    char *bytes;
    size_t size;
    /* The sender's. */
    _Alignas(CACHE_LINE) uint64_t put; /* up to here it has written */
    uint64_t taken_seen;               /* `taken` as it was when last looked at: never too much */
    _Atomic uint64_t lines, dropped;
    /* Written by one, read by the other. */
    _Alignas(CACHE_LINE) _Atomic uint64_t published;
    _Alignas(CACHE_LINE) _Atomic uint64_t taken;
};

enum shunt_status spool_create(size_t bytes, struct spool **spool)
{
    struct spool *made;
    size_t size = SPOOL_BYTES_MIN;

    if (bytes < SPOOL_BYTES_MIN || bytes > SPOOL_BYTES_MAX) {
        return SHUNT_EINVAL;
    }
    while (size < bytes) {
        size *= 2;
    }
    made = aligned_alloc(CACHE_LINE, sizeof *made);
    if (!made) {
        return SHUNT_ENOMEM;
    }
    *made = (struct spool){.size = size};
    made->bytes = malloc(size);
    if (!made->bytes) {
        free(made);
        return SHUNT_ENOMEM;
    }
    *spool = made;
    return SHUNT_OK;
}

void spool_destroy(struct spool *spool)
{
    if (spool) {
        free(spool->bytes);
        free(spool);
    }
}

/* ---- the sender ---- */

/* By its one writer: no lock prefix. */
static void count(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

static size_t room(struct spool *spool, size_t wanted)
{
    size_t free_bytes = spool->size - (size_t)(spool->put - spool->taken_seen);

    if (free_bytes < wanted) {
        spool->taken_seen = atomic_load_explicit(&spool->taken, memory_order_acquire);
        free_bytes = spool->size - (size_t)(spool->put - spool->taken_seen);
    }
    return free_bytes;
}

bool spool_put(struct spool *spool, const char *line, size_t len)
{
    size_t at = (size_t)spool->put & (spool->size - 1), first = spool->size - at;

    if (room(spool, len) < len) {
        count(&spool->dropped);
        return false;
    }
    first = first < len ? first : len;
    memcpy(spool->bytes + at, line, first);
    memcpy(spool->bytes, line + first, len - first);
    spool->put += len;
    count(&spool->lines);
    return true;
}

bool spool_publish(struct spool *spool)
{
    if (atomic_load_explicit(&spool->published, memory_order_relaxed) == spool->put) {
        return false;
    }
    atomic_store(&spool->published, spool->put);
    return true;
}

bool spool_half_full(struct spool *spool)
{
    return room(spool, spool->size / 2 + 1) <= spool->size / 2;
}

/* ---- the receiver ---- */

unsigned spool_peek(const struct spool *spool, struct iovec pieces[2])
{
    uint64_t taken = atomic_load_explicit(&spool->taken, memory_order_relaxed);
    size_t len = (size_t)(atomic_load(&spool->published) - taken);
    size_t at = (size_t)taken & (spool->size - 1), first = spool->size - at;

    first = first < len ? first : len;
    pieces[0] = (struct iovec){spool->bytes + at, first};
    pieces[1] = (struct iovec){spool->bytes, len - first};
    return (unsigned)(first > 0) + (unsigned)(len > first);
}

void spool_take(struct spool *spool, size_t len)
{
    uint64_t taken = atomic_load_explicit(&spool->taken, memory_order_relaxed) + len;

    DEBUG_ASSERT(taken <= atomic_load(&spool->published));
    atomic_store_explicit(&spool->taken, taken, memory_order_release);
}

/* ---- any thread ---- */

uint64_t spool_lines(const struct spool *spool)
{
    return atomic_load_explicit(&spool->lines, memory_order_relaxed);
}

uint64_t spool_dropped(const struct spool *spool)
{
    return atomic_load_explicit(&spool->dropped, memory_order_relaxed);
}
