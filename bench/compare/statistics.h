/* What few and noisy rounds allow to say. */
#ifndef BENCH_COMPARE_STATISTICS_H
#define BENCH_COMPARE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Below so many pairs no interval can hold 95 %: all of n fall on one side by chance once in
 * 2^(n-1). */
#define STATISTICS_PAIRS_MIN 6

/* Of finite values, which it sorts; NAN without any. */
double statistics_median(double *values, size_t count);

/* The 95 % interval of the median of finite values, by percentile bootstrap: NAN below
 * STATISTICS_PAIRS_MIN. The same seed gives the same interval. False: no memory. */
bool statistics_interval(const double *values, size_t count, uint64_t seed, double *low,
                         double *high);

struct statistics_ratio {
    size_t pairs;     /* rounds in which both are known */
    double ratio;     /* the median of theirs; NAN without any */
    double low, high; /* its statistics_interval() */
};

/*
 * `ours` to `base`, round by round: what slows a whole round slows both and cancels out. A value
 * that is not finite, or a base that is not above 0, leaves its round out. The same seed gives the
 * same interval. False: no memory.
 */
bool statistics_ratio(const double *ours, const double *base, size_t rounds, uint64_t seed,
                      struct statistics_ratio *out);

/* A sentence: is there a difference? Static text. `more_is_better` says which one is meant. */
const char *statistics_verdict(const struct statistics_ratio *ratio, bool more_is_better);

#endif
