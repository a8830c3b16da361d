#include "compare/outcome.h"

#include "compare/statistics.h"
#include "report.h"
#include "result.h"
#include "text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct metric {
    const char *name, *path, *title;
    bool more_is_better;
    enum { COUNT, TIME, KILOBYTES } unit;
} metrics[] = {
    {"rate_per_second", "rate_per_second", "operations a second (more is better)", true, COUNT},
    {"p50_us", "latency_us.p50", "latency, p50 (less is better)", false, TIME},
    {"p99_us", "latency_us.p99", "latency, p99 (less is better)", false, TIME},
    {"server_cpu_us_per_op", "server_cpu_us_per_op", "server CPU an operation (less is better)",
     false, TIME},
    {"server_rss_bytes", "server.rss_bytes", "server memory, resident (less is better)", false,
     KILOBYTES},
};

#define METRICS (sizeof metrics / sizeof *metrics)

static double round_value(const struct outcome_server *server, size_t round, const char *path)
{
    struct result result = {.json = server->rounds[round]};

    return result.json ? result_number(&result, path) : NAN;
}

static json_t *known(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static double *values_of(const struct outcome *outcome, size_t server, const struct metric *metric)
{
    double *values = calloc(outcome->rounds + 1, sizeof *values);

    for (size_t i = 0; values && i < outcome->rounds; i++) {
        values[i] = round_value(&outcome->servers[server], i, metric->path);
    }
    return values;
}

/* Finite values first; how many. */
static size_t keep_known(double *values, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (isfinite(values[i])) {
            values[kept++] = values[i];
        }
    }
    return kept;
}

static json_t *metric_json(const struct outcome *outcome, size_t server,
                           const struct metric *metric)
{
    double *ours = values_of(outcome, server, metric), *base = values_of(outcome, 0, metric);
    struct statistics_ratio ratio;
    json_t *json = NULL;

    if (ours && base && statistics_ratio(ours, base, outcome->rounds, outcome->seed, &ratio)) {
        size_t count = keep_known(ours, outcome->rounds);
        double median = statistics_median(ours, count); /* and now they are sorted */

        json = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "median", known(median), "min",
                         known(count ? ours[0] : NAN), "max", known(count ? ours[count - 1] : NAN),
                         "ratio", known(ratio.ratio), "ratio_low", known(ratio.low), "ratio_high",
                         known(ratio.high), "verdict",
                         server == 0 ? "" : statistics_verdict(&ratio, metric->more_is_better));
    }
    free(ours);
    free(base);
    return json;
}

static json_t *round_json(const struct outcome_server *server, size_t round)
{
    json_t *json = json_object();

    if (!server->rounds[round]) {
        json_decref(json);
        return json_null();
    }
    for (size_t i = 0; i < METRICS; i++) {
        json_object_set_new(json, metrics[i].name,
                            known(round_value(server, round, metrics[i].path)));
    }
    json_object_set_new(json, "errors", known(round_value(server, round, "errors_total")));
    return json;
}

/* The round whose rate is the median one, of an even number the lower: its curves stand for all. */
static json_t *typical_round(const struct outcome *outcome, const struct outcome_server *server)
{
    json_t *best = NULL;

    for (size_t i = 0; i < outcome->rounds; i++) {
        double rate = round_value(server, i, "rate_per_second");
        size_t below = 0, above = 0;

        for (size_t other = 0; other < outcome->rounds; other++) {
            double theirs = round_value(server, other, "rate_per_second");

            below += theirs < rate || (theirs == rate && other < i);
            above += theirs > rate || (theirs == rate && other > i);
        }
        if (server->rounds[i] && (below == above || below + 1 == above)) {
            best = server->rounds[i];
        }
    }
    return best ? json_incref(best) : json_null();
}

static json_t *server_json(const struct outcome *outcome, size_t server)
{
    const struct outcome_server *of = &outcome->servers[server];
    json_t *found = json_object(), *rounds = json_array();

    for (size_t i = 0; i < METRICS; i++) {
        json_object_set_new(found, metrics[i].name, metric_json(outcome, server, &metrics[i]));
    }
    for (size_t i = 0; i < outcome->rounds; i++) {
        json_array_append_new(rounds, round_json(of, i));
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "name", of->name, "command", of->command,
                     "metrics", found, "rounds", rounds, "result", typical_round(outcome, of));
}

json_t *outcome_json(const struct outcome *outcome)
{
    json_t *servers = json_array(), *scenario = json_array();

    for (size_t i = 0; i < outcome->server_count; i++) {
        json_array_append_new(servers, server_json(outcome, i));
    }
    for (char *const *word = outcome->scenario; *word; word++) {
        json_array_append_new(scenario, json_string(*word));
    }
    return json_pack("{s:i, s:s, s:I, s:I, s:f, s:o, s:O, s:o}", "schema", REPORT_SCHEMA, "kind",
                     "comparison", "rounds", (json_int_t)outcome->rounds, "seed",
                     (json_int_t)outcome->seed, "confidence", 0.95, "scenario", scenario, "notes",
                     outcome->notes, "servers", servers);
}

/* --- the table --- */

static double number(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    return json_is_number(member) ? json_number_value(member) : NAN;
}

static void print_value(const struct metric *metric, double value, FILE *out)
{
    char text[TEXT_BYTES], count[TEXT_BYTES];

    if (!isfinite(value)) {
        snprintf(text, sizeof text, "-");
    } else if (metric->unit == TIME) {
        text_time(text, value * 1e3);
    } else if (metric->unit == KILOBYTES) {
        text_count(count, value / 1e3);
        snprintf(text, sizeof text, "%.*s kB", TEXT_BYTES - 4, count);
    } else {
        text_count(text, value);
    }
    fprintf(out, " %9s", text);
}

static void print_row(const struct metric *metric, const json_t *server, int width, bool first,
                      FILE *out)
{
    const json_t *found = json_object_get(json_object_get(server, "metrics"), metric->name);
    double ratio = number(found, "ratio"), low = number(found, "ratio_low");

    fprintf(out, "    %-*s", width, json_string_value(json_object_get(server, "name")));
    print_value(metric, number(found, "median"), out);
    fputs("  (", out);
    print_value(metric, number(found, "min"), out);
    fputs(" to", out);
    print_value(metric, number(found, "max"), out);
    fputs(")", out);
    if (!first && isfinite(ratio)) {
        fprintf(out, "   x %.3f", ratio);
        if (isfinite(low)) {
            fprintf(out, " (%.3f to %.3f)", low, number(found, "ratio_high"));
        }
        fprintf(out, "  %s", json_string_value(json_object_get(found, "verdict")));
    }
    fputc('\n', out);
}

static bool any_known(const json_t *servers, const struct metric *metric)
{
    for (size_t i = 0; i < json_array_size(servers); i++) {
        const json_t *found =
            json_object_get(json_object_get(json_array_get(servers, i), "metrics"), metric->name);

        if (isfinite(number(found, "median"))) {
            return true;
        }
    }
    return false;
}

static int longest_name(const json_t *servers)
{
    size_t longest = 0;

    for (size_t i = 0; i < json_array_size(servers); i++) {
        size_t len = json_string_length(json_object_get(json_array_get(servers, i), "name"));

        longest = len > longest ? len : longest;
    }
    return (int)longest;
}

/* Rounds that gave nothing, and errors in those that did. */
static void print_troubles(const json_t *server, FILE *out)
{
    const json_t *rounds = json_object_get(server, "rounds");
    const char *name = json_string_value(json_object_get(server, "name"));
    size_t missing = 0;
    double errors = 0;

    for (size_t i = 0; i < json_array_size(rounds); i++) {
        const json_t *round = json_array_get(rounds, i);

        missing += json_is_null(round);
        errors += json_is_null(round) ? 0 : number(round, "errors");
    }
    if (missing) {
        fprintf(out, "  WARNING  %s: no result in %zu of %zu rounds\n", name, missing,
                json_array_size(rounds));
    }
    if (errors > 0) {
        fprintf(out, "  WARNING  %s: %.0f errors\n", name, errors);
    }
    if (json_is_true(json_object_get(json_object_get(json_object_get(server, "result"), "client"),
                                     "limited"))) {
        fprintf(out,
                "  WARNING  %s: the client was over 90 %% busy, its limit may be what was "
                "measured; --quota holds the server instead\n",
                name);
    }
}

void outcome_table(const json_t *comparison, FILE *out)
{
    const json_t *servers = json_object_get(comparison, "servers");
    const json_t *notes = json_object_get(comparison, "notes");
    int width = longest_name(servers);

    fprintf(out, "%lld interleaved rounds; median (least to most), ratio to %s (95 %% interval)\n",
            (long long)json_integer_value(json_object_get(comparison, "rounds")),
            json_string_value(json_object_get(json_array_get(servers, 0), "name")));
    for (size_t i = 0; i < json_array_size(notes); i++) {
        fprintf(out, "%s\n", json_string_value(json_array_get(notes, i)));
    }
    for (size_t i = 0; i < METRICS; i++) {
        if (any_known(servers, &metrics[i])) {
            fprintf(out, "  %s\n", metrics[i].title);
            for (size_t s = 0; s < json_array_size(servers); s++) {
                print_row(&metrics[i], json_array_get(servers, s), width, s == 0, out);
            }
        }
    }
    for (size_t i = 0; i < json_array_size(servers); i++) {
        print_troubles(json_array_get(servers, i), out);
    }
}
