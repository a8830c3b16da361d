/* The metrics of --fail-if: what each is in a run, and whether a limit is met. */
#include "report/threshold_metric.h"

#include "report/text.h"
#include "report/traffic.h"
#include <math.h>
#include <string.h>

const struct threshold_kind threshold_kinds[THRESHOLD_KINDS] = {
    [THRESHOLD_TIME] = {"us",
                        "a unit of time: ns, us, ms or s",
                        {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}},
    [THRESHOLD_NUMBER] = {"number", "the end: this is a number without a unit", {{"", 1}}},
    [THRESHOLD_EVENTS] = {"count", "the end, or %", {{"", 1}, {"%", 0.01}}},
    [THRESHOLD_PORTION] = {"share", "%", {{"%", 0.01}}},
    [THRESHOLD_BYTES] = {"bytes",
                         "a unit: B, kB, MB or GB",
                         {{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}}},
};

/* ---- values ---- */

static double completed(const struct report *report)
{
    return (double)histogram_count(&report->result->tally.latency_ns);
}

static double operations(const struct report *report)
{
    return completed(report) + (double)tally_failed(&report->result->tally);
}

static double answers(const struct report *report)
{
    return (double)report_statuses(&report->result->tally, 100, TALLY_STATUSES);
}

/* Of what was due. */
static double due(const struct report *report)
{
    return operations(report) + (double)report->result->unfinished;
}

static double a_second(const struct report *report, double whole)
{
    return report->result->seconds > 0 ? whole / report->result->seconds : NAN;
}

static double an_operation(const struct report *report, double whole)
{
    return completed(report) > 0 ? whole / completed(report) : NAN;
}

/* A latency is not known where nothing completed. */
static double latency(const struct report *report, double ns)
{
    return completed(report) > 0 ? ns : NAN;
}

static double rate(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return a_second(report, completed(report));
}

static double least(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return latency(report, (double)histogram_min(&report->result->tally.latency_ns));
}

static double mean(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return latency(report, histogram_mean(&report->result->tally.latency_ns));
}

static double most(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return latency(report, (double)histogram_max(&report->result->tally.latency_ns));
}

static double quantile(const struct threshold *threshold, const struct report *report)
{
    const struct histogram *latency_ns = &report->result->tally.latency_ns;

    return latency(report, (double)histogram_quantile(latency_ns, threshold->quantile));
}

static double errors(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return (double)tally_failed(&report->result->tally);
}

static double failures(const struct threshold *threshold, const struct report *report)
{
    return (double)report->result->tally.failures[threshold->failure];
}

static double timeouts(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return (double)report->result->tally.failures[FAILURE_TIMEOUT];
}

static double of_client(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return (double)report_statuses(&report->result->tally, 400, 500);
}

static double of_server(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return (double)report_statuses(&report->result->tally, 500, 600);
}

static double closed(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return (double)report->result->tally.closed;
}

static double received(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return a_second(report, (double)report->result->tally.received_bytes);
}

static double sent(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return a_second(report, (double)report->result->tally.sent_bytes);
}

static double unfinished(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return report->rate > 0 ? (double)report->result->unfinished : NAN;
}

static double client_busy(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return report->result->client_busy_max;
}

static double server_us(const struct report *report)
{
    const struct load_result *result = report->result;

    return result->server_known ? (double)(result->server.user_us + result->server.system_us) : NAN;
}

static double server_cpu(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return 1e3 * an_operation(report, server_us(report));
}

static double server_cores(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return a_second(report, server_us(report) / 1e6);
}

static double server_memory(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return report->result->server_known ? (double)report->result->server.rss_bytes : NAN;
}

static double system_calls(const struct threshold *threshold, const struct report *report)
{
    (void)threshold;
    return report->result->system_calls_known
               ? an_operation(report, (double)report->result->system_calls)
               : NAN;
}

/* ---- the metrics ---- */

static const struct threshold_metric metrics[] = {
    {.name = "rate", .kind = THRESHOLD_NUMBER, .value = rate},
    {.name = "min", .kind = THRESHOLD_TIME, .value = least},
    {.name = "mean", .kind = THRESHOLD_TIME, .value = mean},
    {.name = "max", .kind = THRESHOLD_TIME, .value = most},
    {.name = "errors", .kind = THRESHOLD_EVENTS, .value = errors},
    {.name = "timeouts", .kind = THRESHOLD_EVENTS, .value = timeouts},
    {.name = "4xx", .kind = THRESHOLD_EVENTS, .value = of_client, .whole = answers},
    {.name = "5xx", .kind = THRESHOLD_EVENTS, .value = of_server, .whole = answers},
    {.name = "closed", .kind = THRESHOLD_EVENTS, .value = closed},
    {.name = "received", .kind = THRESHOLD_BYTES, .value = received},
    {.name = "sent", .kind = THRESHOLD_BYTES, .value = sent},
    {.name = "unfinished", .kind = THRESHOLD_EVENTS, .value = unfinished, .whole = due},
    {.name = "client_busy", .kind = THRESHOLD_PORTION, .value = client_busy},
    {.name = "server_cpu", .kind = THRESHOLD_TIME, .needs_pid = true, .value = server_cpu},
    {.name = "server_cores", .kind = THRESHOLD_NUMBER, .needs_pid = true, .value = server_cores},
    {.name = "server_memory", .kind = THRESHOLD_BYTES, .needs_pid = true, .value = server_memory},
    {.name = "system_calls",
     .kind = THRESHOLD_NUMBER,
     .needs_system_calls = true,
     .value = system_calls},
};
const struct threshold_metric threshold_of_quantile = {.kind = THRESHOLD_TIME, .value = quantile};
const struct threshold_metric threshold_of_failure = {.kind = THRESHOLD_EVENTS, .value = failures};

const struct threshold_metric *threshold_metric_named(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        if (strlen(metrics[i].name) == len && memcmp(metrics[i].name, name, len) == 0) {
            return &metrics[i];
        }
    }
    return NULL;
}

double threshold_metric_value(const struct threshold *threshold, const struct report *report)
{
    const struct threshold_metric *metric = threshold->metric;
    double value = metric->value(threshold, report);

    if (!threshold->share || metric->kind == THRESHOLD_PORTION) {
        return value;
    }
    double whole = (metric->whole ? metric->whole : operations)(report);

    return whole > 0 ? value / whole : NAN;
}
