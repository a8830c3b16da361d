/* The drawings of one run, or of several on the same axes. Each is a <figure>. */
#ifndef BENCH_PAGE_FIGURES_H
#define BENCH_PAGE_FIGURES_H

#include "page/chart.h"
#include "report/result.h"
#include "report/text.h"

#include <stdio.h>

struct figures {
    FILE *out;
    const struct result *results;
    size_t count;
};

/* Latency that a share of the operations is not above: the distance to 100 % halves and halves. */
void figure_percentiles(const struct figures *figures, const char *title);
/* Its drawing alone; figures_have_latency() is true. */
void figure_percentiles_drawing(const struct figures *figures, enum chart_size size,
                                const char *what);
bool figures_have_latency(const struct figures *figures);
/* One curve for each of `phases`, where the run has them. */
void figure_phases(const struct figures *figures);
/* The ones over time are left out when no run has FIGURE_SECONDS_MIN seconds. */
#define FIGURE_SECONDS_MIN 3
bool figures_have_time(const struct figures *figures);

/* Shades say what share of a second's operations had which latency. */
void figure_heat(const struct figures *figures);
/* Connections that are open, where a run says how many. */
void figure_population(const struct figures *figures);
void figure_rate(const struct figures *figures);
void figure_errors(const struct figures *figures);
/* Of the server, where a run knows its process. */
void figure_cpu(const struct figures *figures);
void figure_memory(const struct figures *figures);

/* What --find-max tried: rates against the bounded latency, kept and not kept. */
void figure_search(const struct figures *figures);
/* What a held connection costs, as bars, and the ping over all of them. */
void figure_held(const struct figures *figures);
/* Bytes that memory grew by. */
void figure_growth_text(char out[TEXT_BYTES], double bytes);

/* Start and end of a figure, and the names beside their colours; one name alone is not written. */
void figure_open(FILE *out, const char *title, const char *caption);
void figure_key(FILE *out, const struct result *results, size_t count);
void figure_close(FILE *out);

#endif
