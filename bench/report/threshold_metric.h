/* The metrics that a threshold may be of, and their values. */
#ifndef BENCH_REPORT_THRESHOLD_METRIC_H
#define BENCH_REPORT_THRESHOLD_METRIC_H

#include "report/report.h"
#include "report/threshold.h"

enum threshold_kind_of {
    THRESHOLD_TIME,    /* ns */
    THRESHOLD_NUMBER,  /* without a unit */
    THRESHOLD_EVENTS,  /* how many, or a share of all */
    THRESHOLD_PORTION, /* a share */
    THRESHOLD_BYTES,
    THRESHOLD_KINDS
};

/* How a limit of a kind is written. */
#define THRESHOLD_UNITS 5
struct threshold_kind {
    const char *name;     /* of the JSON */
    const char *expected; /* in place of what is no unit */
    struct {
        const char *name;
        double size;
    } units[THRESHOLD_UNITS];
};
extern const struct threshold_kind threshold_kinds[THRESHOLD_KINDS];

struct threshold_metric {
    const char *name;
    enum threshold_kind_of kind;
    bool needs_pid, needs_system_calls;
    /* NAN: not known. */
    double (*value)(const struct threshold *threshold, const struct report *report);
    /* Of events: of how many, for a share. NULL: of all operations. */
    double (*whole)(const struct report *report);
};

/* In the unit of the limit; NAN: not known. */
double threshold_metric_value(const struct threshold *threshold, const struct report *report);
/* NULL: none has that name. */
const struct threshold_metric *threshold_metric_named(const char *name, size_t len);
/* Those without a name of their own: pN, and a kind of error. */
extern const struct threshold_metric threshold_of_quantile, threshold_of_failure;

#endif
