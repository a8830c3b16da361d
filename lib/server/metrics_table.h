/* Which metrics there are, beside the counters of server/counters.h: their names, and where in each
 * worker's cells their values are. */
#ifndef SERVER_METRICS_TABLE_H
#define SERVER_METRICS_TABLE_H

#include <shunt/metric.h>
#include <shunt/status.h>
#include <stdbool.h>

#define METRICS_CELLS_MAX (SHUNT_METRICS_MAX * 8) /* a worker */

struct metrics_entry {
    enum shunt_metric_kind kind;
    char *name, *help;
    char **labels; /* name, value ..., NULL */
    double *bounds;
    unsigned bound_count;
    unsigned cell; /* the first: a value; or for a histogram a count for each bound and for what is
                      above them, and the sum */
};

/* All zero: empty. Changed on the main thread while no worker runs, read by any thread. */
struct metrics_table {
    struct metrics_entry entries[SHUNT_METRICS_MAX];
    unsigned count, cells;
};

/*
 * Add one; `own`: the server's, whose name begins with shunt_. SHUNT_EINVAL: error[0..size) has what
 * was expected and found; SHUNT_EFULL; SHUNT_ENOMEM.
 */
enum shunt_status metrics_table_add(struct metrics_table *table, const struct shunt_metric *metric,
                                    bool own, unsigned *number, char *error,
                                    size_t size) SHUNT_MUST_USE;
/* Forget all but the first `count`. */
void metrics_table_cut(struct metrics_table *table, unsigned count);

#endif
