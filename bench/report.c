/* The table; report_json.c has the other half. */
#include "report.h"

#include "text.h"

#define BUSY_LIMIT 0.9

bool report_client_limited(const struct report *report)
{
    return report->result->client_busy_max > BUSY_LIMIT;
}

bool report_succeeded(const struct report *report)
{
    uint64_t completed = histogram_count(&report->result->tally.latency_ns);

    return completed > 0 && tally_failed(&report->result->tally) < completed;
}

static void print_latency(const struct histogram *latency, FILE *out)
{
    static const struct {
        const char *name;
        double quantile;
    } rows[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};
    char text[TEXT_BYTES];

    if (histogram_count(latency) == 0) {
        return;
    }
    fprintf(out, "  latency     ");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        text_time(text, (double)histogram_quantile(latency, rows[i].quantile));
        fprintf(out, "%s %s   ", rows[i].name, text);
    }
    text_time(text, (double)histogram_max(latency));
    fprintf(out, "max %s\n", text);
}

static void print_errors(const struct tally *tally, FILE *out)
{
    uint64_t failed = tally_failed(tally);
    char count[TEXT_BYTES];

    text_count(count, (double)failed);
    fprintf(out, "  errors      %s\n", failed ? count : "none");
    for (int i = 0; i < FAILURES; i++) {
        if (tally->failures[i]) {
            const char *sample = tally->samples[i];

            text_count(count, (double)tally->failures[i]);
            fprintf(out, "              %s %s%s%s\n", count, failure_name((enum failure)i),
                    *sample ? ": " : "", sample);
        }
    }
}

static void print_server(const struct report *report, FILE *out)
{
    const struct load_result *result = report->result;
    double completed = (double)histogram_count(&result->tally.latency_ns);
    double user_us = (double)result->server.user_us, system_us = (double)result->server.system_us;

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
}

static void print_client(const struct report *report, FILE *out)
{
    const struct load_result *result = report->result;
    double completed = (double)histogram_count(&result->tally.latency_ns);

    fprintf(out, "  client CPU  ");
    if (completed > 0) {
        fprintf(out, "%.2f us a %s, ", result->client_cpu_s * 1e6 / completed, report->operation);
    }
    fprintf(out, "busiest thread %.0f %%\n", 100 * result->client_busy_max);
    if (report_client_limited(report)) {
        fprintf(out,
                "  WARNING     the client was over %.0f %% busy: these may be its limits and not "
                "the server's. More --threads, or a slower server, would tell.\n",
                100 * BUSY_LIMIT);
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
    if (result->backend_why[0]) {
        fprintf(out, "  back end    %s\n", result->backend_why);
    }
    fprintf(out, "  completed   %s in %.2f s%s\n", count, result->seconds,
            result->interrupted ? " (interrupted)" : "");
    fprintf(out, "  rate        %s %ss/s\n", rate, report->operation);
    print_latency(&result->tally.latency_ns, out);
    print_errors(&result->tally, out);
    print_server(report, out);
    print_client(report, out);
}
