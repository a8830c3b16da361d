/*
 * A rate that changes in steps of time: in each stage it goes from where it was to the stage's own
 * in a straight line, from 0 at first; a stage of no time is a jump. Operation n, counted from 0, is
 * due at the time at which the integral of the rate passes n. Pure.
 */
#ifndef BENCH_LOAD_STAGES_H
#define BENCH_LOAD_STAGES_H

#include "base/error.h"

#include <shunt/status.h>
#include <stdint.h>

#define STAGES_MAX         64
#define STAGES_SECONDS_MIN 0.1
#define STAGES_SECONDS_MAX 86400
#define STAGES_RATE_MAX    1e8

struct stage {
    double seconds, rate;                      /* as asked for: how long, and the rate at its end */
    double from_s, from_rate, from_operations; /* what came before */
};

/* All zero: none. */
struct stages {
    struct stage each[STAGES_MAX];
    uint32_t count;
    double seconds, operations; /* of all; the operations are the whole integral */
};

/* "10s:100,30s:1000": TIME:RATE, as duration_parse() takes a time. SHUNT_OK, or SHUNT_EINVAL with a
 * sentence in `error`; also where no operation would be due. */
enum shunt_status stages_parse(const char *text, struct stages *stages,
                               struct error *error) SHUNT_MUST_USE;
/* The integral of the rate up to `at_s`, which may be behind the end. */
double stages_integral(const struct stages *stages, double at_s);
/* When operation `n` is due, in seconds; negative: not before the end. `stage` is where to look
 * first, no later than that of `n`, and moves on. */
double stages_due_s(const struct stages *stages, double n, uint32_t *stage);

#endif
