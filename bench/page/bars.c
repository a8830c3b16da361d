#include "page/bars.h"

#include "page/chart.h"

#include <math.h>
#include <string.h>

#define ROW_HEIGHT      36.0
#define BAR_HEIGHT      20.0
#define CHARACTER_WIDTH 8.0   /* of a name, about */
#define FIGURE_WIDTH    150.0 /* value and ratio behind the longest bar */
#define NAME_WIDTH_MAX  260.0

static void label_time(char out[TEXT_BYTES], double us)
{
    text_time(out, us * 1e3);
}

struct bars_chart {
    const char *name, *member; /* of metrics */
    const char *title;         /* with %s for an operation */
    bool plural;               /* of operations, at the title's start */
    bool more_is_better;
    bool capacity; /* it says little of a server that was not the limit */
    void (*label)(char out[TEXT_BYTES], double value);
};

static const struct bars_chart charts[] = {
    {"cpu", "server_cpu_us_per_op", "Server CPU time %s", false, false, false, label_time},
    {"rate", "rate_per_second", "%s a second", true, true, true, text_count},
    {"p50", "p50_us", "Latency of %s, median", false, false, false, label_time},
    {"p99", "p99_us", "Latency of %s, 99 %% take no longer", false, false, false, label_time},
    {"memory", "server_rss_bytes", "Server memory, resident", false, false, false,
     chart_label_bytes},
};

const struct bars_chart *bars_chart(const char *name)
{
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++) {
        if (strcmp(charts[i].name, name) == 0) {
            return &charts[i];
        }
    }
    return NULL;
}

static double number(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    return json_is_number(member) ? json_number_value(member) : NAN;
}

static const json_t *server_at(const json_t *comparison, size_t i)
{
    return json_array_get(json_object_get(comparison, "servers"), i);
}

static size_t server_count(const json_t *comparison)
{
    return json_array_size(json_object_get(comparison, "servers"));
}

static const char *server_name(const json_t *server)
{
    const char *name = json_string_value(json_object_get(server, "name"));

    return name ? name : "";
}

static const json_t *metric_of(const struct bars_chart *chart, const json_t *server)
{
    return json_object_get(json_object_get(server, "metrics"), chart->member);
}

/* Where few rounds give no interval, their range stands for it. */
static bool has_interval(const struct bars_chart *chart, const json_t *server)
{
    return isfinite(number(metric_of(chart, server), "median_low"));
}

static double whisker(const struct bars_chart *chart, const json_t *server, bool high)
{
    const char *end = has_interval(chart, server) ? (high ? "median_high" : "median_low")
                                                  : (high ? "max" : "min");

    return number(metric_of(chart, server), end);
}

bool bars_known(const struct bars_chart *chart, const json_t *comparison)
{
    for (size_t i = 0; i < server_count(comparison); i++) {
        if (isfinite(number(metric_of(chart, server_at(comparison, i)), "median"))) {
            return true;
        }
    }
    return false;
}

void bars_title(const struct bars_chart *chart, const char *scenario, FILE *out)
{
    static const struct {
        const char *scenario, *one, *many;
    } operations[] = {{"handshake", "a handshake", "Handshakes"},
                      {"http", "a request", "Requests"},
                      {"echo", "a message", "Messages"},
                      {"churn", "an arrival", "Arrivals"},
                      {"", "an operation", "Operations"}};
    const char *mark = strstr(chart->title, "%s");
    size_t at = 0;

    while (operations[at].scenario[0] && strcmp(operations[at].scenario, scenario) != 0) {
        at++;
    }
    if (!mark) {
        fputs(chart->title, out);
        return;
    }
    fprintf(out, "%.*s%s", (int)(mark - chart->title), chart->title,
            chart->plural ? operations[at].many : operations[at].one);
    for (mark += 2; *mark; mark++) {
        fputc(*mark, out);
        mark += mark[0] == '%' && mark[1] == '%';
    }
}

void bars_caption(const struct bars_chart *chart, const json_t *comparison, FILE *out)
{
    long long rounds = json_integer_value(json_object_get(comparison, "rounds"));
    bool interval = false;

    for (size_t i = 0; i < server_count(comparison); i++) {
        interval = interval || has_interval(chart, server_at(comparison, i));
    }
    fprintf(out, "%s is better. Median of %lld interleaved round%s; whiskers: %s.",
            chart->more_is_better ? "More" : "Less", rounds, rounds == 1 ? "" : "s",
            interval ? "its 95 % interval" : "least and most");
    if (server_count(comparison) > 1) {
        fputs(" Ratios within rounds, to ", out);
        chart_escape(out, server_name(server_at(comparison, 0)));
        fputs(".", out);
    }
}

/* A server that did not use what it was given. */
static bool marked(const struct bars_chart *chart, const json_t *server)
{
    return chart->capacity && json_is_false(json_object_get(server, "quota_reached"));
}

const char *bars_footnote(const struct bars_chart *chart, const json_t *comparison)
{
    for (size_t i = 0; i < server_count(comparison); i++) {
        if (marked(chart, server_at(comparison, i))) {
            return "* It did not use its quota: something else was the limit, and this is not its "
                   "capacity.";
        }
    }
    return "";
}

double bars_height(const json_t *comparison)
{
    return (double)server_count(comparison) * ROW_HEIGHT;
}

/* From 0 to the longest bar or whisker, between names and figures. */
static struct scale bars_scale(const struct bars_chart *chart, const json_t *comparison,
                               double width, double margin)
{
    struct scale scale = {.to = width - margin - FIGURE_WIDTH};
    double names = 0;

    for (size_t i = 0; i < server_count(comparison); i++) {
        const json_t *server = server_at(comparison, i);
        double high = whisker(chart, server, true);
        double median = number(metric_of(chart, server), "median");
        double name = (double)strlen(server_name(server)) * CHARACTER_WIDTH + 14;

        scale.high = high > scale.high ? high : scale.high;
        scale.high = median > scale.high ? median : scale.high;
        names = name > names ? name : names;
    }
    scale.high = scale.high > 0 ? scale.high : 1;
    scale.from = margin + (names > NAME_WIDTH_MAX ? NAME_WIDTH_MAX : names);
    return scale;
}

/* Value and ratio, behind whatever reaches farther. */
static void write_figure(const struct bars_chart *chart, const json_t *server, bool first, double x,
                         double y, FILE *out)
{
    const json_t *metric = metric_of(chart, server);
    double ratio = number(metric, "ratio");
    char value[TEXT_BYTES];

    chart->label(value, number(metric, "median"));
    fprintf(out, "<text class=\"value\" x=\"%.1f\" y=\"%.1f\">%s%s", x, y, value,
            marked(chart, server) ? " *" : "");
    if (!first && isfinite(ratio)) {
        fprintf(out, "<tspan class=\"ratio\" dx=\"8\">%.2f x</tspan>", ratio);
    }
    fputs("</text>\n", out);
}

static void write_row(const struct bars_chart *chart, const json_t *server, bool first,
                      const struct scale *scale, double middle, double margin, FILE *out)
{
    double median = number(metric_of(chart, server), "median");
    double low = whisker(chart, server, false), high = whisker(chart, server, true);

    fprintf(out, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\">", margin, middle + 5);
    chart_escape(out, server_name(server));
    fputs("</text>\n", out);
    if (!isfinite(median)) {
        fprintf(out, "<text class=\"note\" x=\"%.1f\" y=\"%.1f\">no result</text>\n",
                scale->from + 6, middle + 5);
        return;
    }
    double end = scale_at(scale, median);

    fprintf(out,
            "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%g\" rx=\"2\"/>\n",
            scale->from, middle - BAR_HEIGHT / 2, end - scale->from, BAR_HEIGHT);
    if (isfinite(low) && isfinite(high)) {
        fprintf(out, "<path class=\"over\" d=\"M%.1f %.1fv10m0 -5H%.1fm0 -5v10\"/>\n",
                scale_at(scale, low), middle - 5, scale_at(scale, high));
        end = fmax(end, scale_at(scale, high));
    }
    write_figure(chart, server, first, end + 10, middle + 5, out);
}

void bars_write(const struct bars_chart *chart, const json_t *comparison, double top, double width,
                double margin, FILE *out)
{
    struct scale scale = bars_scale(chart, comparison, width, margin);

    for (size_t i = 0; i < server_count(comparison); i++) {
        write_row(chart, server_at(comparison, i), i == 0, &scale,
                  top + ((double)i + 0.5) * ROW_HEIGHT, margin, out);
    }
    fprintf(out, "<path class=\"frame\" d=\"M%.1f %.1fV%.1f\"/>\n", scale.from, top,
            top + bars_height(comparison));
}
