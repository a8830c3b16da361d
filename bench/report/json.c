#include "report/report.h"

#include "report/by_url.h"
#include "report/compression.h"
#include "report/curves.h"
#include "report/environment.h"
#include "report/thresholds.h"
#include "report/traffic.h"
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

static json_t *errors_json(const struct tally *tally, json_t *samples)
{
    json_t *errors = json_object();

    for (int i = 0; i < FAILURES; i++) {
        const char *name = failure_name((enum failure)i);

        json_object_set_new(errors, name, json_integer((json_int_t)tally->failures[i]));
        if (tally->samples[i][0]) {
            json_object_set_new(samples, name, json_string(tally->samples[i]));
        }
    }
    return errors;
}

static json_t *command_json(const struct options *options)
{
    json_t *words = json_array();

    for (int i = 0; i < options->argc; i++) {
        size_t len = strlen(options->argv[i]);
        json_t *word = json_stringn(options->argv[i], len);

        json_array_append_new(words, word ? word : json_string("?")); /* NULL: not UTF-8 */
    }
    return words;
}

/* The CPU's name from the first "model name" line; "" where the kernel has none. */
static void cpu_model(char *out, size_t room)
{
    FILE *in = fopen("/proc/cpuinfo", "re");
    char line[256];

    out[0] = '\0';
    while (in && fgets(line, sizeof line, in)) {
        char *colon = strchr(line, ':');

        if (colon && strncmp(line, "model name", 10) == 0) {
            colon[strcspn(colon, "\n")] = '\0';
            snprintf(out, room, "%s", colon + 1 + (colon[1] == ' '));
            break;
        }
    }
    if (in) {
        fclose(in);
    }
}

static json_t *host_json(void)
{
    struct utsname system;
    char model[256];

    if (uname(&system) != 0) {
        memset(&system, 0, sizeof system);
    }
    cpu_model(model, sizeof model);
    return json_pack("{s:s, s:s, s:s, s:s}", "name", system.nodename, "kernel", system.release,
                     "machine", system.machine, "cpu", model);
}

static json_t *time_json(time_t seconds)
{
    struct tm utc;
    char text[32];

    gmtime_r(&seconds, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_string(text);
}

static json_t *per_operation(double us_total, double completed)
{
    return completed > 0 ? json_real(us_total / completed) : json_null();
}

static json_t *client_json(const struct report *report, double completed)
{
    const struct load_result *result = report->result;

    return json_pack("{s:s, s:s, s:o, s:o, s:f, s:b}", "backend", result->backend, "backend_reason",
                     result->backend_why, "cpu_us_per_op",
                     per_operation(result->client_cpu_s * 1e6, completed), "awake_us_per_op",
                     per_operation(result->client_spun_s * 1e6, completed), "busy_max",
                     result->client_busy_max, "limited", report_client_limited(report));
}

static json_t *server_json(const struct report *report, double completed)
{
    const struct load_result *result = report->result;

    if (!result->server_known) {
        return json_null();
    }
    double user_us = (double)result->server.user_us, system_us = (double)result->server.system_us;
    json_t *pss =
        result->server_pss_bytes ? json_integer((json_int_t)result->server_pss_bytes) : json_null();

    return json_pack(
        "{s:I, s:o, s:o, s:i, s:i, s:i, s:o, s:o, s:o, s:f, s:o}", "rss_bytes",
        (json_int_t)result->server.rss_bytes, "pss_bytes", pss, "voluntary_switches_per_op",
        per_operation((double)result->server.voluntary, completed), "processes",
        (int)result->server.processes, "threads", (int)result->server.threads, "pid",
        (int)report->options->pid, "user_us_per_op", per_operation(user_us, completed),
        "system_us_per_op", per_operation(system_us, completed), "involuntary_switches_per_op",
        per_operation((double)result->server.involuntary, completed), "cores",
        result->seconds > 0 ? (user_us + system_us) / 1e6 / result->seconds : 0.0,
        "system_calls_per_op",
        result->system_calls_known ? per_operation((double)result->system_calls, completed)
                                   : json_null());
}

static json_t *server_cpu_json(const struct load_result *result, double completed)
{
    return result->server_known
               ? per_operation((double)(result->server.user_us + result->server.system_us),
                               completed)
               : json_null();
}

/* By phase, then by kind: only what happened. */
static json_t *errors_by_phase_json(const struct tally *tally)
{
    json_t *phases = json_object();

    for (int i = 0; i < PHASES; i++) {
        json_t *kinds = json_object();

        for (int j = 0; j < FAILURES; j++) {
            if (tally->failures_in[i][j]) {
                json_object_set_new(kinds, failure_name((enum failure)j),
                                    json_integer((json_int_t)tally->failures_in[i][j]));
            }
        }
        if (json_object_size(kinds)) {
            json_object_set(phases, phase_name((enum phase)i), kinds);
        }
        json_decref(kinds);
    }
    return phases;
}

static json_t *stages_json(const struct stages *stages)
{
    json_t *rows = stages->count ? json_array() : json_null();

    for (uint32_t i = 0; i < stages->count; i++) {
        json_array_append_new(rows, json_pack("{s:f, s:f}", "seconds", stages->each[i].seconds,
                                              "rate", stages->each[i].rate));
    }
    return rows;
}

/* What an open loop has: null in a closed one. */
static json_t *schedule_json(const struct report *report)
{
    const struct load_result *result = report->result;

    if (report->rate <= 0) {
        return json_null();
    }
    json_t *doubtful = json_array();

    for (int i = 0; i < REPORT_QUANTILES; i++) {
        if (report_in_doubt(report, &report_quantiles[i])) {
            json_array_append_new(doubtful, json_string(report_quantiles[i].key));
        }
    }
    return json_pack("{s:f, s:o, s:s, s:o, s:o, s:o, s:I, s:f}", "rate", report->rate, "stages",
                     stages_json(&report->options->stages), "arrivals",
                     report->options->poisson ? "poisson" : "constant", "lag_us",
                     report_latency(&result->tally.lag_ns), "latency_without_lag_us",
                     report_latency(&result->tally.in_time_ns), "doubtful", doubtful, "unfinished",
                     (json_int_t)result->unfinished, "oldest_unfinished_us",
                     (double)result->oldest_unfinished_ns / 1e3);
}

json_t *report_json(const struct report *report)
{
    const struct load_result *result = report->result;
    const struct options *options = report->options;
    double completed = (double)histogram_count(&result->tally.latency_ns);
    json_t *samples = json_object();
    json_t *whole = json_pack(
        "{s:i, s:s, s:s, s:o, s:s, s:s, s:s?, s:I, s:i, s:i, s:f, s:f, s:f, s:f, s:b}", "schema",
        REPORT_SCHEMA, "scenario", report->scenario, "loop", report->loop, "command",
        command_json(options), "url", options->url_text, "protocol", options->protocol, "method",
        options->plain.method, "body_bytes", (json_int_t)options->plain.body.len, "connections",
        (int)options->connections, "threads", (int)options->threads, "warmup_s", options->warmup_s,
        "timeout_s", options->timeout_s, "rest_s", options->rest_s, "duration_s", result->seconds,
        "interrupted", result->interrupted);

    json_t *rest = json_pack(
        "{s:o, s:o, s:I, s:f, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "started_at",
        time_json(result->started_at), "host", host_json(), "completed", (json_int_t)completed,
        "rate_per_second", result->seconds > 0 ? completed / result->seconds : 0.0, "latency_us",
        report_latency(&result->tally.latency_ns), "errors", errors_json(&result->tally, samples),
        "errors_total", (json_int_t)tally_failed(&result->tally), "error_samples", samples,
        "server_cpu_us_per_op", server_cpu_json(result, completed), "server",
        server_json(report, completed), "client", client_json(report, completed));

    json_t *curves = json_pack(
        "{s:o, s:o, s:o, s:I, s:i, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schedule",
        schedule_json(report), "urls", report_by_url(report), "errors_by_phase",
        errors_by_phase_json(&result->tally), "established", (json_int_t)result->tally.established,
        "pipeline", (int)options->pipeline, "message_bytes", (int)options->message_bytes, "payload",
        payload_name(options->payload), "compression", report_compression(report), "wire",
        report_wire(&result->tally), "histogram", report_histogram(&result->tally.latency_ns),
        "phases", report_phases(&result->tally), "series",
        report_series(&result->series, report->rate,
                      options->stages.count ? &options->stages : NULL),
        "environment", report_environment(), "thresholds", thresholds_json(report));

    json_t *traffic = report_traffic(result);

    if (!whole || !rest || !curves || !traffic || json_object_update(whole, rest) != 0 ||
        json_object_update(whole, traffic) != 0 || json_object_update(whole, curves) != 0) {
        json_decref(whole);
        whole = NULL;
    }
    json_decref(rest);
    json_decref(traffic);
    json_decref(curves);
    return whole;
}
