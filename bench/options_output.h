/* Where results go: the options that every scenario with a report has. */
#ifndef BENCH_OPTIONS_OUTPUT_H
#define BENCH_OPTIONS_OUTPUT_H

#include "options.h"

/* The part of it with where results go, for a scenario without a URL. */
extern const struct argp options_output_argp;
/* A file's name that is not "-": the table is on standard output. */
const char *options_file(struct argp_state *state, const char *name, const char *text);
/* One more --fail-if. */
void options_threshold(struct argp_state *state, struct options *options, const char *text);
/* Each threshold's metric is one that this run has. */
void options_check_thresholds(struct argp_state *state, const struct options *options);

#endif
