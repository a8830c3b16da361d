/* What echo shares with scenarios that ping. */
#ifndef BENCH_SCENARIO_ECHO_H
#define BENCH_SCENARIO_ECHO_H

#include "scenario_run.h"

/* For echo, and for idle and churn, which ping with it. */
enum shunt_status scenario_echo_talk(const struct options *options, struct talk *talk, bool *talks);

#endif
