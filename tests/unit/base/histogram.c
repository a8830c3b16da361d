#include "base/histogram.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUES 20000

static uint64_t random_state = 42;

/* Spread over the whole range: every power of two is as likely as another. */
static uint64_t random_value(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return 1 + ((random_state >> 20) & (((uint64_t)2 << (random_state >> 58) % 42) - 1));
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

Test(base_histogram, is_empty_when_all_zero)
{
    static struct histogram empty;
    size_t position = 0;
    struct histogram_bucket bucket;

    cr_assert_eq(histogram_count(&empty), 0);
    cr_assert_eq(histogram_quantile(&empty, 0.5), 0);
    cr_assert_eq(histogram_min(&empty), 0);
    cr_assert_eq(histogram_max(&empty), 0);
    cr_assert_eq(histogram_mean(&empty), 0);
    cr_assert_not(histogram_next(&empty, &position, &bucket));
}

Test(base_histogram, quantiles_are_within_half_a_percent_of_the_exact_ones)
{
    static const double quantiles[] = {0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
    static uint64_t values[VALUES];
    static struct histogram histogram;

    for (size_t i = 0; i < VALUES; i++) {
        values[i] = random_value();
        histogram_record(&histogram, values[i]);
    }
    qsort(values, VALUES, sizeof *values, by_value);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        double rank = ceil(quantiles[i] * VALUES);
        double exact = (double)values[rank < 1 ? 0 : (size_t)rank - 1];
        double got = (double)histogram_quantile(&histogram, quantiles[i]);

        cr_expect(fabs(got - exact) <= exact * 0.005, "quantile %g: exact %g, got %g", quantiles[i],
                  exact, got);
    }
    cr_assert_eq(histogram_min(&histogram), values[0]);
    cr_assert_eq(histogram_max(&histogram), values[VALUES - 1]);
}

Test(base_histogram, every_value_falls_into_a_bucket_that_holds_it_and_is_narrow)
{
    static struct histogram histogram;

    for (unsigned bit = 0; bit < 44; bit++) {
        for (int off = -2; off <= 2; off++) {
            int64_t value = (int64_t)((uint64_t)1 << bit) + off;
            struct histogram_bucket bucket;
            size_t position = 0;

            if (value < 0 || value > (int64_t)HISTOGRAM_VALUE_MAX) {
                continue;
            }
            histogram_reset(&histogram);
            histogram_record(&histogram, (uint64_t)value);
            cr_assert(histogram_next(&histogram, &position, &bucket));
            cr_expect(bucket.low <= (uint64_t)value && (uint64_t)value <= bucket.high,
                      "%ld is not in %lu..%lu", value, bucket.low, bucket.high);
            cr_expect((bucket.high - bucket.low) * 100 <= bucket.low, "%ld: width", value);
            cr_expect_eq(bucket.count, 1);
            cr_expect_eq(histogram_quantile(&histogram, 0.5), (uint64_t)value);
            cr_assert_not(histogram_next(&histogram, &position, &bucket));
        }
    }
}

Test(base_histogram, values_above_the_range_keep_max_and_mean)
{
    static struct histogram histogram;
    uint64_t huge = HISTOGRAM_VALUE_MAX * 4;
    size_t position = 0;
    struct histogram_bucket bucket;

    histogram_record(&histogram, huge);
    cr_assert_eq(histogram_max(&histogram), huge);
    cr_assert_eq(histogram_quantile(&histogram, 1), huge);
    cr_assert_eq(histogram_mean(&histogram), (double)huge);
    cr_assert(histogram_next(&histogram, &position, &bucket));
    cr_assert_eq(bucket.high, huge);
}

Test(base_histogram, merging_is_as_if_all_had_been_recorded_in_one)
{
    static struct histogram whole, parts[3], merged;

    for (size_t i = 0; i < VALUES; i++) {
        uint64_t value = random_value();

        histogram_record(&whole, value);
        histogram_record(&parts[i % 7 % 3], value);
    }
    histogram_merge(&merged, &parts[0]);
    histogram_merge(&merged, &parts[1]);
    histogram_merge(&merged, &parts[2]);
    cr_assert_eq(memcmp(&whole, &merged, sizeof whole), 0);
    histogram_merge(&merged, &(struct histogram){.count = 0});
    cr_assert_eq(memcmp(&whole, &merged, sizeof whole), 0);
}

Test(base_histogram, buckets_are_told_in_rising_order_and_count_everything)
{
    static struct histogram histogram;
    size_t position = 0;
    struct histogram_bucket bucket;
    uint64_t above = 0, count = 0;

    for (size_t i = 0; i < VALUES; i++) {
        histogram_record(&histogram, random_value());
    }
    while (histogram_next(&histogram, &position, &bucket)) {
        cr_assert(bucket.low >= above && bucket.high >= bucket.low);
        above = bucket.high + 1;
        count += bucket.count;
    }
    cr_assert_eq(count, VALUES);
}
