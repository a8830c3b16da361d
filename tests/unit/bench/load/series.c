#include "load/series.h"

#include <criterion/criterion.h>

static struct tally since; /* large */

Test(bench_series, cells_have_no_gap_and_do_not_overlap)
{
    uint64_t low, high, expected = 0;

    for (size_t i = 0; i < SERIES_CELLS; i++) {
        series_cell(i, &low, &high);
        cr_expect_eq(low, expected, "cell %zu starts at %lu, not %lu", i, low, expected);
        cr_expect_gt(high, low);
        expected = high;
    }
    cr_expect_eq(expected, UINT64_MAX);
}

Test(bench_series, a_time_counts_in_the_cell_that_holds_it)
{
    static const uint64_t times[] = {1,    1023,    1024,    1279,        1280,
                                     1999, 1000000, 1048576, 17000000000, 20000000000};
    struct series series = {.points = NULL};

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        uint64_t low, high;
        size_t cell = 0, cells = 0;

        histogram_reset(&since.latency_ns);
        histogram_record(&since.latency_ns, times[i]);
        struct series_point *point = series_add(&series, &since, 1, 1);

        cr_assert_not_null(point);
        for (size_t j = 0; j < SERIES_CELLS; j++) {
            cells += point->cells[j] != 0;
            cell = point->cells[j] ? j : cell;
        }
        series_cell(cell, &low, &high);
        cr_expect_eq(cells, 1);
        cr_expect(times[i] >= low && times[i] < high, "%lu counts in [%lu, %lu)", times[i], low,
                  high);
    }
    series_fini(&series);
}

Test(bench_series, a_point_has_what_came_in_its_time)
{
    struct series series = {.points = NULL};

    for (unsigned second = 0; second < 200; second++) {
        since = (struct tally){.failures = {[FAILURE_RESET] = second}};
        for (unsigned i = 0; i <= second; i++) {
            histogram_record(&since.latency_ns, 5000);
        }
        cr_assert_not_null(series_add(&series, &since, second + 1, 1));
    }
    cr_assert_eq(series.count, 200);
    cr_expect_eq(series.points[0].completed, 1);
    cr_expect_eq(series.points[199].completed, 200);
    cr_expect_eq(series.points[199].failed, 199);
    cr_expect_eq(series.points[150].end_s, 151);
    cr_expect(series.points[7].p99_ns >= 4980 && series.points[7].p99_ns <= 5020);
    series_fini(&series);
}
