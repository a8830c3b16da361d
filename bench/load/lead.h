/*
 * How long before an operation is due a sleep has to end, for the loop to be awake in time. A timer
 * rings late: by a few microseconds on a quiet machine, by 30 to 60 in a virtual one whose CPU has
 * gone idle. The lead is what 199 in 200 of the last alarms were not later than, so that the
 * client's own lateness stays out of p99.
 */
#ifndef BENCH_LOAD_LEAD_H
#define BENCH_LOAD_LEAD_H

#include <stdint.h>

#define LEAD_NS_MAX 100000 /* more is no timer's doing: somebody else had the CPU */

/* All zero at first. */
struct lead {
    uint64_t ns;
};

/* An alarm rang `late_ns` after it was set for. One that is later than LEAD_NS_MAX teaches nothing.
 */
void lead_learn(struct lead *lead, uint64_t late_ns);

#endif
