#include "report/report.h"

#include "unit/bench/occurrences.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char *words[] = {(char *)"shunt-bench", (char *)"handshake", (char *)"\xff not UTF-8"};

static struct load_result result;
static struct options options;
static const struct report report = {.scenario = "handshake",
                                     .operation = "handshake",
                                     .loop = "closed",
                                     .loop_text = "closed loop: and so on",
                                     .options = &options,
                                     .result = &result};

/* 1,000 handshakes of 1 to 1,000 us in 2 s, two errors, a server that used 30 ms. */
static void fill(void)
{
    options_init(&options, 3, words);
    options.url_text = "ws://h/ws";
    options.pid = 77;
    memset(&result, 0, sizeof result);
    for (uint64_t us = 1; us <= 1000; us++) {
        histogram_record(&result.tally.latency_ns, us * 1000);
    }
    tally_fail(&result.tally, FAILURE_WRONG_STATUS, PHASE_COMPLETE, "HTTP/1.1 404", 12);
    tally_fail(&result.tally, FAILURE_REFUSED, PHASE_CONNECT, "", 0);
    result.seconds = 2;
    result.backend = "epoll";
    result.server_known = true;
    result.server =
        (struct process_usage){.user_us = 10000, .system_us = 20000, .processes = 1, .threads = 2};
    result.client_cpu_s = 0.5;
    result.client_busy_max = 0.25;
}

static double number(json_t *json, const char *key)
{
    cr_assert(json_is_number(json_object_get(json, key)), "%s is no number", key);
    return json_number_value(json_object_get(json, key));
}

static void expect_near(double got, double want, const char *what)
{
    cr_expect(got >= want * 0.995 && got <= want * 1.005, "%s: %g, expected %g", what, got, want);
}

Test(bench_report, json_has_the_figures_under_their_documented_names)
{
    fill();
    json_t *json = report_json(&report);

    cr_assert_not_null(json);
    json_t *latency = json_object_get(json, "latency_us");

    expect_near(number(json, "rate_per_second"), 500, "rate");
    cr_expect_eq(number(json, "completed"), 1000);
    expect_near(number(latency, "p50"), 500, "p50");
    expect_near(number(latency, "p90"), 900, "p90");
    expect_near(number(latency, "p99"), 990, "p99");
    expect_near(number(latency, "p999"), 999, "p999");
    expect_near(number(latency, "max"), 1000, "max");
    expect_near(number(latency, "mean"), 500.5, "mean");
    expect_near(number(json, "server_cpu_us_per_op"), 30, "server");
    expect_near(number(json_object_get(json, "server"), "system_us_per_op"), 20, "system");
    expect_near(number(json_object_get(json, "client"), "cpu_us_per_op"), 500, "client");
    cr_expect_eq(number(json, "schema"), 1);
    cr_expect_eq(number(json, "duration_s"), 2);
    cr_expect_str_eq(json_string_value(json_object_get(json, "loop")), "closed");
    cr_expect(json_is_false(json_object_get(json_object_get(json, "client"), "limited")));
    cr_expect_eq(json_array_size(json_object_get(json, "command")), 3);
    cr_expect_gt(
        strlen(json_string_value(json_object_get(json_object_get(json, "host"), "kernel"))), 0);
    json_decref(json);
}

Test(bench_report, json_names_every_kind_of_error_also_with_none)
{
    fill();
    json_t *json = report_json(&report), *errors = json_object_get(json, "errors");

    cr_assert_eq(json_object_size(errors), FAILURES);
    for (int i = 0; i < FAILURES; i++) {
        double want = i == FAILURE_WRONG_STATUS || i == FAILURE_REFUSED;

        cr_expect_eq(number(errors, failure_name((enum failure)i)), want);
    }
    cr_expect_eq(number(json, "errors_total"), 2);
    json_t *phases = json_object_get(json, "errors_by_phase");

    cr_expect_eq(json_object_size(phases), 2);
    cr_expect_eq(number(json_object_get(phases, "complete"), "wrong_status"), 1);
    cr_expect_eq(number(json_object_get(phases, "connect"), "refused"), 1);
    cr_expect_str_eq(
        json_string_value(json_object_get(json_object_get(json, "error_samples"), "wrong_status")),
        "HTTP/1.1 404");
    json_decref(json);
}

Test(bench_report, json_is_null_where_nothing_is_known)
{
    fill();
    result.server_known = false;
    histogram_reset(&result.tally.latency_ns);
    result.seconds = 0;
    json_t *json = report_json(&report);

    cr_assert_not_null(json);
    cr_expect(json_is_null(json_object_get(json, "server_cpu_us_per_op")));
    cr_expect(json_is_null(json_object_get(json, "server")));
    cr_expect_eq(number(json, "rate_per_second"), 0);
    json_decref(json);
}

Test(bench_report, the_second_line_of_the_table_says_which_loop)
{
    char *text = NULL, *lines;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    fill();
    report_table(&report, out);
    fclose(out);
    lines = text;
    strsep(&lines, "\n");
    cr_expect_str_eq(strsep(&lines, "\n"), "closed loop: and so on");
    cr_expect_not_null(strstr(lines, "30.00 us a handshake (user 10.00, system 20.00)"));
    cr_expect_not_null(strstr(lines, "1 wrong_status: HTTP/1.1 404 (complete 1)"));
    cr_expect_not_null(strstr(lines, "WARNING     1 of 1 answers refused"));
    cr_expect_eq(occurrences(lines, "WARNING"), 1);
    free(text);
}

Test(bench_report, system_calls_are_told_an_operation_or_why_they_are_not_known)
{
    static const struct {
        const char *why, *reason, *line;
        bool known;
    } rows[] = {{"counted", "", "system calls 6.125 a handshake\n", true},
                {"not counted", "the reason", "system calls -, not counted: the reason\n", false},
                {"not asked for", "", NULL, false}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        fill();
        result.system_calls_known = rows[i].known;
        result.system_calls = 6125;
        strcpy(result.system_calls_why, rows[i].reason);
        report_table(&report, out);
        fclose(out);
        const char *line = strstr(text, rows[i].line ? rows[i].line : "system calls");

        cr_expect_eq(line != NULL, rows[i].line != NULL, "%s: %s", rows[i].why, text);
        json_t *json = report_json(&report);
        json_t *calls = json_object_get(json_object_get(json, "server"), "system_calls_per_op");

        cr_expect(rows[i].known ? json_number_value(calls) == 6.125 : json_is_null(calls), "%s",
                  rows[i].why);
        json_decref(json);
        free(text);
    }
}

Test(bench_report, a_busy_client_is_never_silent)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    fill();
    result.client_busy_max = 0.91;
    report_table(&report, out);
    fclose(out);
    cr_expect_not_null(strstr(text, "WARNING"));
    cr_expect(report_client_limited(&report));
    free(text);
}

/* Latencies are 1 to 1,000 us; each is less by `late_percent` without the client's lateness. */
static void make_late(unsigned late_percent)
{
    for (uint64_t us = 1; us <= 1000; us++) {
        histogram_record(&result.tally.in_time_ns, us * (1000 - 10 * late_percent));
    }
}

Test(bench_report, a_late_client_in_open_loop_is_never_silent)
{
    static const struct {
        const char *why;
        unsigned late_percent;
        bool limited;
    } rows[] = {{"in time", 0, false}, {"a twentieth", 5, false}, {"an eighth", 13, true}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report open = report;
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        fill();
        open.rate = 500;
        make_late(rows[i].late_percent);
        report_table(&open, out);
        fclose(out);
        cr_expect_eq(strstr(text, "WARNING     more than a tenth is this client's own") != NULL,
                     rows[i].limited, "%s", rows[i].why);
        cr_expect_eq(report_client_limited(&open), rows[i].limited, "%s", rows[i].why);
        free(text);
    }
}

Test(bench_report, lateness_is_a_warning_only_for_the_figures_that_hold_it)
{
    struct report open = report;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    fill();
    open.rate = 500;
    /* All are late by more than a tenth of p99, but the slowest, and those make p99. */
    for (uint64_t us = 1; us <= 1000; us++) {
        histogram_record(&result.tally.lag_ns, us < 850 ? 150000 : 0);
        histogram_record(&result.tally.in_time_ns, us < 850 ? us * 700 : us * 1000);
    }
    report_table(&open, out);
    fclose(out);
    cr_expect_not_null(strstr(text, "own lateness in p50 (501 us, "), "%s", text);
    cr_expect_null(strstr(text, "p99 ("), "%s", text);
    json_t *json = report_json(&open);
    json_t *doubtful = json_object_get(json_object_get(json, "schedule"), "doubtful");

    cr_expect_eq(json_array_size(doubtful), 1);
    cr_expect_str_eq(json_string_value(json_array_get(doubtful, 0)), "p50");
    json_decref(json);
    free(text);
}

Test(bench_report, being_awake_to_be_in_time_is_no_work)
{
    struct report open = report;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    fill();
    open.rate = 500;
    make_late(0);
    result.client_spun_s = 1.6;
    report_table(&open, out);
    fclose(out);
    cr_expect_not_null(strstr(text, "busiest thread 25 %; and 1600.00 us awake to be in time"),
                       "%s", text);
    cr_expect_null(strstr(text, "WARNING     the client"), "%s", text);
    free(text);
}

Test(bench_report, a_rate_that_was_not_kept_is_said)
{
    struct report open = report;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    fill();
    open.rate = 1000;
    result.unfinished = 998;
    report_table(&open, out);
    fclose(out);
    cr_expect_not_null(strstr(text, "WARNING     the rate was not kept: 998 due"), "%s", text);
    json_t *json = report_json(&open), *schedule = json_object_get(json, "schedule");

    cr_expect_eq(number(schedule, "rate"), 1000);
    cr_expect_eq(number(schedule, "unfinished"), 998);
    json_decref(json);
    free(text);
}

Test(bench_report, succeeds_when_more_completed_than_failed)
{
    fill();
    cr_expect(report_succeeded(&report));
    result.tally.failures[FAILURE_RESET] = 1000;
    cr_expect_not(report_succeeded(&report));
    memset(&result.tally, 0, sizeof result.tally);
    cr_expect_not(report_succeeded(&report));
}
