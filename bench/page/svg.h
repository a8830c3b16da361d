/* One drawing as an SVG file that stands alone: colours for light and dark are in it, it fetches
 * nothing and runs nothing, so that a README can show it. */
#ifndef BENCH_PAGE_SVG_H
#define BENCH_PAGE_SVG_H

#include "page/page.h"

/* The drawings, for --help: "cpu, rate, ...". */
#define SVG_CHARTS "cpu, rate, p50, p99 or memory"

struct svg {
    const struct page *page; /* of one part */
    const char *chart;       /* NULL: cpu of a comparison, latency of runs */
};

bool svg_chart_known(const char *chart);
/* Can it be drawn? SHUNT_OK, or SHUNT_EINVAL with a sentence in `error`. */
enum shunt_status svg_check(const struct svg *svg, char *error, size_t error_size) SHUNT_MUST_USE;
/* After svg_check(). */
void svg_write(const struct svg *svg, FILE *out);

#endif
