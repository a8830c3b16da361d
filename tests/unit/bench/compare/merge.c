#include "compare/merge.h"

#include "base/histogram.h"
#include "report/parts.h"
#include "unit/bench/sample_result.h"
#include <criterion/criterion.h>

static json_t *at(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

static double value(const json_t *object, const char *key)
{
    return json_number_value(at(object, key));
}

/* A run of 500 operations, slower the higher `factor`, as the load would have written it. */
static json_t *run_of(uint64_t factor, struct histogram *all)
{
    static struct histogram latency;

    histogram_reset(&latency);
    for (uint64_t i = 1; i <= 500; i++) {
        histogram_record(&latency, i * i * factor);
    }
    histogram_merge(all, &latency);
    json_t *json = json_pack("{s:i, s:o, s:o}", "completed", 500, "histogram",
                             report_histogram(&latency), "latency_us", report_latency(&latency));

    cr_assert_not_null(json);
    return json;
}

Test(bench_merge, is_what_one_histogram_of_all_operations_would_be)
{
    static struct histogram all;
    json_t *runs[] = {run_of(1000, &all), NULL, run_of(1300, &all), run_of(7, &all)};
    json_t *merged = merge_runs(runs, 4), *rows = report_histogram(&all);
    json_t *latency = report_latency(&all), *got = at(merged, "latency_us");
    const char *name;
    json_t *want;

    cr_expect(json_equal(at(merged, "histogram"), rows));
    cr_expect_eq(value(merged, "completed"), 1500);
    cr_expect_eq(value(merged, "runs"), 3, "the one that gave nothing is left out");
    json_object_foreach(latency, name, want)
    {
        double exact = json_number_value(want);

        /* Whole nanoseconds there. */
        cr_expect_float_eq(value(got, name), exact, 0.001, "%s: %g and not %g", name,
                           value(got, name), exact);
    }
    for (size_t i = 0; i < 4; i++) {
        json_decref(runs[i]);
    }
    json_decref(merged);
    json_decref(rows);
    json_decref(latency);
}

Test(bench_merge, adds_errors_and_time_and_keeps_phases_apart)
{
    json_t *runs[] = {sample_result(1), sample_result(1)}, *merged = merge_runs(runs, 2);
    json_t *phases = at(merged, "phases");

    cr_expect_eq(value(merged, "errors_total"), 14);
    cr_expect_eq(value(at(merged, "errors"), "reset"), 14);
    cr_expect_eq(value(merged, "measured_s"), 8);
    cr_expect_eq(value(at(phases, "connect"), "count"), 2000);
    cr_expect_eq(json_array_size(at(at(phases, "connect"), "histogram")), 1000);
    cr_expect_eq(value(at(at(phases, "connect"), "latency_us"), "p50"), 249.75);
    cr_expect(json_is_null(at(phases, "first_echo")), "no run has it");
    json_decref(runs[0]);
    json_decref(runs[1]);
    json_decref(merged);
}

Test(bench_merge, a_second_is_the_mean_of_that_second)
{
    json_t *runs[] = {sample_result(1), sample_result(3)};

    json_array_remove(at(runs[1], "series"), 3);
    json_object_set_new(json_array_get(at(runs[1], "series"), 1), "rate", json_real(1500));
    json_object_set_new(json_array_get(at(runs[1], "series"), 1), "server_cpu_percent",
                        json_null());
    json_t *merged = merge_runs(runs, 2), *series = at(merged, "series");
    json_t *second = json_array_get(series, 1), *cells = at(second, "latency");

    cr_assert_eq(json_array_size(series), 4, "the longest run decides");
    cr_expect_eq(value(second, "t_s"), 2);
    cr_expect_eq(value(second, "rate"), 1000, "of 500 and 1500");
    cr_expect_eq(value(second, "p99_us"), 990 * 2, "of 990 and 2970");
    cr_expect_eq(value(second, "server_cpu_percent"), 50, "only one knows it");
    cr_expect_eq(value(json_array_get(series, 3), "rate"), 1000, "only one is so long");
    cr_expect_eq(json_array_size(cells), 4);
    cr_expect(json_is_null(json_array_get(json_array_get(cells, 1), 1)), "it has no end");
    json_decref(runs[0]);
    json_decref(runs[1]);
    json_decref(merged);
}

Test(bench_merge, of_nothing_is_null)
{
    json_t *runs[] = {NULL, NULL}, *merged = merge_runs(runs, 2);

    cr_expect(json_is_null(merged));
    json_decref(merged);
}
