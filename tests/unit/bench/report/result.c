#include "report/result.h"

#include "unit/bench/sample_result.h"
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct result read_sample(json_t *json)
{
    struct result result;
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(result_init(json, "a run", &result, &error), SHUNT_OK, "%s", words);
    json_decref(json);
    return result;
}

Test(bench_result, has_buckets_seconds_and_members_by_path)
{
    struct result result = read_sample(sample_result(1));

    cr_expect_eq(result.total, 1000);
    cr_expect_eq(result.bucket_count, 1000);
    cr_assert_eq(result.second_count, 4);
    cr_expect_eq(result.seconds[2].errors, 7);
    cr_assert_eq(result.seconds[0].cell_count, 2);
    cr_expect_gt(result.seconds[0].cells[1].high_us, 900, "a cell without an end gets one");
    cr_expect_eq(result_number(&result, "latency_us.p99"), 990);
    cr_expect(isnan(result_number(&result, "latency_us.p42")));
    cr_expect(isnan(result_number(&result, "url.of")));
    cr_expect_str_eq(result_text(&result, "url"), "ws://h/<ws>");
    cr_expect_str_eq(result_text(&result, "completed"), "");
    result_fini(&result);
}

Test(bench_result, a_quantile_is_the_middle_of_its_bucket_and_never_above_the_slowest)
{
    struct result result = read_sample(sample_result(1));
    uint64_t reached;

    cr_expect_eq(result_quantile(&result, 0.5, &reached), 499.5);
    cr_expect_eq(reached, 500);
    cr_expect_eq(result_quantile(&result, 0, NULL), 0.5);
    cr_expect_eq(result_quantile(&result, 1, &reached), 999.5);
    cr_expect_eq(reached, 1000);
    result_fini(&result);

    json_t *json = sample_result(1);

    json_object_set_new(json_object_get(json, "latency_us"), "max", json_real(999.1));
    result = read_sample(json);
    cr_expect_eq(result_quantile(&result, 1, NULL), 999.1);
    result_fini(&result);
}

Test(bench_result, a_phase_is_a_run_of_its_own_or_absent)
{
    struct result result = read_sample(sample_result(1)), phase;

    cr_assert(result_part(&result, "phases.connect", "connected", &phase));
    cr_expect_eq(result_quantile(&phase, 0.5, NULL), 249.75);
    cr_expect_str_eq(phase.name, "connected");
    result_fini(&phase);
    cr_expect_not(result_part(&result, "phases.first_echo", "null", &phase));
    cr_expect_not(result_part(&result, "phases.sleep", "no such", &phase));
    result_fini(&result);
}

Test(bench_result, refuses_what_is_no_result)
{
    static const struct {
        const char *why, *json, *error;
    } rows[] = {
        {"another file", "{\"version\": 3}", "this is no result of shunt-bench"},
        {"an array", "[1]", "this is no result of shunt-bench"},
        {"of another schema", "{\"schema\": 2, \"scenario\": \"x\"}", "expected schema 1, found 2"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *json = json_loads(rows[i].json, 0, NULL);
        struct result result;
        char words[256] = "";
        struct error error = {.text = words, .size = sizeof words};

        cr_expect_eq(result_init(json, "f", &result, &error), SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect_not_null(strstr(words, rows[i].error), "%s: '%s'", rows[i].why, words);
        json_decref(json);
    }
}

Test(bench_result, leaves_out_rows_that_make_no_sense)
{
    json_t *json = json_loads(
        "{\"schema\": 1, \"scenario\": \"x\","
        " \"histogram\": [[5, 6, 1], 3, [1, 2, 1], [6, 7, -1], [7, 6, 1], [8], [\"a\"], [8, 9, 2]],"
        " \"series\": [{\"t_s\": 1}, {}, {\"t_s\": 1}, 9, {\"t_s\": 2, \"rate\": \"x\"}]}",
        0, NULL);
    struct result result = read_sample(json);

    cr_expect_eq(result.bucket_count, 2);
    cr_expect_eq(result.total, 3);
    cr_assert_eq(result.second_count, 2);
    cr_expect(isnan(result.seconds[1].rate));
    result_fini(&result);
}
