/* Expressions of --fail-if: what is one, what is said of others, and when one is met. */
#include "report/threshold.h"
#include "report/thresholds.h"

#include "report/report.h"
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct load_result result;
static struct options options;
static const struct report report = {.scenario = "http",
                                     .operation = "request",
                                     .loop = "closed",
                                     .loop_text = "",
                                     .options = &options,
                                     .result = &result};

/* 990 requests of 1 to 990 us in 2 s; 5 were 503, 5 timed out. */
static void fill(void)
{
    options_init(&options, 0, NULL);
    options.url_text = "http://h/";
    memset(&result, 0, sizeof result);
    for (uint64_t us = 1; us <= 990; us++) {
        histogram_record(&result.tally.latency_ns, us * 1000);
    }
    for (int i = 0; i < 5; i++) {
        tally_fail(&result.tally, FAILURE_WRONG_STATUS, PHASE_EXCHANGE, "HTTP/1.1 503", 12);
        tally_fail(&result.tally, FAILURE_TIMEOUT, PHASE_EXCHANGE, "", 0);
    }
    result.tally.statuses[200] = 990;
    result.tally.statuses[503] = 5;
    result.tally.received_bytes = 4000000;
    result.tally.sent_bytes = 2000;
    result.tally.closed = 3;
    result.seconds = 2;
    result.backend = "epoll";
    result.client_busy_max = 0.25;
    result.server_known = true;
    result.server = (struct process_usage){
        .user_us = 990, .system_us = 1980, .rss_bytes = 5000000, .processes = 1, .threads = 1};
}

static void add(const char *text)
{
    char words[1024] = "";
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(threshold_parse(text, &options.thresholds[options.threshold_count++], &error),
                 SHUNT_OK, "%s: %s", text, words);
}

Test(bench_threshold, is_met_where_its_expression_holds)
{
    static const struct {
        const char *text;
        bool met;
    } rows[] = {
        {"rate<495", false},
        {"rate<=495", true},
        {"rate < 495.5", true},
        {"p50>400us", true},
        {"p50>0.6ms", false},
        {"p99>0.9ms", true},
        {"p99>985us", false},
        {"p999>1ms", false},
        {"p99.9>980us", true},
        {"p25<240us", false},
        {"p25<260000ns", true},
        {"min>=1us", true},
        {"min>1us", false},
        {"max>0.00099s", false},
        {"max>=0.00099s", true},
        {"mean>490us", true},
        {"errors>9", true},
        {"errors>10", false},
        {"errors>0.99%", true},
        {"errors >= 1 %", true},
        {"errors>1%", false},
        {"timeouts>4", true},
        {"timeout>0.5%", false},
        {"wrong_status>=0.5%", true},
        {"refused>0", false},
        {"5xx>0", true},
        {"5xx>0.5%", true},
        {"5xx>0.6%", false},
        {"4xx>0", false},
        {"closed>2", true},
        {"received<2MB", false},
        {"received<=2MB", true},
        {"sent>999B", true},
        {"sent>1kB", false},
        {"client_busy>24%", true},
        {"client_busy>25%", false},
        {"server_cpu>2us", true},
        {"server_cpu>3us", false},
        {"server_memory>4.9MB", true},
        {"server_memory>1GB", false},
        {"server_cores>0.001", true},
        {"server_cores>1", false},
        {"unfinished>1000", true}, /* not known in closed loop */
        {"system_calls>1000", true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fill();
        add(rows[i].text);
        cr_expect_eq(thresholds_met(&report), rows[i].met, "%s", rows[i].text);
        cr_expect_eq(report_succeeded(&report), !rows[i].met, "%s", rows[i].text);
    }
}

Test(bench_threshold, a_wrong_expression_is_refused_where_it_is_wrong)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"p99>5mz", "at 'mz', character 6 of 'p99>5mz': expected a unit of time: ns, us, ms or s"},
        {"p99=5ms", "at '=5ms', character 4 of 'p99=5ms': expected an operator: >, >=, < or <="},
        {"p99", "at the end of 'p99': expected an operator: >, >=, < or <="},
        {"p99 > ", "at the end of 'p99 > ': expected a number"},
        {"p99>-5ms", "at '-5ms', character 5 of 'p99>-5ms': expected a number"},
        {"p99>inf", "at 'inf', character 5 of 'p99>inf': expected a number"},
        {"p99>0x5ms", "at '0x5ms', character 5"},
        {"p99>5", "at the end of 'p99>5': expected a unit of time"},
        {"p99>5ms!", "at 'ms!', character 6"},
        {"errors>1ms", "at 'ms', character 9 of 'errors>1ms': expected the end, or %"},
        {"rate<10k", "at 'k', character 8 of 'rate<10k': expected the end"},
        {"received<1", "at the end of 'received<1': expected a unit: B, kB, MB or GB"},
        {"foo>3", "at 'foo>3', character 1 of 'foo>3': expected a metric"},
        {"p100>1ms", "at 'p100>1ms', character 1"},
        {"p0>1ms", "at 'p0>1ms', character 1"},
        {"p>1ms", "at 'p>1ms', character 1"},
        {"P99>1ms", "at 'P99>1ms', character 1"},
        {"", "at the end of '': expected a metric"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct threshold threshold = {.text = "untouched"};
        char words[1024] = "";
        struct error error = {.text = words, .size = sizeof words};

        cr_expect_eq(threshold_parse(rows[i].text, &threshold, &error), SHUNT_EINVAL, "%s",
                     rows[i].text);
        cr_expect_eq(strncmp(words, rows[i].error, strlen(rows[i].error)), 0, "%s: %s",
                     rows[i].text, words);
        cr_expect_str_eq(threshold.text, "untouched");
    }
}

Test(bench_threshold, table_and_json_say_what_each_came_to)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    fill();
    add("errors>0.1%");
    add("p99>5ms");
    report_table(&report, out);
    fclose(out);
    cr_expect_not_null(strstr(text, "  FAILED      errors>0.1%: 1 %\n"), "%s", text);
    cr_expect_not_null(strstr(text, "  fails if    p99>5ms: no, 98"), "%s", text);
    json_t *json = report_json(&report), *rows = json_object_get(json, "thresholds");
    json_t *first = json_array_get(rows, 0);

    cr_assert_eq(json_array_size(rows), 2);
    cr_expect_str_eq(json_string_value(json_object_get(first, "expression")), "errors>0.1%");
    cr_expect_str_eq(json_string_value(json_object_get(first, "unit")), "share");
    cr_expect_float_eq(json_number_value(json_object_get(first, "value")), 0.01, 1e-9);
    cr_expect_float_eq(json_number_value(json_object_get(first, "limit")), 0.001, 1e-9);
    cr_expect(json_is_true(json_object_get(first, "met")));
    cr_expect(json_is_false(json_object_get(json_array_get(rows, 1), "met")));
    json_decref(json);
    free(text);
}

Test(bench_threshold, answers_that_were_errors_and_the_rest_are_said)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    fill();
    options.rest_s = 0.02;
    report_table(&report, out);
    fclose(out);
    cr_expect_not_null(strstr(text, "  WARNING     5 of 995 answers refused what was asked for"),
                       "%s", text);
    cr_expect_not_null(strstr(text, "  rest        each error kept its client idle for 20.0 ms"));
    cr_expect_not_null(strstr(text, "  bytes       received 2.00 MB/s, sent 1,000 B/s\n"), "%s",
                       text);
    cr_expect_not_null(strstr(text, "  statuses    200 990, 503 5\n"), "%s", text);
    cr_expect_not_null(strstr(text, "  closed      3 connections that stood, by the server\n"));
    json_t *json = report_json(&report), *statuses = json_object_get(json, "statuses");

    cr_expect_eq(json_object_size(statuses), 2);
    cr_expect_eq(json_integer_value(json_object_get(statuses, "503")), 5);
    cr_expect_eq(json_number_value(json_object_get(json, "received_bytes_per_second")), 2e6);
    cr_expect_eq(json_integer_value(json_object_get(json, "connections_closed")), 3);
    cr_expect_float_eq(json_number_value(json_object_get(json, "rest_s")), 0.02, 1e-9);
    json_decref(json);
    free(text);
}
