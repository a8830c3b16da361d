/* The parts of a page that are words and tables. */
#ifndef BENCH_PAGE_WORDS_H
#define BENCH_PAGE_WORDS_H

#include "page/page.h"

#include <stdbool.h>

/* The headline figures of one run; which they are depends on its scenario. */
void words_tiles(const struct result *result, FILE *out);
/* A row a run; ratios are to the first one. */
void words_table(const struct page_part *part, FILE *out);
/* Are all of one scenario? */
bool words_one_scenario(const struct result *results, size_t count);
/* What to know before believing: the client was the limit, errors, an interrupted run. */
void words_warnings(const struct page_part *part, FILE *out);
/* How and where it was measured. */
void words_setup(const struct page_part *part, FILE *out);

#endif
