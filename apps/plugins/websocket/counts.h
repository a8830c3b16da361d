/* What a worker counts: written by it alone, read by any thread. */
#ifndef PLUGINS_WEBSOCKET_COUNTS_H
#define PLUGINS_WEBSOCKET_COUNTS_H

#include <stdatomic.h>
#include <stdint.h>

/* Each as the member of struct shunt_websocket_counters. */
struct websocket_counts {
    _Alignas(64) _Atomic uint64_t delivered;
    _Atomic uint64_t slow_closed;
    _Atomic uint64_t dropped_newest;
    _Atomic uint64_t dropped_oldest;
    _Atomic uint64_t conflated;
    _Atomic uint64_t dropped_at_close;
    _Atomic uint64_t refused;
    _Atomic uint64_t origins_refused;
    _Atomic uint64_t contexts_refused;
    _Atomic uint64_t context_bytes;
    _Atomic uint64_t deflated_from;
    _Atomic uint64_t deflated_to;
};

static inline void websocket_count(_Atomic uint64_t *count, uint64_t more)
{
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

#endif
