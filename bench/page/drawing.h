/* One drawing of a page as an SVG file that stands alone: colours for light and dark are in it, it
 * fetches nothing and runs nothing, so that a README can show it. */
#ifndef BENCH_PAGE_DRAWING_H
#define BENCH_PAGE_DRAWING_H

#include "base/error.h"
#include "page/page.h"

#include <stdbool.h>

/* The drawings of a comparison, for --help. */
#define DRAWING_CHARTS "cpu, rate, p50, p99 or memory"

/* One of a comparison, or "latency", which is of runs too. */
bool drawing_known(const char *chart);

/* Have a browser draw `chart` of `page` into `file` ("-" is standard output); NULL: cpu of a
 * comparison, latency of runs. 0, or -1 with a sentence in `error`. */
int drawing_write(const struct page *page, const char *chart, const char *file,
                  struct error *error);

#endif
