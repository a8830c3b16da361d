/* A worker's cells have one writer, so they need no lock prefix: it loads, adds and stores. */
#include "server/metrics_cells.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64

struct metrics_cells *metrics_cells_create(const struct metrics_table *table, unsigned workers,
                                           const struct metrics_row *shared)
{
    size_t bytes = (table->cells * sizeof(uint64_t) + CACHE_LINE) & ~(size_t)(CACHE_LINE - 1);
    struct metrics_cells *made =
        calloc(1, sizeof *made + (workers + 1) * sizeof(struct metrics_row));

    if (!made) {
        return NULL;
    }
    for (unsigned i = 0; i < workers; i++) {
        struct metrics_row *row = &made->rows[made->count++];

        row->table = table;
        row->count = table->count;
        row->cells = aligned_alloc(CACHE_LINE, bytes);
        if (!row->cells) {
            metrics_cells_destroy(made);
            return NULL;
        }
        memset((void *)row->cells, 0, bytes);
    }
    made->rows[made->count++] = *shared;
    return made;
}

void metrics_cells_destroy(struct metrics_cells *cells)
{
    for (unsigned i = 0; cells && i < cells->count; i++) {
        if (!cells->rows[i].shared) {
            free((void *)cells->rows[i].cells);
        }
    }
    free(cells);
}

/* ---- writing ---- */

static double as_double(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t as_bits(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void count(const struct metrics_row *row, unsigned cell, uint64_t by)
{
    _Atomic uint64_t *at = &row->cells[cell];

    if (row->shared) {
        atomic_fetch_add_explicit(at, by, memory_order_relaxed);
    } else {
        atomic_store_explicit(at, atomic_load_explicit(at, memory_order_relaxed) + by,
                              memory_order_relaxed);
    }
}

static void sum(const struct metrics_row *row, unsigned cell, double by)
{
    _Atomic uint64_t *at = &row->cells[cell];
    uint64_t before = atomic_load_explicit(at, memory_order_relaxed);

    if (!row->shared) {
        atomic_store_explicit(at, as_bits(as_double(before) + by), memory_order_relaxed);
        return;
    }
    while (!atomic_compare_exchange_weak_explicit(at, &before, as_bits(as_double(before) + by),
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

static const struct metrics_entry *find(const struct metrics_row *row, uint32_t number)
{
    return row && number < row->count ? &row->table->entries[number] : NULL;
}

void metrics_cells_add(struct metrics_row *row, uint32_t number, int64_t by)
{
    const struct metrics_entry *entry = find(row, number);

    if (entry && (entry->kind == SHUNT_GAUGE || (entry->kind == SHUNT_COUNTER && by > 0))) {
        count(row, entry->cell, (uint64_t)by);
    }
}

void metrics_cells_set(struct metrics_row *row, uint32_t number, int64_t value)
{
    const struct metrics_entry *entry = find(row, number);

    if (entry && entry->kind == SHUNT_GAUGE) {
        atomic_store_explicit(&row->cells[entry->cell], (uint64_t)value, memory_order_relaxed);
    }
}

void metrics_cells_observe(struct metrics_row *row, uint32_t number, double value)
{
    const struct metrics_entry *entry = find(row, number);
    unsigned bucket = 0;

    if (!entry || entry->kind != SHUNT_HISTOGRAM || value != value) {
        return; /* the last: not a number */
    }
    while (bucket < entry->bound_count && value > entry->bounds[bucket]) {
        bucket++;
    }
    count(row, entry->cell + bucket, 1);
    sum(row, entry->cell + entry->bound_count + 1, value);
}

/* ---- reading ---- */

uint64_t metrics_cells_count(const struct metrics_cells *cells, unsigned cell)
{
    uint64_t all = 0;

    for (unsigned i = 0; i < cells->count; i++) {
        all += atomic_load_explicit(&cells->rows[i].cells[cell], memory_order_relaxed);
    }
    return all;
}

double metrics_cells_sum(const struct metrics_cells *cells, unsigned cell)
{
    double all = 0;

    for (unsigned i = 0; i < cells->count; i++) {
        all += as_double(atomic_load_explicit(&cells->rows[i].cells[cell], memory_order_relaxed));
    }
    return all;
}
