/* The search for the highest rate that keeps a bound. */
#ifndef BENCH_FIND_MAX_H
#define BENCH_FIND_MAX_H

#include "scenario_run.h"

/* --find-max: `measure` of the scenarios that can be in open loop. */
int find_max(const struct scenario *scenario, const struct options *options,
             const struct client_plan *plan, FILE *json_file);

#endif
