/* The figures by which servers are compared, for outcome.c and its table. */
#ifndef BENCH_COMPARE_METRIC_H
#define BENCH_COMPARE_METRIC_H

#include <jansson.h>
#include <stdbool.h>

enum metric_unit { METRIC_COUNT, METRIC_TIME, METRIC_BYTES, METRIC_PERCENT, METRIC_FEW };

struct metric {
    const char *name;  /* in the comparison's JSON */
    const char *path;  /* in a run's result */
    const char *title; /* in the table */
    bool more_is_better;
    bool no_verdict; /* neither more nor less is better: no ratio either */
    enum metric_unit unit;
};

#define METRICS 8

extern const struct metric metrics[METRICS];

/* NAN when there is no such number. */
double metric_member(const json_t *object, const char *key);

#endif
