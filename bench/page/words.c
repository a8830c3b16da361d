#include "page/words.h"

#include "page/chart.h"
#include "page/style.h"

#include <math.h>
#include <string.h>

static void us_text(char out[TEXT_BYTES], double us)
{
    if (isfinite(us)) {
        text_time(out, us * 1e3);
    } else {
        snprintf(out, TEXT_BYTES, "%s", "not known");
    }
}

static void count_text(char out[TEXT_BYTES], double count)
{
    if (isfinite(count)) {
        text_count(out, count);
    } else {
        snprintf(out, TEXT_BYTES, "%s", "not known");
    }
}

static void tile(FILE *out, const char *value, const char *what)
{
    fprintf(out, "<div><b>%s</b><span>%s</span></div>\n", value, what);
}

void words_tiles(const struct result *result, FILE *out)
{
    static const struct {
        const char *path, *what;
    } times[] = {{"latency_us.p50", "latency, p50"},
                 {"latency_us.p99", "latency, p99"},
                 {"latency_us.p999", "latency, p99.9"},
                 {"latency_us.max", "latency, the slowest"},
                 {"server_cpu_us_per_op", "server CPU an operation"}};
    char value[TEXT_BYTES];

    fputs("<div class=\"tiles\">\n", out);
    count_text(value, result_number(result, "rate_per_second"));
    tile(out, value, "operations a second");
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        us_text(value, result_number(result, times[i].path));
        tile(out, value, times[i].what);
    }
    if (isfinite(result_number(result, "server.system_calls_per_op"))) {
        snprintf(value, sizeof value, "%.3g", result_number(result, "server.system_calls_per_op"));
        tile(out, value, "system calls of the server an operation");
    }
    count_text(value, result_number(result, "completed"));
    tile(out, value, "completed");
    count_text(value, result_number(result, "errors_total"));
    tile(out, value, "errors");
    fputs("</div>\n", out);
}

static void table_cell(FILE *out, const char *value)
{
    fprintf(out, "<td>%s</td>", value);
}

static void ratio_text(char out[TEXT_BYTES], double value, double first)
{
    if (isfinite(value) && isfinite(first) && first > 0) {
        snprintf(out, TEXT_BYTES, "%.2f", value / first);
    } else {
        snprintf(out, TEXT_BYTES, "%s", "");
    }
}

static void table_row(const struct page_part *part, size_t i, FILE *out)
{
    static const char *const times[] = {"latency_us.p50", "latency_us.p99", "latency_us.p999",
                                        "latency_us.max", "server_cpu_us_per_op"};
    const struct result *result = &part->results[i];
    char value[TEXT_BYTES];

    fprintf(out, "<tr><td><i class=\"c%zu\"></i>", i % STYLE_COLOURS);
    chart_escape(out, result->name);
    fputs("</td>", out);
    count_text(value, result_number(result, "rate_per_second"));
    table_cell(out, value);
    ratio_text(value, result_number(result, "rate_per_second"),
               result_number(&part->results[0], "rate_per_second"));
    table_cell(out, value);
    for (size_t t = 0; t < sizeof times / sizeof *times; t++) {
        us_text(value, result_number(result, times[t]));
        table_cell(out, value);
    }
    ratio_text(value, result_number(result, "server_cpu_us_per_op"),
               result_number(&part->results[0], "server_cpu_us_per_op"));
    table_cell(out, value);
    count_text(value, result_number(result, "errors_total"));
    table_cell(out, value);
    fputs("</tr>\n", out);
}

void words_table(const struct page_part *part, FILE *out)
{
    fputs("<section>\n<h2>Figures</h2>\n<p class=\"soft\">Ratios are to the first row.</p>\n"
          "<div class=\"scroll\"><table>\n<tr><th></th><th>operations/s</th><th>ratio</th>"
          "<th>p50</th><th>p99</th><th>p99.9</th><th>slowest</th><th>server CPU/op</th>"
          "<th>ratio</th><th>errors</th></tr>\n",
          out);
    for (size_t i = 0; i < part->count; i++) {
        table_row(part, i, out);
    }
    fputs("</table></div>\n</section>\n", out);
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

void words_warnings(const struct page_part *part, FILE *out)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct result *result = &part->results[i];

        if (json_is_true(result_member(result, "client.limited"))) {
            warn(out, part, result,
                 "The client was over 90 % busy: rate and latency may be its limits and not the "
                 "server's. The server's CPU time an operation holds.");
        }
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
