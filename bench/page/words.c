#include "page/words.h"

#include "page/chart.h"
#include "page/style.h"

#include <math.h>
#include <string.h>

#define BUSY 0.9 /* of a thread: the client is limited by it */

static void us_text(char out[TEXT_BYTES], double us)
{
    if (isfinite(us)) {
        text_time(out, us * 1e3);
    } else {
        snprintf(out, TEXT_BYTES, "%s", "?");
    }
}

static void count_text(char out[TEXT_BYTES], double count)
{
    if (isfinite(count)) {
        text_count(out, count);
    } else {
        snprintf(out, TEXT_BYTES, "%s", "?");
    }
}

static void warn(FILE *out, const struct page_part *part, const struct result *result,
                 const char *text)
{
    fputs("<p class=\"warn\">", out);
    if (part->count > 1) {
        chart_escape(out, result->name);
        fputs(": ", out);
    }
    chart_escape(out, text);
    fputs("</p>\n", out);
}

static void warn_of_errors(FILE *out, const struct page_part *part, const struct result *result)
{
    const json_t *errors = result_member(result, "errors");
    char text[512] = "", count[TEXT_BYTES];
    const char *kind;
    json_t *number;

    if (!(result_number(result, "errors_total") > 0)) {
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)errors, kind, number)
    {
        size_t len = strlen(text);

        if (json_integer_value(number) > 0) {
            text_count(count, (double)json_integer_value(number));
            snprintf(text + len, sizeof text - len, "%s%s %s", len ? ", " : "Errors: ", count,
                     kind);
        }
    }
    for (char *at = text; *at; at++) {
        *at = *at == '_' ? ' ' : *at;
    }
    warn(out, part, result, text);
}

/* In open loop: quantiles that hold too much of the client's own lateness. */
static void warn_of_doubts(FILE *out, const struct page_part *part, const struct result *result)
{
    const json_t *doubtful = result_member(result, "schedule.doubtful");
    char text[256] = "More than a tenth is the client's own lateness in";

    for (size_t i = 0; i < json_array_size(doubtful); i++) {
        const char *name = json_string_value(json_array_get(doubtful, i));
        size_t len = strlen(text);

        snprintf(text + len, sizeof text - len, "%s %s", i ? "," : "", name ? name : "?");
    }
    if (json_array_size(doubtful)) {
        warn(out, part, result, text);
    }
}

static void warn_of_thresholds(FILE *out, const struct page_part *part, const struct result *result)
{
    const json_t *thresholds = result_member(result, "thresholds");

    for (size_t i = 0; i < json_array_size(thresholds); i++) {
        const json_t *threshold = json_array_get(thresholds, i);
        const char *expression = json_string_value(json_object_get(threshold, "expression"));
        const char *value = json_string_value(json_object_get(threshold, "value_text"));
        char text[256];

        if (json_is_true(json_object_get(threshold, "met"))) {
            snprintf(text, sizeof text, "Failed, as was asked for if %s: %s",
                     expression ? expression : "?", value ? value : "?");
            warn(out, part, result, text);
        }
    }
}

void words_warnings(const struct page_part *part, FILE *out)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct result *result = &part->results[i];

        if (json_is_true(result_member(result, "client.limited")) &&
            !(result_number(result, "client.busy_max") <= BUSY)) {
            warn(out, part, result,
                 "The client was over 90 % busy: rate and latency may be its limits and not the "
                 "server's. The server's CPU time an operation holds.");
        }
        warn_of_doubts(out, part, result);
        warn_of_thresholds(out, part, result);
        if (json_is_true(result_member(result, "interrupted"))) {
            warn(out, part, result, "The run was ended early.");
        }
        warn_of_errors(out, part, result);
    }
}

static void entry(FILE *out, const char *what, const char *text)
{
    if (*text) {
        fprintf(out, "<dt>%s</dt><dd>", what);
        chart_escape(out, text);
        fputs("</dd>\n", out);
    }
}

static void entry_command(FILE *out, const struct result *result)
{
    const json_t *words = result_member(result, "command");

    if (json_array_size(words) == 0) {
        return;
    }
    fputs("<dt>command</dt><dd><code>", out);
    for (size_t i = 0; i < json_array_size(words); i++) {
        const char *word = json_string_value(json_array_get(words, i));

        fputs(i ? " " : "", out);
        chart_escape(out, word ? word : "?");
    }
    fputs("</code></dd>\n", out);
}

static void number_text(char out[TEXT_BYTES], double value)
{
    if (isfinite(value)) {
        snprintf(out, TEXT_BYTES, "%.4g", value);
    } else {
        snprintf(out, TEXT_BYTES, "%s", "?");
    }
}

/* Open loop: when operations were due, and how late the client itself was. */
static void entry_schedule(FILE *out, const struct result *result)
{
    char text[256], rate[TEXT_BYTES], lag[TEXT_BYTES];

    if (!json_is_object(result_member(result, "schedule"))) {
        return;
    }
    count_text(rate, result_number(result, "schedule.rate"));
    us_text(lag, result_number(result, "schedule.lag_us.p99"));
    snprintf(text, sizeof text,
             "%s operations a second were due, arrivals %s; the client started 99 %% of them at "
             "most %s late",
             rate, result_text(result, "schedule.arrivals"), lag);
    entry(out, "schedule", text);
}

static void entry_load(FILE *out, const struct result *result)
{
    char text[512], clients[TEXT_BYTES], threads[TEXT_BYTES], measured[TEXT_BYTES],
        warmup[TEXT_BYTES];

    count_text(clients, result_number(result, "connections"));
    number_text(threads, result_number(result, "threads"));
    number_text(measured, result_number(result, "duration_s"));
    number_text(warmup, result_number(result, "warmup_s"));
    if (json_is_object(result_member(result, "idle"))) {
        snprintf(text, sizeof text,
                 "idle, %s connections on %s thread%s, established as fast as they come and held",
                 clients, threads, strcmp(threads, "1") == 0 ? "" : "s");
        entry(out, "load", text);
        return;
    }
    snprintf(text, sizeof text,
             "%s, %s loop, %s connections on %s thread%s for %s s after %s s of warm-up",
             result_text(result, "scenario"), result_text(result, "loop"), clients, threads,
             strcmp(threads, "1") == 0 ? "" : "s", measured, warmup);
    entry(out, "load", text);
    entry_schedule(out, result);
}

static void entry_client(FILE *out, const struct result *result)
{
    char text[512], cpu[TEXT_BYTES];
    double busy = result_number(result, "client.busy_max");

    us_text(cpu, result_number(result, "client.cpu_us_per_op"));
    if (isfinite(busy)) {
        snprintf(text, sizeof text,
                 "shunt-bench on %s; its CPU time an operation %s, its busiest thread %.0f %% busy",
                 result_text(result, "client.backend"), cpu, 100 * busy);
        entry(out, "client", text);
    }
}

static void entry_machine(FILE *out, const struct result *result)
{
    char text[768], cpus[64] = "";
    const char *cpu = result_text(result, "host.cpu");
    double count = result_number(result, "environment.cpus");

    if (isfinite(count)) {
        snprintf(cpus, sizeof cpus, ", %g CPU%s", count, count == 1 ? "" : "s");
    }
    snprintf(text, sizeof text, "%s%s, Linux %s, %s", *cpu ? cpu : "unnamed CPU", cpus,
             result_text(result, "host.kernel"), result_text(result, "host.machine"));
    entry(out, "machine", text);
}

static void setup_of(const struct result *result, FILE *out)
{
    char protocol[300];

    snprintf(protocol, sizeof protocol, "%s, protocol %s", result_text(result, "url"),
             result_text(result, "protocol"));
    fputs("<dl>\n", out);
    entry(out, "target", protocol);
    entry_load(out, result);
    entry_client(out, result);
    entry_machine(out, result);
    entry(out, "time", result_text(result, "started_at"));
    entry_command(out, result);
    fputs("</dl>\n", out);
}

/* Servers of a comparison differ by their command only: the rest is said of the first one. */
static void setup_of_comparison(const struct page_part *part, FILE *out)
{
    const json_t *servers = json_object_get(part->comparison, "servers");

    setup_of(&part->results[0], out);
    fputs("<h3>Servers</h3>\n<dl>\n", out);
    for (size_t i = 0; i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        const char *name = json_string_value(json_object_get(server, "name"));
        const char *command = json_string_value(json_object_get(server, "command"));

        fputs("<dt>", out);
        chart_escape(out, name ? name : "");
        fputs("</dt><dd><code>", out);
        chart_escape(out, command ? command : "");
        fputs("</code></dd>\n", out);
    }
    fputs("</dl>\n", out);
}

void words_setup(const struct page_part *part, FILE *out)
{
    fputs("<section>\n<h2>How it was measured</h2>\n", out);
    if (part->comparison) {
        setup_of_comparison(part, out);
    }
    for (size_t i = 0; !part->comparison && i < part->count; i++) {
        if (part->count > 1) {
            fprintf(out, "<h3><i class=\"c%zu\"></i>", i % STYLE_COLOURS);
            chart_escape(out, part->results[i].name);
            fputs("</h3>\n", out);
        }
        setup_of(&part->results[i], out);
    }
    fputs("</section>\n", out);
}
