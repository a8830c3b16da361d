/* Bytes, statuses, and connections that the server ended. */
#ifndef BENCH_REPORT_TRAFFIC_H
#define BENCH_REPORT_TRAFFIC_H

#include "report/report.h"

#include <jansson.h>

/* Bytes a second, statuses, connections that the server ended: members of the whole. */
json_t *report_traffic(const struct load_result *result);
/* The same for the table, and a warning where answers were errors. */
void report_print_traffic(const struct load_result *result, FILE *out);
void report_print_refusals(const struct tally *tally, FILE *out);
/* Responses whose final status was from `from` to below `below`. */
uint64_t report_statuses(const struct tally *tally, unsigned from, unsigned below);

#endif
