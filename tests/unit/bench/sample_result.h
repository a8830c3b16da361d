/* A run's JSON, made by hand: 1,000 operations in four seconds, the third one with errors. */
#ifndef UNIT_BENCH_SAMPLE_RESULT_H
#define UNIT_BENCH_SAMPLE_RESULT_H

#include <criterion/criterion.h>
#include <jansson.h>

/* Buckets of 0 to 1, 1 to 2 ... 999 to 1,000 us with one operation each, times `factor`. */
static inline json_t *sample_histogram(double factor)
{
    json_t *rows = json_array();

    for (int i = 0; i < 1000; i++) {
        json_array_append_new(rows, json_pack("[f, f, i]", i * factor, (i + 1) * factor, 1));
    }
    return rows;
}

static inline json_t *sample_series(double factor)
{
    json_t *rows = json_array();

    for (int i = 1; i <= 4; i++) {
        json_array_append_new(
            rows,
            json_pack("{s:f, s:f, s:f, s:f, s:f, s:i, s:f, s:I, s:[[f, f, i], [f, n, i]]}", "t_s",
                      (double)i, "seconds", 1.0, "rate", 250.0 * i, "p50_us", 500 * factor,
                      "p99_us", 990 * factor, "errors", i == 3 ? 7 : 0, "server_cpu_percent",
                      25.0 * i, "server_rss_bytes", (json_int_t)(1000000 * i), "latency",
                      400 * factor, 500 * factor, 200, 900 * factor, 50));
    }
    return rows;
}

static inline json_t *sample_result(double factor)
{
    json_t *json =
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:i, s:i, s:f, s:f, s:f, s:s, s:[s, s], s:b}",
                  "schema", 1, "scenario", "handshake", "loop", "closed", "url", "ws://h/<ws>",
                  "protocol", "websocket", "connections", 64, "threads", 1, "warmup_s", 0.5,
                  "duration_s", 4.0, "rate_per_second", 250.0 / factor, "started_at",
                  "2026-01-02T03:04:05Z", "command", "shunt-bench", "handshake", "interrupted", 0);
    json_t *more = json_pack(
        "{s:I, s:i, s:{s:i, s:i}, s:f, s:{s:f, s:f}, s:{s:f, s:f, s:f, s:f, s:f, s:f, s:f}, s:o, "
        "s:o, "
        "s:{s:{s:i, s:o}, s:{s:i, s:o}, s:n}}",
        "completed", (json_int_t)1000, "errors_total", 7, "errors", "reset", 7, "refused", 0,
        "server_cpu_us_per_op", 12.5 * factor, "server", "cores", 0.5, "system_calls_per_op", 6.125,
        "latency_us", "p50", 500 * factor, "p90", 900 * factor, "p99", 990 * factor, "p999",
        999 * factor, "max", 999.75 * factor, "min", 0.25 * factor, "mean", 500 * factor,
        "histogram", sample_histogram(factor), "series", sample_series(factor), "phases", "connect",
        "count", 1000, "histogram", sample_histogram(factor / 2), "complete", "count", 1000,
        "histogram", sample_histogram(factor), "first_echo");

    cr_assert_not_null(json);
    cr_assert_not_null(more);
    cr_assert_eq(json_object_update(json, more), 0);
    json_decref(more);
    return json;
}

#endif
