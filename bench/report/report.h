/* What is printed at the end: a table for people, JSON for programs. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "load/load.h"

#include <jansson.h>
#include <stdio.h>

#define REPORT_SCHEMA 1 /* of the JSON; members are only added within a version */

struct report {
    const char *scenario;  /* "handshake" */
    const char *operation; /* one of them, for people: "handshake" */
    const char *loop;      /* "closed" or "open" */
    const char *loop_text; /* the second line of the table */
    bool in_memory;        /* client and server are one: that it is busy is no limit */
    double rate;           /* in open loop: operations a second that were due */
    const struct options *options;
    const struct load_result *result;
};

/* The client may be what limited the figures: it was more than 90 % busy, or a figure is in doubt.
 */
bool report_client_limited(const struct report *report);

/* A quantile of the latency that is reported. */
struct report_quantile {
    const char *key, *name; /* "p999" and "p99.9": of the JSON, and for people */
    double quantile;
};
#define REPORT_QUANTILES 4
extern const struct report_quantile report_quantiles[REPORT_QUANTILES];
/* In open loop: is more than a tenth of this quantile, and more than a microsecond, this client's
 * own lateness? It is then less by that without it. */
bool report_in_doubt(const struct report *report, const struct report_quantile *quantile);
/* In open loop: of what was due, all but 2 % is done. */
bool report_schedule_kept(const struct load_result *result);
/* Something completed, errors are fewer than completions, and no threshold is met. */
bool report_succeeded(const struct report *report);

void report_table(const struct report *report, FILE *out);
/* A new reference, NULL without memory. Schema: bench/SCHEMA.md. */
json_t *report_json(const struct report *report);

#endif
