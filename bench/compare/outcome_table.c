/* A comparison for people, from its JSON alone. */
#include "compare/outcome.h"

#include "compare/metric.h"
#include "report/text.h"

#include <math.h>

static void print_value(const struct metric *metric, double value, FILE *out)
{
    char text[TEXT_BYTES];

    if (!isfinite(value)) {
        snprintf(text, sizeof text, "-");
    } else if (metric->unit == METRIC_TIME) {
        text_time(text, value * 1e3);
    } else if (metric->unit == METRIC_BYTES) {
        text_bytes(text, value);
    } else if (metric->unit == METRIC_PERCENT) {
        snprintf(text, sizeof text, "%.0f %%", 100 * value);
    } else if (metric->unit == METRIC_FEW) {
        snprintf(text, sizeof text, "%.3f", value);
    } else {
        text_count(text, value);
    }
    fprintf(out, " %9s", text);
}

static void print_row(const struct metric *metric, const json_t *server, int width, bool first,
                      FILE *out)
{
    const json_t *found = json_object_get(json_object_get(server, "metrics"), metric->name);
    double ratio = metric_member(found, "ratio"), low = metric_member(found, "ratio_low");

    fprintf(out, "    %-*s", width, json_string_value(json_object_get(server, "name")));
    print_value(metric, metric_member(found, "median"), out);
    fputs("  (", out);
    print_value(metric, metric_member(found, "min"), out);
    fputs(" to", out);
    print_value(metric, metric_member(found, "max"), out);
    fputs(")", out);
    if (!first && isfinite(ratio)) {
        fprintf(out, "   x %.3f", ratio);
        if (isfinite(low)) {
            fprintf(out, " (%.3f to %.3f)", low, metric_member(found, "ratio_high"));
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

        if (isfinite(metric_member(found, "median"))) {
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

static void print_warnings(const json_t *server, FILE *out)
{
    const json_t *sentences = json_object_get(server, "warnings");

    for (size_t i = 0; i < json_array_size(sentences); i++) {
        fprintf(out, "  WARNING  %s: %s\n", json_string_value(json_object_get(server, "name")),
                json_string_value(json_array_get(sentences, i)));
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
        print_warnings(json_array_get(servers, i), out);
    }
}
