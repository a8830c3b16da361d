/* A bar a server: what `shunt-bench compare` found of one figure, for a drawing that stands alone.
 */
#ifndef BENCH_PAGE_BARS_H
#define BENCH_PAGE_BARS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* NULL when there is no such chart. */
struct bars_chart;
const struct bars_chart *bars_chart(const char *name);

/* Does any server have this figure? */
bool bars_known(const struct bars_chart *chart, const json_t *comparison);
/* "Server CPU time a handshake", and how to read the bars. */
void bars_title(const struct bars_chart *chart, const char *scenario, FILE *out);
void bars_caption(const struct bars_chart *chart, const json_t *comparison, FILE *out);
/* What a mark at a figure means, or "". Static text. */
const char *bars_footnote(const struct bars_chart *chart, const json_t *comparison);

double bars_height(const json_t *comparison);
/* The bars from `top` on, `width` wide in all, with `margin` on both sides. */
void bars_write(const struct bars_chart *chart, const json_t *comparison, double top, double width,
                double margin, FILE *out);

#endif
