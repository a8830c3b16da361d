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

/* The client may be what limited the figures: it was more than 90 % busy, or in open loop so late
 * that a tenth of the latency's p99 is its own. */
bool report_client_limited(const struct report *report);
/* In open loop: of what was due, all but 2 % is done. */
bool report_schedule_kept(const struct load_result *result);
/* Something completed, and errors are fewer than completions. */
bool report_succeeded(const struct report *report);

void report_table(const struct report *report, FILE *out);
/* A new reference, NULL without memory. Schema: bench/SCHEMA.md. */
json_t *report_json(const struct report *report);

#endif
