/* What `shunt-bench compare` found, for its page. */
#ifndef BENCH_PAGE_COMPARISON_H
#define BENCH_PAGE_COMPARISON_H

#include <jansson.h>
#include <stdio.h>

/* `comparison` is as outcome_json() makes it. */
void comparison_write(const json_t *comparison, FILE *out);

/* All rounds of one of its servers, as one run's result: for curves. A new reference, NULL when the
 * server gave no result. */
json_t *comparison_run(const json_t *server);

#endif
