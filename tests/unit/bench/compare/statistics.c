#include "compare/statistics.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

Test(bench_statistics, the_median_is_in_the_middle)
{
    double odd[] = {9, 1, 5}, even[] = {4, 1, 3, 2};

    cr_expect_eq(statistics_median(odd, 3), 5);
    cr_expect_eq(statistics_median(even, 4), 2.5);
    cr_expect(isnan(statistics_median(odd, 0)));
}

Test(bench_statistics, what_slows_a_whole_round_cancels_out)
{
    /* Rounds differ tenfold, the servers by a tenth in each. */
    double base[] = {100, 10, 50, 70, 20, 90, 30}, ours[7];
    struct statistics_ratio ratio;

    for (int i = 0; i < 7; i++) {
        ours[i] = base[i] * 1.1;
    }
    cr_assert(statistics_ratio(ours, base, 7, 1, &ratio));
    cr_expect_float_eq(ratio.ratio, 1.1, 1e-9);
    cr_expect_float_eq(ratio.low, 1.1, 1e-9);
    cr_expect_float_eq(ratio.high, 1.1, 1e-9);
    cr_expect_str_eq(statistics_verdict(&ratio, true), "better");
    cr_expect_str_eq(statistics_verdict(&ratio, false), "worse");
}

Test(bench_statistics, an_interval_that_holds_1_is_noise)
{
    double base[] = {10, 10, 10, 10, 10, 10, 10}, ours[] = {11, 9, 10.5, 9.6, 10.2, 9.7, 10.1};
    struct statistics_ratio ratio;

    cr_assert(statistics_ratio(ours, base, 7, 1, &ratio));
    cr_expect(ratio.low < 1 && ratio.high > 1);
    cr_expect(ratio.low >= 0.9 && ratio.high <= 1.1);
    cr_expect_str_eq(statistics_verdict(&ratio, true), "within the noise");
}

Test(bench_statistics, few_rounds_have_no_interval)
{
    double base[] = {10, 10, 10, 10, 10, 10}, ours[] = {20, 20, 20, 20, 20, NAN};
    struct statistics_ratio ratio;

    cr_assert(statistics_ratio(ours, base, 6, 1, &ratio));
    cr_expect_eq(ratio.pairs, 5, "a round that gave nothing does not count");
    cr_expect_eq(ratio.ratio, 2);
    cr_expect(isnan(ratio.low));
    cr_expect_str_eq(statistics_verdict(&ratio, true), "too few rounds to tell");
    cr_assert(statistics_ratio(ours, base, 0, 1, &ratio));
    cr_expect_str_eq(statistics_verdict(&ratio, true), "not known");
}

Test(bench_statistics, the_seed_decides)
{
    double base[] = {10, 10, 10, 10, 10, 10, 10}, ours[] = {11, 9, 10.5, 9.6, 10.2, 9.7, 10.1};
    struct statistics_ratio one, again;

    cr_assert(statistics_ratio(ours, base, 7, 5, &one));
    cr_assert(statistics_ratio(ours, base, 7, 5, &again));
    cr_expect(one.low == again.low && one.high == again.high);
}

/* Of 200 comparisons of a server with itself about ten may be called different; a bootstrap of
 * medians of few rounds is known to say so somewhat more often. */
Test(bench_statistics, a_server_is_seldom_told_from_itself)
{
    unsigned told = 0;
    uint64_t state = 7;

    for (int run = 0; run < 200; run++) {
        double values[2][9];
        struct statistics_ratio ratio;

        for (int i = 0; i < 18; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            values[i % 2][i / 2] = 100 + (double)(state >> 33) / (double)(1u << 31) * 20;
        }
        cr_assert(statistics_ratio(values[0], values[1], 9, (uint64_t)run, &ratio));
        told += strcmp(statistics_verdict(&ratio, true), "within the noise") != 0;
    }
    cr_expect_leq(told, 24, "%u of 200", told);
}
