/* --fail-if: what a run must not be, as "p99>5ms" or "errors>0.1%". */
#ifndef BENCH_REPORT_THRESHOLD_H
#define BENCH_REPORT_THRESHOLD_H

#include "base/error.h"

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>

#define THRESHOLDS_MAX 32

/* Of --help: what an expression may be. */
#define THRESHOLD_HELP                                                                             \
    "METRIC is rate, min, mean, max, p50, p99, p999 or another quantile, errors, an error by its " \
    "name, timeouts, 4xx, 5xx, closed, received, sent, unfinished, client_busy, and with --pid "   \
    "server_cpu, server_cores, server_memory and system_calls; OPERATOR is >, >=, < or <=; times " \
    "end in ns, us, ms or s, bytes in B, kB, MB or GB, and errors may be a share in %"

struct threshold_metric;
struct threshold {
    const char *text; /* borrowed */
    const struct threshold_metric *metric;
    enum { THRESHOLD_MORE, THRESHOLD_MORE_OR_EQUAL, THRESHOLD_LESS, THRESHOLD_LESS_OR_EQUAL } op;
    double limit; /* in ns, bytes or a number; where `share` is set from 0 to 1 */
    bool share;
    double quantile; /* of a metric pN */
    int failure;     /* of a metric that is an error */
};

/* Read an expression; `text` is borrowed. SHUNT_OK, or SHUNT_EINVAL with a sentence in `error` that
 * names where the mistake is. */
enum shunt_status threshold_parse(const char *text, struct threshold *threshold,
                                  struct error *error) SHUNT_MUST_USE;
/* Its metric is of --pid, or of --system-calls. */
bool threshold_needs_pid(const struct threshold *threshold);
bool threshold_needs_system_calls(const struct threshold *threshold);

#endif
