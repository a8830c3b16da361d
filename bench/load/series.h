/* What happened in each second of a run, for curves over time. */
#ifndef BENCH_LOAD_SERIES_H
#define BENCH_LOAD_SERIES_H

#include "load/tally.h"

/* Latency in coarse cells, four a power of two, for a heat map: the first holds all below 1.024 us,
 * the last all above 17 s. */
#define SERIES_CELLS 98

struct series_point {
    double end_s;   /* since the start of the measured time */
    double seconds; /* what it spans: one, the last one maybe less */
    uint64_t completed, failed;
    uint64_t received_bytes, sent_bytes, closed;
    uint64_t p50_ns, p99_ns;
    uint64_t open;     /* connections at its end */
    bool server_known; /* the two below hold */
    double server_cpu_share;
    uint64_t server_rss_bytes;
    uint32_t cells[SERIES_CELLS];
};

/* All zero: empty. */
struct series {
    struct series_point *points;
    size_t count, room;
};

/* A new last point with what `since` counted; NULL without memory. Valid until the next one. */
struct series_point *series_add(struct series *series, const struct tally *since, double end_s,
                                double seconds);
void series_fini(struct series *series);

/* The times that count in a cell: from *low_ns to below *high_ns. */
void series_cell(size_t cell, uint64_t *low_ns, uint64_t *high_ns);

#endif
