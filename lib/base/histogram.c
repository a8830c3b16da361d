/* A value's bucket is its highest bit and the seven bits behind it. */
#include "base/histogram.h"

#include <string.h>

#define SUB_BITS 7u
#define SUB      (1u << SUB_BITS)

_Static_assert(HISTOGRAM_BUCKETS == (43u - SUB_BITS) * SUB + 2 * SUB, "buckets up to 2^44 - 1");

static size_t bucket_of(uint64_t value)
{
    if (value < 2 * SUB) {
        return (size_t)value;
    }
    if (value > HISTOGRAM_VALUE_MAX) {
        return HISTOGRAM_BUCKETS - 1;
    }
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - SUB_BITS;

    return (size_t)shift * SUB + (size_t)(value >> shift);
}

static uint64_t bucket_low(size_t index, uint64_t *width)
{
    unsigned shift = index < 2 * SUB ? 0 : (unsigned)(index / SUB) - 1;

    *width = (uint64_t)1 << shift;
    return (uint64_t)(index - (size_t)shift * SUB) << shift;
}

void histogram_record(struct histogram *histogram, uint64_t value)
{
    if (histogram->count++ == 0 || value < histogram->min) {
        histogram->min = value;
    }
    if (value > histogram->max) {
        histogram->max = value;
    }
    histogram->sum += value;
    histogram->buckets[bucket_of(value)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (from->count == 0) {
        return;
    }
    if (into->count == 0 || from->min < into->min) {
        into->min = from->min;
    }
    if (from->max > into->max) {
        into->max = from->max;
    }
    into->count += from->count;
    into->sum += from->sum;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        into->buckets[i] += from->buckets[i];
    }
}

void histogram_reset(struct histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

static uint64_t clamp(const struct histogram *histogram, uint64_t value)
{
    if (value < histogram->min) {
        return histogram->min;
    }
    return value > histogram->max ? histogram->max : value;
}

uint64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
    double rank = quantile * (double)histogram->count;
    uint64_t wanted = rank > 0 ? (uint64_t)rank : 0, seen = 0;

    if (wanted == 0 || (double)wanted < rank) {
        wanted++; /* rounded up, and at least the first */
    }
    for (size_t i = 0; i < HISTOGRAM_BUCKETS && histogram->count; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted) {
            uint64_t width, low = bucket_low(i, &width);

            return i == HISTOGRAM_BUCKETS - 1 ? histogram->max : clamp(histogram, low + width / 2);
        }
    }
    return histogram->max;
}

uint64_t histogram_min(const struct histogram *histogram)
{
    return histogram->min;
}

uint64_t histogram_max(const struct histogram *histogram)
{
    return histogram->max;
}

double histogram_mean(const struct histogram *histogram)
{
    return histogram->count ? (double)histogram->sum / (double)histogram->count : 0;
}

uint64_t histogram_count(const struct histogram *histogram)
{
    return histogram->count;
}

bool histogram_next(const struct histogram *histogram, size_t *position,
                    struct histogram_bucket *bucket)
{
    for (size_t i = *position; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->buckets[i]) {
            uint64_t width, low = bucket_low(i, &width);

            *bucket = (struct histogram_bucket){low, low + width - 1, histogram->buckets[i]};
            if (i == HISTOGRAM_BUCKETS - 1 && histogram->max > bucket->high) {
                bucket->high = histogram->max;
            }
            *position = i + 1;
            return true;
        }
    }
    *position = HISTOGRAM_BUCKETS;
    return false;
}
