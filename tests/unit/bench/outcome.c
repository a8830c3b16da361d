#include "compare/outcome.h"

#include "sample_result.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 7

static json_t *fast[ROUNDS], *slow[ROUNDS];
static struct outcome_server servers[] = {{"fast", "f {port}", fast}, {"slow", "s {port}", slow}};
static char *scenario[] = {(char *)"handshake", (char *)"ws://h:{port}/", NULL};

/* The second server takes 1.5 times as long; rounds drift by half. */
static json_t *compared(void)
{
    json_t *notes = json_pack("[s]", "a note");
    struct outcome outcome = {servers, 2, ROUNDS, 1, scenario, notes};

    for (int i = 0; i < ROUNDS; i++) {
        double drift = 1 + (i * 3 % ROUNDS) / 12.0;

        fast[i] = sample_result(drift);
        slow[i] = sample_result(drift * 1.5);
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
    cr_expect_not_null(strstr(text, "a note\n"));
    cr_expect_not_null(strstr(text, "fast: 49 errors"), "%s", text);
    cr_expect_null(strstr(text, "nan"));
    json_decref(json);
    free(text);
}
