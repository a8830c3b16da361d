/* What curves are drawn from, as JSON; each is a new reference, NULL without memory. */
#ifndef BENCH_REPORT_CURVES_H
#define BENCH_REPORT_CURVES_H

#include "load/series.h"
#include "load/stages.h"

#include <jansson.h>

/* {p50, p90, p99, p999, max, min, mean} in us. */
json_t *report_latency(const struct histogram *latency);
/* [[low_us, high_us, count], ...] of the buckets that hold anything, in rising order. */
json_t *report_histogram(const struct histogram *latency);
/* An object by phase name: null, or {count, latency_us, histogram}. */
json_t *report_phases(const struct tally *tally);
/* One object a second. `rate` is what was due a second, 0 in closed loop, unless there are `stages`
 * (NULL: none). */
json_t *report_series(const struct series *series, double rate, const struct stages *stages);

#endif
