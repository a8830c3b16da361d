/*
 * A log-linear histogram of times: exact below 256, above that 128 buckets a power of two, so a
 * quantile is off by at most 0.4 %. Recording is O(1); merging is exact. One thread.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_VALUE_MAX (((uint64_t)1 << 44) - 1) /* in ns: close to five hours */
#define HISTOGRAM_BUCKETS   4864

/* All zero: empty. The members are the histogram's; some 39 KB. */
struct histogram {
    uint64_t count, sum, min, max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* A value above HISTOGRAM_VALUE_MAX counts in the last bucket; min, max and mean stay exact. */
void histogram_record(struct histogram *histogram, uint64_t value);
/* As if all that went into `from` had gone into `into`. */
void histogram_merge(struct histogram *into, const struct histogram *from);
void histogram_reset(struct histogram *histogram);

/* The value that a share of `quantile` (0 to 1) is not above: the middle of its bucket, never
 * outside [min, max]. All these are 0 when nothing was recorded. */
uint64_t histogram_quantile(const struct histogram *histogram, double quantile);
uint64_t histogram_min(const struct histogram *histogram);
uint64_t histogram_max(const struct histogram *histogram);
double histogram_mean(const struct histogram *histogram);
uint64_t histogram_count(const struct histogram *histogram);

/* The buckets that hold anything, in rising order. Start with *position 0; false at the end. Values
 * from `low` to `high`, both included, were recorded `count` times. */
struct histogram_bucket {
    uint64_t low, high, count;
};
bool histogram_next(const struct histogram *histogram, size_t *position,
                    struct histogram_bucket *bucket);

#endif
