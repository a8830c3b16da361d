#include "load/series.h"

#include <stdlib.h>

#define FIRST_SHIFT 10u /* 1,024 ns */
#define LAST_SHIFT  34u /* 17 s */

_Static_assert(SERIES_CELLS == (LAST_SHIFT - FIRST_SHIFT) * 4 + 2, "four cells a power of two");

/* A histogram's bucket is finer than a cell and never crosses its edge, as both split a power of
 * two evenly. */
static size_t cell_of(uint64_t ns)
{
    if (ns < UINT64_C(1) << FIRST_SHIFT) {
        return 0;
    }
    if (ns >= UINT64_C(1) << LAST_SHIFT) {
        return SERIES_CELLS - 1;
    }
    unsigned shift = 63u - (unsigned)__builtin_clzll(ns);

    return 1 + (size_t)(shift - FIRST_SHIFT) * 4 + (size_t)(ns >> (shift - 2) & 3);
}

void series_cell(size_t cell, uint64_t *low_ns, uint64_t *high_ns)
{
    if (cell == 0 || cell == SERIES_CELLS - 1) {
        *low_ns = cell == 0 ? 0 : UINT64_C(1) << LAST_SHIFT;
        *high_ns = cell == 0 ? UINT64_C(1) << FIRST_SHIFT : UINT64_MAX;
        return;
    }
    unsigned shift = FIRST_SHIFT + (unsigned)(cell - 1) / 4;
    uint64_t quarter = UINT64_C(1) << (shift - 2), part = (cell - 1) % 4;

    *low_ns = (4 + part) * quarter;
    *high_ns = *low_ns + quarter;
}

struct series_point *series_add(struct series *series, const struct tally *since, double end_s,
                                double seconds)
{
    struct histogram_bucket bucket;
    size_t position = 0;

    if (series->count == series->room) {
        size_t room = series->room ? series->room * 2 : 64;
        struct series_point *grown = reallocarray(series->points, room, sizeof *grown);

        if (!grown) {
            return NULL;
        }
        series->points = grown;
        series->room = room;
    }
    struct series_point *point = &series->points[series->count++];

    *point = (struct series_point){
        .end_s = end_s,
        .seconds = seconds,
        .completed = histogram_count(&since->latency_ns),
        .failed = tally_failed(since),
        .received_bytes = since->received_bytes,
        .sent_bytes = since->sent_bytes,
        .closed = since->closed,
        .open = (series->count > 1 ? point[-1].open : 0) + (uint64_t)since->open,
        .p50_ns = histogram_quantile(&since->latency_ns, 0.5),
        .p99_ns = histogram_quantile(&since->latency_ns, 0.99),
    };
    while (histogram_next(&since->latency_ns, &position, &bucket)) {
        point->cells[cell_of(bucket.low)] += (uint32_t)bucket.count;
    }
    return point;
}

void series_fini(struct series *series)
{
    free(series->points);
    *series = (struct series){.points = NULL};
}
