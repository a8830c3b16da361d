/* What is printed at the end: a table for people, JSON for programs. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "load.h"

#include <jansson.h>
#include <stdio.h>

#define REPORT_SCHEMA 1 /* of the JSON; members are only added within a version */

struct report {
    const char *scenario;  /* "handshake" */
    const char *operation; /* one of them, for people: "handshake" */
    const char *loop;      /* "closed" */
    const char *loop_text; /* the second line of the table */
    const struct options *options;
    const struct load_result *result;
};

/* The client was more than 90 % busy: it may be what limited the rate. */
bool report_client_limited(const struct report *report);
/* Something completed, and errors are fewer than completions. */
bool report_succeeded(const struct report *report);

void report_table(const struct report *report, FILE *out);
/* A new reference, NULL without memory. Schema: bench/README.md. */
json_t *report_json(const struct report *report);

#endif
