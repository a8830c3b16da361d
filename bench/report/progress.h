/* One line a second while a run goes on: a bar on a terminal, plain lines elsewhere. */
#ifndef BENCH_REPORT_PROGRESS_H
#define BENCH_REPORT_PROGRESS_H

#include "load/load.h"

struct progress {
    bool quiet, terminal, colour;
    double duration_s;
    char part[64]; /* of a search: which try this is, written before the figures; or "" */
};

/* Looks at standard error, which it writes to, and at NO_COLOR and TERM. */
void progress_init(struct progress *progress, double duration_s, bool quiet);
/* The callback of struct load_progress; its context is a struct progress. */
void progress_show(void *context, const struct tally *since, double since_s, double left_s,
                   uint64_t failed_so_far);
/* Take the bar away before the result is printed. */
void progress_end(const struct progress *progress);

#endif
