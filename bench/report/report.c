/* The table; json.c has the other half. */
#include "report/report.h"

#include "report/by_url.h"
#include "report/compression.h"
#include "report/distribution.h"
#include "report/text.h"
#include "report/thresholds.h"
#include "report/traffic.h"
#include <string.h>

#define BUSY_LIMIT       0.9
#define DOUBT_SHARE      0.1
#define DOUBT_NS         1000
#define UNFINISHED_SHARE 50 /* one in so many operations may be under way at the end */

static bool is_busy(const struct report *report)
{
    return !report->in_memory && report->result->client_busy_max > BUSY_LIMIT;
}

const struct report_quantile report_quantiles[REPORT_QUANTILES] = {
    {"p50", "p50", 0.5}, {"p90", "p90", 0.9}, {"p99", "p99", 0.99}, {"p999", "p99.9", 0.999}};

bool report_in_doubt(const struct report *report, const struct report_quantile *quantile)
{
    const struct tally *tally = &report->result->tally;
    uint64_t all_ns = histogram_quantile(&tally->latency_ns, quantile->quantile);
    uint64_t in_time_ns = histogram_quantile(&tally->in_time_ns, quantile->quantile);

    return report->rate > 0 && all_ns > in_time_ns + DOUBT_NS &&
           (double)(all_ns - in_time_ns) > DOUBT_SHARE * (double)all_ns;
}

static bool is_late(const struct report *report)
{
    bool late = false;

    for (int i = 0; i < REPORT_QUANTILES; i++) {
        late = late || report_in_doubt(report, &report_quantiles[i]);
    }
    return late;
}

bool report_client_limited(const struct report *report)
{
    return is_busy(report) || is_late(report);
}

bool report_schedule_kept(const struct load_result *result)
{
    uint64_t done = histogram_count(&result->tally.latency_ns) + tally_failed(&result->tally);

    return result->unfinished * UNFINISHED_SHARE <= done + result->unfinished;
}

bool report_succeeded(const struct report *report)
{
    uint64_t completed = histogram_count(&report->result->tally.latency_ns);

    return completed > 0 && tally_failed(&report->result->tally) < completed &&
           !thresholds_met(report);
}

static void print_latency(const struct histogram *latency, FILE *out)
{
    char text[TEXT_BYTES];

    if (histogram_count(latency) == 0) {
        return;
    }
    fprintf(out, "  latency     ");
    for (int i = 0; i < REPORT_QUANTILES; i++) {
        text_time(text, (double)histogram_quantile(latency, report_quantiles[i].quantile));
        fprintf(out, "%s %s   ", report_quantiles[i].name, text);
    }
    text_time(text, (double)histogram_max(latency));
    fprintf(out, "max %s\n", text);
}

/* Where failures of a kind happened: "connect 3, complete 1". */
static void print_failed_phases(const struct tally *tally, int failure, FILE *out)
{
    const char *between = "";

    for (int i = 0; i < PHASES; i++) {
        if (tally->failures_in[i][failure]) {
            fprintf(out, "%s%s %llu", between, phase_name((enum phase)i),
                    (unsigned long long)tally->failures_in[i][failure]);
            between = ", ";
        }
    }
}

static void print_errors(const struct report *report, FILE *out)
{
    const struct tally *tally = &report->result->tally;
    uint64_t failed = tally_failed(tally);
    char count[TEXT_BYTES];

    text_count(count, (double)failed);
    fprintf(out, "  errors      %s\n", failed ? count : "none");
    for (int i = 0; i < FAILURES; i++) {
        if (tally->failures[i]) {
            const char *sample = tally->samples[i];

            text_count(count, (double)tally->failures[i]);
            fprintf(out, "              %s %s%s%s (", count, failure_name((enum failure)i),
                    *sample ? ": " : "", sample);
            print_failed_phases(tally, i, out);
            fprintf(out, ")\n");
        }
    }
    report_print_refusals(tally, out);
    if (failed && !report->in_memory) {
        text_time(count, report->options->rest_s * 1e9);
        fprintf(out,
                "  rest        each error kept its client idle for %s (--rest): the load was less "
                "by that\n",
                count);
    }
}

static void print_server(const struct report *report, FILE *out)
{
    const struct load_result *result = report->result;
    double completed = (double)histogram_count(&result->tally.latency_ns);
    double user_us = (double)result->server.user_us, system_us = (double)result->server.system_us;
    char bytes[TEXT_BYTES];

    if (!report->options->pid) {
        return;
    }
    if (!result->server_known || completed == 0) {
        fprintf(out, "  server CPU  not known: %s\n",
                result->server_known ? "nothing completed" : "the process has ended");
        return;
    }
    fprintf(out, "  server CPU  %.2f us a %s (user %.2f, system %.2f), %.0f %% of one core\n",
            (user_us + system_us) / completed, report->operation, user_us / completed,
            system_us / completed, (user_us + system_us) / 1e4 / result->seconds);
    text_bytes(bytes, (double)result->server.rss_bytes);
    fprintf(out, "  server      %u process%s, %u thread%s, RSS %s", result->server.processes,
            result->server.processes == 1 ? "" : "es", result->server.threads,
            result->server.threads == 1 ? "" : "s", bytes);
    if (result->server_pss_bytes) {
        text_bytes(bytes, (double)result->server_pss_bytes);
        fprintf(out, ", PSS %s", bytes);
    }
    fprintf(out, ", context switches %.3f a %s\n",
            (double)(result->server.voluntary + result->server.involuntary) / completed,
            report->operation);
    if (result->system_calls_known) {
        fprintf(out, "              system calls %.3f a %s\n",
                (double)result->system_calls / completed, report->operation);
    } else if (*result->system_calls_why) {
        fprintf(out, "              system calls -, not counted: %s\n", result->system_calls_why);
    }
}

/* "p50 (165 us, 124 us without it), p99 (...)" */
static void print_doubts(const struct report *report, FILE *out)
{
    const struct tally *tally = &report->result->tally;
    const char *between = "";

    fprintf(out, "  WARNING     more than a tenth is this client's own lateness in ");
    for (int i = 0; i < REPORT_QUANTILES; i++) {
        const struct report_quantile *quantile = &report_quantiles[i];
        char all[TEXT_BYTES], in_time[TEXT_BYTES];

        if (report_in_doubt(report, quantile)) {
            text_time(all, (double)histogram_quantile(&tally->latency_ns, quantile->quantile));
            text_time(in_time, (double)histogram_quantile(&tally->in_time_ns, quantile->quantile));
            fprintf(out, "%s%s (%s, %s without it)", between, quantile->name, all, in_time);
            between = ", ";
        }
    }
    fprintf(out, ". A lower --rate, more --threads or a CPU to spare would tell.\n");
}

static void print_client(const struct report *report, FILE *out)
{
    const struct load_result *result = report->result;
    double completed = (double)histogram_count(&result->tally.latency_ns);

    fprintf(out, "  client CPU  ");
    if (completed > 0) {
        fprintf(out, "%.2f us a %s, ", result->client_cpu_s * 1e6 / completed, report->operation);
    }
    fprintf(out, "busiest thread %.0f %%", 100 * result->client_busy_max);
    if (completed > 0 && result->client_spun_s > 0) {
        fprintf(out, "; and %.2f us awake to be in time", result->client_spun_s * 1e6 / completed);
    }
    fprintf(out, "\n");
    if (is_busy(report)) {
        fprintf(out,
                "  WARNING     the client was over %.0f %% busy: these may be its limits and not "
                "the server's. More --threads, or a slower server, would tell.\n",
                100 * BUSY_LIMIT);
    }
    if (is_late(report)) {
        print_doubts(report, out);
    }
}

/* What only an open loop has: whether its schedule was kept. */
static void print_schedule(const struct report *report, FILE *out)
{
    const struct load_result *result = report->result;
    char due[TEXT_BYTES], p50[TEXT_BYTES], p99[TEXT_BYTES], max[TEXT_BYTES], oldest[TEXT_BYTES];

    if (report->rate <= 0) {
        return;
    }
    text_count(due, report->rate);
    text_time(p50, (double)histogram_quantile(&result->tally.lag_ns, 0.5));
    text_time(p99, (double)histogram_quantile(&result->tally.lag_ns, 0.99));
    text_time(max, (double)histogram_max(&result->tally.lag_ns));
    if (report->options->stages.count) {
        fprintf(out, "  stages      %s, in straight lines from 0\n", report->options->stages_text);
    }
    fprintf(out, "  schedule    %s/s%s, %s; the client's own lag p50 %s, p99 %s, max %s\n", due,
            report->options->stages.count ? " in the mean" : "",
            report->options->poisson ? "poisson" : "constant", p50, p99, max);
    if (!report_schedule_kept(result)) {
        text_count(due, (double)result->unfinished);
        text_time(oldest, (double)result->oldest_unfinished_ns);
        fprintf(out,
                "  WARNING     the rate was not kept: %s due and not done at the end, the oldest "
                "not begun for %s. They are in no latency above.\n",
                due, oldest);
    }
}

/* What is sent, unless that is the usual GET. */
static void print_request(const struct options *options, FILE *out)
{
    const struct plain *plain = &options->plain;
    char bytes[TEXT_BYTES];

    if (!plain->method || (!plain->has_body && strcmp(plain->method, "GET") == 0)) {
        return;
    }
    text_bytes(bytes, (double)plain->body.len);
    fprintf(out, "  request     %s, %s%s\n", plain->method, plain->has_body ? bytes : "no",
            plain->has_body ? " of content" : " content");
}

static void print_phases(const struct tally *tally, FILE *out)
{
    bool any = false;

    for (int i = 0; i < PHASES_TIMED; i++) {
        const struct histogram *times = &tally->phases_ns[i];
        char p50[TEXT_BYTES], p99[TEXT_BYTES], name[16];

        if (histogram_count(times) == 0) {
            continue;
        }
        snprintf(name, sizeof name, "%s", phase_name((enum phase)i));
        for (char *at = name; *at; at++) {
            *at = *at == '_' ? ' ' : *at;
        }
        text_time(p50, (double)histogram_quantile(times, 0.5));
        text_time(p99, (double)histogram_quantile(times, 0.99));
        fprintf(out, "  %-11s %-10s p50 %s   p99 %s\n", any ? "" : "phases", name, p50, p99);
        any = true;
    }
}

void report_table(const struct report *report, FILE *out)
{
    const struct load_result *result = report->result;
    const struct options *options = report->options;
    double completed = (double)histogram_count(&result->tally.latency_ns);
    char count[TEXT_BYTES], rate[TEXT_BYTES];

    text_count(count, completed);
    text_count(rate, result->seconds > 0 ? completed / result->seconds : 0);
    fprintf(out, "%s %s, protocol %s, %u connections, %u thread%s, client on %s\n",
            report->scenario, options->url_text, options->protocol, options->connections,
            options->threads, options->threads == 1 ? "" : "s", result->backend);
    fprintf(out, "%s\n", report->loop_text);
    print_request(options, out);
    if (result->backend_why[0]) {
        fprintf(out, "  back end    %s\n", result->backend_why);
    }
    fprintf(out, "  completed   %s in %.2f s%s\n", count, result->seconds,
            result->interrupted ? " (interrupted)" : "");
    fprintf(out, "  rate        %s %ss/s\n", rate, report->operation);
    print_latency(&result->tally.latency_ns, out);
    if (!options->quiet) {
        distribution_print(&result->tally.latency_ns, out);
    }
    print_phases(&result->tally, out);
    report_print_by_url(report, out);
    print_schedule(report, out);
    print_errors(report, out);
    report_print_traffic(result, out);
    report_print_compression(report, out);
    print_server(report, out);
    print_client(report, out);
    thresholds_print(report, out);
}
