/* What each of several URLs had of a run. */
#ifndef BENCH_LOAD_TARGET_TALLY_H
#define BENCH_LOAD_TARGET_TALLY_H

#include "base/histogram.h"

#include <pthread.h>
#include <shunt/status.h>
#include <stdint.h>

struct target_tally {
    struct histogram latency_ns; /* its count is how many completed */
    uint64_t failures;           /* where its request was the oldest under way */
};

/* Of all threads, each of which adds its own at its end. */
struct target_tallies {
    pthread_mutex_t lock;
    uint32_t count;
    struct target_tally each[];
};

/* NULL without memory. */
struct target_tallies *target_tallies_create(uint32_t count);
void target_tallies_destroy(struct target_tallies *tallies);
/* Add as many as there are of them; any thread. */
void target_tallies_merge(struct target_tallies *tallies, const struct target_tally *from);

#endif
