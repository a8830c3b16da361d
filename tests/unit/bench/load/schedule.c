#include "load/schedule.h"

#include <criterion/criterion.h>
#include <math.h>

Test(bench_schedule, constant_arrivals_are_evenly_spaced_and_do_not_drift)
{
    struct schedule schedule;

    schedule_init(&schedule, 3000, false, 0, 1000000000);
    cr_expect_eq(schedule_next_ns(&schedule), 1000000000);
    for (int i = 0; i < 30000; i++) {
        schedule_take(&schedule);
    }
    cr_expect(llabs((long long)schedule_next_ns(&schedule) - 11000000000) <= 1000);
}

Test(bench_schedule, poisson_gaps_have_the_mean_and_the_spread_of_an_exponential)
{
    struct schedule schedule;
    const int count = 200000;
    double sum = 0, squares = 0;

    schedule_init(&schedule, 1000, true, 7, 0);
    for (int i = 0; i < count; i++) {
        uint64_t before = schedule_next_ns(&schedule);

        schedule_take(&schedule);
        double gap = (double)(schedule_next_ns(&schedule) - before);

        sum += gap;
        squares += gap * gap;
    }
    double mean = sum / count, deviation = sqrt(squares / count - mean * mean);

    cr_expect(fabs(mean - 1e6) < 1e4, "mean %f", mean);
    cr_expect(fabs(deviation - 1e6) < 2e4, "deviation %f", deviation);
}

Test(bench_schedule, seeds_give_different_arrivals)
{
    struct schedule a, b;

    schedule_init(&a, 1000, true, 1, 0);
    schedule_init(&b, 1000, true, 2, 0);
    cr_expect_neq(schedule_next_ns(&a), schedule_next_ns(&b));
}

Test(bench_schedule, what_is_due_and_not_taken_is_behind)
{
    struct schedule schedule;

    schedule_init(&schedule, 1000, false, 0, 5000000);
    cr_expect_eq(schedule_behind(&schedule, 4999999), 0);
    cr_expect_eq(schedule_behind(&schedule, 5000000), 1);
    cr_expect_eq(schedule_behind(&schedule, 15000000), 11);
    schedule_take(&schedule);
    cr_expect_eq(schedule_behind(&schedule, 15000000), 10);
}
