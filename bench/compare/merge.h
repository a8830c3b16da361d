/* What several runs of the same scenario against the same server are together. */
#ifndef BENCH_COMPARE_MERGE_H
#define BENCH_COMPARE_MERGE_H

#include <jansson.h>
#include <stddef.h>

/*
 * Of `runs`, each a run's result, or NULL and then left out: an object with members of a run's
 * result, so that a page draws it as one. `runs` is how many; `completed`, `errors`, `errors_total`
 * and `measured_s` (of their `duration_s`) are sums; `histogram`, `latency_us` and `phases` are of
 * all operations: buckets are the same in all runs, so they add up exactly. `series` is second by
 * second the mean of the runs, of p50_us and p99_us their median; the counts in its `latency` are
 * sums.
 *
 * A new reference; JSON's null without any run; NULL without memory.
 */
json_t *merge_runs(json_t *const *runs, size_t count);

#endif
