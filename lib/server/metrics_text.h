/* Metrics in the words of Prometheus' text format 0.0.4, or of OpenMetrics 1.0. */
#ifndef SERVER_METRICS_TEXT_H
#define SERVER_METRICS_TEXT_H

#include "server/metrics_cells.h"

#include <stdio.h>

/* All of the table, each name in one piece. */
void metrics_text_write(FILE *to, bool open_metrics, const struct metrics_table *table,
                        const struct metrics_cells *cells);
/* The process itself, as far as that is cheap: memory, CPU time, descriptors, its start. */
void metrics_text_write_process(FILE *to, bool open_metrics);
/* One counter without labels; `name` is without _total. */
void metrics_text_write_counter(FILE *to, bool open_metrics, const char *name, uint64_t value);

#endif
