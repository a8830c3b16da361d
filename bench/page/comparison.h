/* What `shunt-bench compare` found, for its page. */
#ifndef BENCH_PAGE_COMPARISON_H
#define BENCH_PAGE_COMPARISON_H

#include <jansson.h>
#include <stdio.h>

/* `comparison` is as outcome_json() makes it. */
void comparison_write(const json_t *comparison, FILE *out);

#endif
