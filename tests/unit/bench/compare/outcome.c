#include "compare/outcome.h"

#include "unit/bench/sample_result.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 7

static json_t *fast[ROUNDS], *slow[ROUNDS];
static struct outcome_server servers[] = {{"fast", "f {port}", fast}, {"slow", "s {port}", slow}};
static char *scenario[] = {(char *)"handshake", (char *)"ws://h:{port}/", NULL};

/* What compare adds to a run of a server that used `used` of its quota. */
static void add_quota(json_t *run, double used)
{
    json_object_set_new(run, "turn", json_integer(1));
    json_object_set_new(
        run, "quota",
        json_pack("{s:f, s:f, s:f}", "share", 0.3, "used", used, "throttled_share", used / 2));
}

/* The second server takes 1.5 times as long; rounds drift by half. */
static json_t *compared_at(double fast_used, double slow_used)
{
    json_t *notes = json_pack("[s]", "a note");
    struct quota quota = {.share = 0.3, .version = 2};
    struct outcome outcome = {servers, 2, ROUNDS, 1, scenario, notes, &quota};

    for (int i = 0; i < ROUNDS; i++) {
        double drift = 1 + (i * 3 % ROUNDS) / 12.0;

        fast[i] = sample_result(drift);
        slow[i] = sample_result(drift * 1.5);
        add_quota(fast[i], fast_used);
        add_quota(slow[i], slow_used);
    }
    json_decref(slow[4]);
    slow[4] = NULL;
    json_t *json = outcome_json(&outcome);

    cr_assert_not_null(json);
    for (int i = 0; i < ROUNDS; i++) {
        json_decref(fast[i]);
        json_decref(slow[i]);
    }
    json_decref(notes);
    return json;
}

static json_t *compared(void)
{
    return compared_at(1, 1);
}

static json_t *metric(json_t *json, size_t server, const char *name)
{
    json_t *of = json_array_get(json_object_get(json, "servers"), server);

    return json_object_get(json_object_get(of, "metrics"), name);
}

Test(bench_outcome, has_ratios_with_intervals_and_verdicts)
{
    json_t *json = compared(), *rate = metric(json, 1, "rate_per_second");

    cr_expect_float_eq(json_number_value(json_object_get(rate, "ratio")), 1 / 1.5, 1e-9);
    cr_expect_float_eq(json_number_value(json_object_get(rate, "ratio_low")), 1 / 1.5, 1e-9);
    cr_expect_str_eq(json_string_value(json_object_get(rate, "verdict")), "worse");
    cr_expect_str_eq(
        json_string_value(json_object_get(metric(json, 1, "server_cpu_us_per_op"), "verdict")),
        "worse");
    cr_expect_str_eq(json_string_value(json_object_get(metric(json, 0, "p99_us"), "verdict")), "");
    json_decref(json);
}

Test(bench_outcome, keeps_each_round_and_the_typical_run)
{
    json_t *json = compared(), *of = json_array_get(json_object_get(json, "servers"), 1);
    json_t *rounds = json_object_get(of, "rounds"),
           *first = json_object_get(json_array_get(json_object_get(json, "servers"), 0), "result");
    double median =
        json_number_value(json_object_get(metric(json, 0, "rate_per_second"), "median"));

    cr_assert_eq(json_array_size(rounds), ROUNDS);
    cr_expect(json_is_null(json_array_get(rounds, 4)), "the round that gave nothing");
    cr_expect(json_is_number(json_object_get(json_array_get(rounds, 3), "p99_us")));
    cr_expect_eq(json_number_value(json_object_get(first, "rate_per_second")), median);
    cr_expect(json_is_object(json_object_get(of, "result")), "of an even number too");
    json_decref(json);
}

Test(bench_outcome, a_median_has_an_interval_of_its_own)
{
    json_t *json = compared(), *p99 = metric(json, 1, "p99_us");
    double low = json_number_value(json_object_get(p99, "median_low")),
           high = json_number_value(json_object_get(p99, "median_high")),
           median = json_number_value(json_object_get(p99, "median"));

    cr_expect(low >= json_number_value(json_object_get(p99, "min")) && low < median);
    cr_expect(high <= json_number_value(json_object_get(p99, "max")) && high > median);
    json_decref(json);
}

Test(bench_outcome, all_rounds_are_merged)
{
    json_t *json = compared(), *servers_found = json_object_get(json, "servers");
    json_t *merged = json_object_get(json_array_get(servers_found, 1), "merged");

    cr_expect_eq(json_integer_value(json_object_get(merged, "runs")), 6);
    cr_expect_eq(json_integer_value(json_object_get(merged, "completed")), 6000);
    json_decref(json);
}

static const char *first_quota_warning(const json_t *json, size_t server)
{
    const json_t *of = json_array_get(json_object_get(json, "servers"), server);
    const json_t *sentences = json_object_get(of, "warnings");

    for (size_t i = 0; i < json_array_size(sentences); i++) {
        const char *text = json_string_value(json_array_get(sentences, i));

        if (strstr(text, "quota")) {
            return text;
        }
    }
    return "";
}

Test(bench_outcome, says_who_did_not_use_the_quota_and_who_was_not_held_to_it)
{
    json_t *json = compared_at(0.62, 0.97), *used = metric(json, 0, "quota_used");

    cr_expect_eq(json_number_value(json_object_get(used, "median")), 0.62);
    cr_expect_str_eq(json_string_value(json_object_get(used, "verdict")), "");
    cr_expect(json_is_null(json_object_get(used, "ratio")), "neither more nor less is better");
    cr_expect_str_eq(first_quota_warning(json, 0),
                     "it used 62 % of its quota (the kernel stopped it in 31 % of its periods): "
                     "something else was the limit, and its rate is not its capacity");
    cr_expect_str_eq(first_quota_warning(json, 1), "");
    cr_expect_eq(json_number_value(json_object_get(json_object_get(json, "quota"), "share")), 0.3);
    json_decref(json);
    json = compared_at(1.3, 1);
    cr_expect_str_eq(first_quota_warning(json, 0),
                     "it used 130 % of its quota (the kernel stopped it in 65 % of its periods): "
                     "it was not held to it");
    json_decref(json);
}

Test(bench_outcome, the_table_says_what_is_missing)
{
    json_t *json = compared();
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    outcome_table(json, out);
    fclose(out);
    cr_expect_not_null(strstr(text, "slow: no result in 1 of 7 rounds"), "%s", text);
    cr_expect_not_null(strstr(text, "x 0.667 (0.667 to 0.667)  worse"), "%s", text);
    cr_expect_not_null(strstr(text, "slow     6.125  ("), "%s", text);
    cr_expect_not_null(strstr(text, "a note\n"));
    cr_expect_not_null(strstr(text, "fast: 49 errors: 49 reset\n"), "%s", text);
    cr_expect_null(strstr(text, "nan"));
    json_decref(json);
    free(text);
}
