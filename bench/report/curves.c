#include "report/curves.h"

#include "wire/failure.h"

static double us(uint64_t ns)
{
    return (double)ns / 1e3;
}

json_t *report_latency(const struct histogram *latency)
{
    return json_pack(
        "{s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "p50", us(histogram_quantile(latency, 0.5)), "p90",
        us(histogram_quantile(latency, 0.9)), "p99", us(histogram_quantile(latency, 0.99)), "p999",
        us(histogram_quantile(latency, 0.999)), "max", us(histogram_max(latency)), "min",
        us(histogram_min(latency)), "mean", histogram_mean(latency) / 1e3);
}

json_t *report_histogram(const struct histogram *latency)
{
    json_t *rows = json_array();
    struct histogram_bucket bucket;
    size_t position = 0;

    while (histogram_next(latency, &position, &bucket)) {
        json_array_append_new(rows, json_pack("[f, f, I]", us(bucket.low), us(bucket.high + 1),
                                              (json_int_t)bucket.count));
    }
    return rows;
}

json_t *report_phases(const struct tally *tally)
{
    json_t *phases = json_object();

    for (int i = 0; i < PHASES_TIMED; i++) {
        const struct histogram *times = &tally->phases_ns[i];
        json_t *phase =
            histogram_count(times) == 0
                ? json_null()
                : json_pack("{s:I, s:o, s:o}", "count", (json_int_t)histogram_count(times),
                            "latency_us", report_latency(times), "histogram",
                            report_histogram(times));

        json_object_set_new(phases, phase_name((enum phase)i), phase);
    }
    return phases;
}

static json_t *cells_json(const struct series_point *point)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < SERIES_CELLS; i++) {
        uint64_t low_ns, high_ns;

        if (point->cells[i] == 0) {
            continue;
        }
        series_cell(i, &low_ns, &high_ns);
        json_array_append_new(
            rows, json_pack("[f, o, I]", us(low_ns),
                            high_ns == UINT64_MAX ? json_null() : json_real(us(high_ns)),
                            (json_int_t)point->cells[i]));
    }
    return rows;
}

/* Operations a second that were due in that second; null in closed loop. */
static json_t *due_json(const struct series_point *point, double rate, const struct stages *stages)
{
    if (rate <= 0 || point->seconds <= 0) {
        return json_null();
    }
    double due = stages ? stages_integral(stages, point->end_s) -
                              stages_integral(stages, point->end_s - point->seconds)
                        : rate * point->seconds;

    return json_real(due / point->seconds);
}

json_t *report_series(const struct series *series, double rate, const struct stages *stages)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < series->count; i++) {
        const struct series_point *point = &series->points[i];
        bool known = point->server_known;
        double each = point->seconds > 0 ? 1 / point->seconds : 0;

        json_array_append_new(
            rows,
            json_pack("{s:f, s:f, s:f, s:o, s:f, s:f, s:I, s:I, s:f, s:f, s:I, s:o, s:o, s:o}",
                      "t_s", point->end_s, "seconds", point->seconds, "rate",
                      (double)point->completed * each, "due", due_json(point, rate, stages),
                      "p50_us", us(point->p50_ns), "p99_us", us(point->p99_ns), "errors",
                      (json_int_t)point->failed, "open", (json_int_t)point->open,
                      "received_bytes_per_second", (double)point->received_bytes * each,
                      "sent_bytes_per_second", (double)point->sent_bytes * each,
                      "connections_closed", (json_int_t)point->closed, "server_cpu_percent",
                      known ? json_real(100 * point->server_cpu_share) : json_null(),
                      "server_rss_bytes",
                      known ? json_integer((json_int_t)point->server_rss_bytes) : json_null(),
                      "latency", cells_json(point)));
    }
    return rows;
}
