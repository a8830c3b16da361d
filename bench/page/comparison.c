#include "page/comparison.h"

#include "page/chart.h"
#include "page/style.h"

#include <math.h>
#include <string.h>

#define ROW_HEIGHT 40

static void label_share(char out[TEXT_BYTES], double share)
{
    chart_label_percent(out, round(share * 100));
}

static void label_few(char out[TEXT_BYTES], double value)
{
    snprintf(out, TEXT_BYTES, "%.3g", value);
}

static const struct metric {
    const char *member, *title, *caption;
    void (*label)(char out[TEXT_BYTES], double value);
} metrics[] = {
    {"rate_per_second", "Operations a second", "More is better.", chart_label_count},
    {"p50_us", "Latency, p50", "Less is better.", chart_label_time},
    {"p99_us", "Latency, p99", "Less is better.", chart_label_time},
    {"server_cpu_us_per_op", "Server CPU time an operation", "Less is better.", chart_label_time},
    {"server_system_calls_per_op", "System calls of the server an operation", "Less is better.",
     label_few},
    {"server_rss_bytes", "Server memory, resident", "Less is better.", chart_label_bytes},
    {"quota_used", "Share of its quota that a server used",
     "Who used less was not held back by it: its rate is not its capacity.", label_share},
    {"quota_throttled", "Periods in which the kernel stopped a server",
     "Because its share of the period was used up. Evidence that the quota is enforced.",
     label_share},
};

#define METRICS (sizeof metrics / sizeof *metrics)

static double number(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    return json_is_number(member) ? json_number_value(member) : NAN;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : "";
}

static const json_t *metric_of(const json_t *server, const struct metric *metric)
{
    return json_object_get(json_object_get(server, "metrics"), metric->member);
}

static bool metric_known(const json_t *servers, const struct metric *metric)
{
    for (size_t i = 0; i < json_array_size(servers); i++) {
        if (isfinite(number(metric_of(json_array_get(servers, i), metric), "median"))) {
            return true;
        }
    }
    return false;
}

/* --- the table of one figure --- */

static void value_cell(FILE *out, const struct metric *metric, double value)
{
    char label[TEXT_BYTES];

    if (isfinite(value)) {
        if (metric->label == chart_label_time) {
            text_time(label, value * 1e3);
        } else if (metric->label == chart_label_count) {
            text_count(label, value);
        } else {
            metric->label(label, value);
        }
        fprintf(out, "<td>%s</td>", label);
    } else {
        fputs("<td>-</td>", out);
    }
}

static void table_row(FILE *out, const struct metric *metric, const json_t *server, size_t i)
{
    const json_t *found = metric_of(server, metric);
    double ratio = number(found, "ratio");

    fprintf(out, "<tr><td><i class=\"c%zu\"></i>", i % STYLE_COLOURS);
    chart_escape(out, text(server, "name"));
    fputs("</td>", out);
    value_cell(out, metric, number(found, "median"));
    if (i > 0 && isfinite(ratio)) {
        fprintf(out, "<td>%.3f</td><td>", ratio);
        if (isfinite(number(found, "ratio_low"))) {
            fprintf(out, "%.3f to %.3f", number(found, "ratio_low"), number(found, "ratio_high"));
        }
        fputs("</td><td>", out);
        chart_escape(out, text(found, "verdict"));
        fputs("</td>", out);
    } else {
        fputs("<td></td><td></td><td></td>", out);
    }
    value_cell(out, metric, number(found, "min"));
    value_cell(out, metric, number(found, "max"));
    fputs("</tr>\n", out);
}

static void table(FILE *out, const struct metric *metric, const json_t *servers)
{
    fputs("<div class=\"scroll\"><table>\n<tr><th></th><th>median</th><th>ratio</th>"
          "<th>95 % interval</th><th></th><th>least</th><th>most</th></tr>\n",
          out);
    for (size_t i = 0; i < json_array_size(servers); i++) {
        table_row(out, metric, json_array_get(servers, i), i);
    }
    fputs("</table></div>\n", out);
}

/* --- a dot a round, a bar at the median --- */

static double most_of(const json_t *servers, const struct metric *metric)
{
    double most = 0;

    for (size_t i = 0; i < json_array_size(servers); i++) {
        double max = number(metric_of(json_array_get(servers, i), metric), "max");

        most = max > most ? max : most;
    }
    if (metric->label == label_share && most < 1) {
        return 1; /* all of it */
    }
    return most > 0 ? most : 1;
}

static void dots_axis(FILE *out, const struct metric *metric, const struct scale *scale,
                      unsigned steps, double bottom)
{
    double ticks[SCALE_TICKS_MAX];
    size_t count = scale_ticks(scale, steps, ticks);

    for (size_t i = 0; i < count; i++) {
        double at = scale_at(scale, ticks[i]);
        char label[TEXT_BYTES];

        metric->label(label, ticks[i]);
        fprintf(out,
                "<path class=\"grid\" d=\"M%.1f 4V%.1f\"/>"
                "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
                at, bottom, at, bottom + 16,
                i == 0               ? "start"
                : at > scale->to - 4 ? "end"
                                     : "middle",
                label);
    }
}

static void dots_row(FILE *out, const struct metric *metric, const struct scale *scale,
                     const json_t *server, size_t i)
{
    const json_t *rounds = json_object_get(server, "rounds");
    double y = (double)i * ROW_HEIGHT, median = number(metric_of(server, metric), "median");
    char label[TEXT_BYTES];

    fprintf(out, "<text class=\"axis\" x=\"4\" y=\"%.1f\">", y + 15);
    chart_escape(out, text(server, "name"));
    fputs("</text>\n", out);
    for (size_t round = 0; round < json_array_size(rounds); round++) {
        double value = number(json_array_get(rounds, round), metric->member);

        if (isfinite(value)) {
            fprintf(out, "<circle class=\"dot c%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>",
                    i % STYLE_COLOURS, scale_at(scale, value), y + 27);
        }
    }
    if (isfinite(median)) {
        metric->label(label, median);
        fprintf(out,
                "<path class=\"over\" d=\"M%.1f %.1fv18\"/>"
                "<rect class=\"tip\" x=\"0\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"><title>",
                scale_at(scale, median), y + 18, y, scale->to, ROW_HEIGHT);
        chart_escape(out, text(server, "name"));
        fprintf(out, "\nmedian %s</title></rect>\n", label);
    }
}

static void dots(FILE *out, const struct metric *metric, const json_t *servers)
{
    static const struct {
        const char *name;
        double width;
        unsigned steps;
    } sizes[] = {{"wide", 960, 10}, {"narrow", 360, 4}};
    double bottom = (double)json_array_size(servers) * ROW_HEIGHT + 4;

    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++) {
        struct scale scale = {
            .high = most_of(servers, metric), .from = 4, .to = sizes[size].width - 6};

        scale_round(&scale, sizes[size].steps);
        fprintf(out, "<svg class=\"%s\" viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"%s\">\n",
                sizes[size].name, sizes[size].width, bottom + 22, metric->title);
        dots_axis(out, metric, &scale, sizes[size].steps, bottom);
        for (size_t i = 0; i < json_array_size(servers); i++) {
            dots_row(out, metric, &scale, json_array_get(servers, i), i);
        }
        fputs("</svg>\n", out);
    }
}

static void method(const json_t *comparison, FILE *out)
{
    const json_t *notes = json_object_get(comparison, "notes");

    fprintf(out,
            "<section>\n<h2>The comparison</h2>\n<p>%lld interleaved rounds, each server started "
            "anew in each. Ratios are to <b>",
            (long long)json_integer_value(json_object_get(comparison, "rounds")));
    chart_escape(out, text(json_array_get(json_object_get(comparison, "servers"), 0), "name"));
    fputs("</b>: the median over rounds of what two servers did in the same round, with its 95 % "
          "interval by bootstrap. Curves below are of all rounds of a server together.</p>\n",
          out);
    for (size_t i = 0; i < json_array_size(notes); i++) {
        fputs("<p class=\"soft\">", out);
        chart_escape(out, json_string_value(json_array_get(notes, i)));
        fputs("</p>\n", out);
    }
    fputs("</section>\n", out);
}

static void warnings(const json_t *servers, FILE *out)
{
    for (size_t i = 0; i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        const json_t *sentences = json_object_get(server, "warnings");

        for (size_t at = 0; at < json_array_size(sentences); at++) {
            const char *sentence = json_string_value(json_array_get(sentences, at));

            fputs("<p class=\"warn\">", out);
            chart_escape(out, text(server, "name"));
            fputs(": ", out);
            chart_escape(out, sentence ? sentence : "");
            fputs("</p>\n", out);
        }
    }
}

json_t *comparison_run(const json_t *server)
{
    json_t *typical = json_object_get(server, "result");
    json_t *merged = json_object_get(server, "merged");
    json_t *run = json_is_object(typical) ? json_copy(typical) : NULL;

    if (run && json_is_object(merged)) {
        json_object_update(run, merged);
    }
    return run;
}

void comparison_write(const json_t *comparison, FILE *out)
{
    const json_t *servers = json_object_get(comparison, "servers");

    warnings(servers, out);
    method(comparison, out);
    for (size_t i = 0; i < METRICS; i++) {
        if (metric_known(servers, &metrics[i])) {
            fprintf(out,
                    "<figure>\n<h2>%s</h2>\n<figcaption>%s A dot is a round, the bar the "
                    "median.</figcaption>\n",
                    metrics[i].title, metrics[i].caption);
            dots(out, &metrics[i], servers);
            table(out, &metrics[i], servers);
            fputs("</figure>\n", out);
        }
    }
}
