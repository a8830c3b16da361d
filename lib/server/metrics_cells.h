/* The values of metrics: a row of cells for each worker, and one that a program's threads share. */
#ifndef SERVER_METRICS_CELLS_H
#define SERVER_METRICS_CELLS_H

#include "server/metrics_table.h"

#include <stdatomic.h>

/* Of one worker, which alone writes it; or shared. Read by any thread. */
struct metrics_row {
    const struct metrics_table *table;
    unsigned count; /* metrics of it that are known here */
    bool shared;
    _Atomic uint64_t *cells; /* counts, signed numbers, or doubles by their bits */
};

struct metrics_cells {
    unsigned count; /* rows: the last one is shared */
    struct metrics_row rows[];
};

/* For the table as it is from now on; `shared` outlives it. NULL: no memory. */
struct metrics_cells *metrics_cells_create(const struct metrics_table *table, unsigned workers,
                                           const struct metrics_row *shared);
/* NULL is allowed. */
void metrics_cells_destroy(struct metrics_cells *cells);

/* What kind a metric has decides which of these does anything; no effect for a number that is none. */
void metrics_cells_add(struct metrics_row *row, uint32_t number, int64_t by);
void metrics_cells_set(struct metrics_row *row, uint32_t number, int64_t value);
void metrics_cells_observe(struct metrics_row *row, uint32_t number, double value);

/* ---- reading: sums over all rows ---- */

uint64_t metrics_cells_count(const struct metrics_cells *cells, unsigned cell);
double metrics_cells_sum(const struct metrics_cells *cells, unsigned cell);

#endif
