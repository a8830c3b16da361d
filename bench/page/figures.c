/* Latency by percentile, and what goes over time; heat.c has the heat map. */
#include "page/figures.h"

#include "page/chart.h"
#include "page/style.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NINES_MAX    6.0
#define TIP_BYTES    1024
#define SPREAD_LOG   20 /* a range of values this large goes on a logarithmic axis */
#define TIP_ROWS_MAX 8

void figure_open(FILE *out, const char *title, const char *caption)
{
    fputs("<figure>\n<h2>", out);
    chart_escape(out, title);
    fputs("</h2>\n<figcaption>", out);
    chart_escape(out, caption);
    fputs("</figcaption>\n", out);
}

void figure_key(FILE *out, const struct result *results, size_t count)
{
    if (count < 2) {
        return;
    }
    fputs("<div class=\"key\">", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "<span><i class=\"c%zu\"></i>", i % STYLE_COLOURS);
        chart_escape(out, results[i].name);
        fputs("</span>\n", out);
    }
    fputs("</div>\n", out);
}

void figure_close(FILE *out)
{
    fputs("</figure>\n", out);
}

/* One line of a tip; with one run alone its name says nothing. */
static void tip_line(char tip[TIP_BYTES], const struct figures *figures, size_t run,
                     const char *value)
{
    size_t len = strlen(tip);

    if (figures->count > 1) {
        snprintf(tip + len, TIP_BYTES - len, "\n%s: %s", figures->results[run].name, value);
    } else {
        snprintf(tip + len, TIP_BYTES - len, "\n%s", value);
    }
}

/* --- by percentile --- */

static double most_nines(const struct figures *figures)
{
    uint64_t most = 0;

    for (size_t i = 0; i < figures->count; i++) {
        most = figures->results[i].total > most ? figures->results[i].total : most;
    }
    /* Beyond one operation in `most` there is nothing to know. */
    double nines = most > 1 ? ceil(log10((double)most) - 0.3) : 1;

    return nines < 2 ? 2 : nines > NINES_MAX ? NINES_MAX : nines;
}

/* The range of a run's latencies, widened into `scale`. */
static void widen_by_buckets(struct scale *scale, const struct result *result)
{
    if (result->bucket_count) {
        double low = result->buckets[0].low_us;
        double high = result->buckets[result->bucket_count - 1].high_us;

        scale->low = scale->low > 0 && scale->low < low ? scale->low : low;
        scale->high = scale->high > high ? scale->high : high;
    }
}

static void settle_latency_scale(struct scale *scale)
{
    scale->low = scale->low > 0.1 ? scale->low : 0.1;
    scale->logarithmic = scale->high > scale->low * SPREAD_LOG;
    if (!scale->logarithmic) {
        scale->low = 0;
    }
}

static void percentile_curve(const struct chart *chart, const struct result *result, size_t run,
                             double most)
{
    struct chart_point *points = calloc(result->bucket_count + 1, sizeof *points);
    double floor_share = result->total ? 1 / (double)result->total : 1;
    uint64_t sum = 0;

    if (!points || !result->bucket_count) {
        free(points);
        return;
    }
    points[0].y = result->buckets[0].low_us;
    for (size_t i = 0; i < result->bucket_count; i++) {
        sum += result->buckets[i].count;
        double above = 1 - (double)sum / (double)result->total;

        /* The slowest operation stands where one in `total` stands. */
        points[i + 1].x = scale_nines(1 - (above > floor_share ? above : floor_share), most);
        points[i + 1].y = result->buckets[i].high_us;
    }
    chart_curve(chart, (unsigned)(run % STYLE_COLOURS), result->name, points,
                result->bucket_count + 1);
    free(points);
}

static void percentile_tips(const struct chart *chart, const struct figures *figures, double most)
{
    const double step = 0.1;

    for (int column = 0; column * step < most - step / 2; column++) {
        double from = column * step;
        double share = 1 - pow(10, -(from + step / 2));
        char tip[TIP_BYTES];

        snprintf(tip, sizeof tip, "%.*f %% took at most", from < 2 ? 1 : 4, share * 100);
        for (size_t i = 0; i < figures->count && i < TIP_ROWS_MAX; i++) {
            char value[TEXT_BYTES];

            if (figures->results[i].total) {
                text_time(value, 1e3 * result_quantile(&figures->results[i], share, NULL));
                tip_line(tip, figures, i, value);
            }
        }
        chart_tip(chart, from, from + step, tip);
    }
}

void figure_percentiles_drawing(const struct figures *figures, enum chart_size size,
                                const char *what)
{
    static const double ticks[] = {0, 0.30103, 1, 2, 3, 4, 5, 6};
    double most = most_nines(figures);
    struct scale latency = {0};

    for (size_t i = 0; i < figures->count; i++) {
        widen_by_buckets(&latency, &figures->results[i]);
    }
    settle_latency_scale(&latency);
    struct chart chart = {
        .x = {{.low = 0, .high = most}, "percentile", chart_label_nines, ticks, 8},
        .y = {latency, "latency", chart_label_time, NULL, 0},
    };

    chart_open(&chart, figures->out, size, what);
    for (size_t i = 0; i < figures->count; i++) {
        percentile_curve(&chart, &figures->results[i], i, most);
    }
    percentile_tips(&chart, figures, most);
    chart_close(&chart);
}

static void draw_percentiles(const struct figures *figures, const char *what)
{
    for (int size = 0; size < CHART_SIZES; size++) {
        figure_percentiles_drawing(figures, (enum chart_size)size, what);
    }
}

bool figures_have_latency(const struct figures *figures)
{
    for (size_t i = 0; i < figures->count; i++) {
        if (figures->results[i].bucket_count) {
            return true;
        }
    }
    return false;
}

void figure_percentiles(const struct figures *figures, const char *title)
{
    if (!figures_have_latency(figures)) {
        return;
    }
    figure_open(figures->out, title,
                "What share of the operations took no longer. Every nine to the right leaves a "
                "tenth of the slowest.");
    figure_key(figures->out, figures->results, figures->count);
    draw_percentiles(figures, title);
    figure_close(figures->out);
}

void figure_phases(const struct figures *figures)
{
    static const struct {
        const char *path, *name;
    } phases[] = {{"phases.connect", "connected"},
                  {"phases.first_byte", "first byte of the answer"},
                  {"phases.complete", "answer complete"},
                  {"phases.first_echo", "first echo"}};
    struct result found[sizeof phases / sizeof *phases];
    size_t count = 0;

    for (size_t i = 0; figures->count == 1 && i < sizeof phases / sizeof *phases; i++) {
        if (result_part(&figures->results[0], phases[i].path, phases[i].name, &found[count])) {
            count++;
        }
    }
    if (count > 1) {
        struct figures by_phase = {figures->out, found, count};

        figure_open(figures->out, "Phases by percentile",
                    "When an operation had come so far, from its start. Where answers come in one "
                    "piece, their first byte and their end are one curve.");
        figure_key(figures->out, found, count);
        draw_percentiles(&by_phase, "Phases by percentile");
        figure_close(figures->out);
    }
    while (count > 0) {
        result_fini(&found[--count]);
    }
}

/* --- over time --- */

bool figures_have_time(const struct figures *figures)
{
    for (size_t i = 0; i < figures->count; i++) {
        if (figures->results[i].second_count >= FIGURE_SECONDS_MIN) {
            return true;
        }
    }
    return false;
}

struct over_time {
    const char *title, *caption, *axis;
    double (*value)(const struct result_second *second);
    void (*label)(char out[TEXT_BYTES], double value);
};

static double value_rate(const struct result_second *second)
{
    return second->rate;
}

static double value_open(const struct result_second *second)
{
    return second->open;
}

static double value_errors(const struct result_second *second)
{
    return second->errors;
}

static double value_cpu(const struct result_second *second)
{
    return second->server_cpu_percent;
}

static double value_rss(const struct result_second *second)
{
    return second->server_rss_bytes;
}

/* The ranges of both axes; false: no run knows the value. */
static bool ranges(const struct figures *figures, const struct over_time *over, struct scale *time,
                   struct scale *values)
{
    bool any = false;

    for (size_t i = 0; i < figures->count; i++) {
        for (size_t s = 0; s < figures->results[i].second_count; s++) {
            const struct result_second *second = &figures->results[i].seconds[s];
            double value = over->value(second);

            if (isfinite(value)) {
                any = true;
                time->high = second->t_s > time->high ? second->t_s : time->high;
                values->high = value > values->high ? value : values->high;
            }
        }
    }
    return any;
}

static void time_curve(const struct chart *chart, const struct result *result, size_t run,
                       const struct over_time *over)
{
    struct chart_point *points = calloc(result->second_count + 1, sizeof *points);

    if (!points || !result->second_count) {
        free(points);
        return;
    }
    for (size_t i = 0; i < result->second_count; i++) {
        points[i] = (struct chart_point){result->seconds[i].t_s, over->value(&result->seconds[i])};
    }
    chart_curve(chart, (unsigned)(run % STYLE_COLOURS), result->name, points, result->second_count);
    free(points);
}

/* The second of a run that ends at or behind `t_s`; NULL behind its end. */
static const struct result_second *second_at(const struct result *result, double t_s)
{
    for (size_t i = 0; i < result->second_count; i++) {
        if (result->seconds[i].t_s >= t_s) {
            return &result->seconds[i];
        }
    }
    return NULL;
}

static void time_tips(const struct chart *chart, const struct figures *figures,
                      const struct over_time *over, double end_s)
{
    double step = end_s > 120 ? end_s / 120 : 1;

    for (int column = 0; column * step < end_s - 0.01; column++) {
        double from = column * step;
        double to = from + step < end_s ? from + step : end_s;
        char tip[TIP_BYTES];

        snprintf(tip, sizeof tip, "up to %.4g s", to);
        for (size_t i = 0; i < figures->count && i < TIP_ROWS_MAX; i++) {
            const struct result_second *second = second_at(&figures->results[i], (from + to) / 2);
            char value[TEXT_BYTES];

            if (second && isfinite(over->value(second))) {
                over->label(value, over->value(second));
                tip_line(tip, figures, i, value);
            }
        }
        chart_tip(chart, from, to, tip);
    }
}

static void figure_over_time(const struct figures *figures, const struct over_time *over)
{
    struct scale time = {0}, values = {0};

    if (!ranges(figures, over, &time, &values)) {
        return;
    }
    figure_open(figures->out, over->title, over->caption);
    figure_key(figures->out, figures->results, figures->count);
    for (int size = 0; size < CHART_SIZES; size++) {
        struct chart chart = {
            .x = {time, "time", chart_label_seconds, NULL, 0},
            .y = {values, over->axis, over->label, NULL, 0},
        };

        chart_open(&chart, figures->out, (enum chart_size)size, over->title);
        for (size_t i = 0; i < figures->count; i++) {
            time_curve(&chart, &figures->results[i], i, over);
        }
        time_tips(&chart, figures, over, time.high);
        chart_close(&chart);
    }
    figure_close(figures->out);
}

void figure_rate(const struct figures *figures)
{
    figure_over_time(figures,
                     &(struct over_time){"Rate over time", "Completed operations in each second.",
                                         "operations a second", value_rate, chart_label_count});
}

void figure_population(const struct figures *figures)
{
    figure_over_time(figures, &(struct over_time){"Population over time",
                                                  "Connections that are open at each second's end.",
                                                  "connections", value_open, chart_label_count});
}

void figure_errors(const struct figures *figures)
{
    struct over_time over = {"Errors over time", "Failures of any kind in each second.",
                             "errors a second", value_errors, chart_label_count};
    struct scale time = {0}, values = {0};

    if (!ranges(figures, &over, &time, &values)) {
        return;
    }
    if (values.high > 0) {
        figure_over_time(figures, &over);
        return;
    }
    figure_open(figures->out, over.title, "There were no errors in any second.");
    figure_close(figures->out);
}

void figure_cpu(const struct figures *figures)
{
    figure_over_time(figures, &(struct over_time){"Server CPU over time",
                                                  "Of the server's process: 100 % is one core.",
                                                  "CPU", value_cpu, chart_label_percent});
}

void figure_memory(const struct figures *figures)
{
    figure_over_time(figures, &(struct over_time){"Server memory over time",
                                                  "Resident memory of the server's process.",
                                                  "resident", value_rss, chart_label_bytes});
}
