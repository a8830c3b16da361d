/* Parts of the JSON report; each is a new reference, NULL without memory. */
#ifndef BENCH_REPORT_PARTS_H
#define BENCH_REPORT_PARTS_H

#include "report/report.h"

#include <jansson.h>

/* {p50, p90, p99, p999, max, min, mean} in us. */
json_t *report_latency(const struct histogram *latency);
/* [[low_us, high_us, count], ...] of the buckets that hold anything, in rising order. */
json_t *report_histogram(const struct histogram *latency);
/* An object by phase name: null, or {count, latency_us, histogram}. */
json_t *report_phases(const struct tally *tally);
/* One object a second. */
json_t *report_series(const struct series *series);
/* What became of the offer to compress; null where none was made. */
json_t *report_compression(const struct report *report);
/* What a message and its answer were on the wire; null where none was answered in frames. */
json_t *report_wire(const struct tally *tally);
/* The same for the table. */
void report_print_compression(const struct report *report, FILE *out);
/* Bytes a second, statuses, connections that the server ended: members of the whole. */
json_t *report_traffic(const struct load_result *result);
/* The same for the table, and a warning where answers were errors. */
void report_print_traffic(const struct load_result *result, FILE *out);
void report_print_refusals(const struct tally *tally, FILE *out);
/* Responses whose final status was from `from` to below `below`. */
uint64_t report_statuses(const struct tally *tally, unsigned from, unsigned below);
/* The machine and what of its settings changes results. */
json_t *report_environment(void);

#endif
