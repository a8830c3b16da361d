/* What --find-max tried. A dot kept the bound and a cross did not, so that no colour is needed. */
#include "page/chart.h"
#include "page/figures.h"
#include "page/style.h"

#include <math.h>

#define ARM      5.0  /* of a cross */
#define REACH    11.0 /* around a try, where the pointer shows it */
#define LOG_FROM 20   /* a range of latencies this large goes on a logarithmic axis */

static double number(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);

    return json_is_number(member) ? json_number_value(member) : NAN;
}

static const json_t *tries_of(const struct result *result)
{
    return result_member(result, "find_max.tries");
}

static bool drawable(const json_t *tried)
{
    return isfinite(number(tried, "rate")) && number(tried, "latency_us") > 0;
}

static void widen(struct scale *scale, double value)
{
    if (isfinite(value) && value > 0) {
        scale->low = scale->low > 0 && scale->low < value ? scale->low : value;
        scale->high = scale->high > value ? scale->high : value;
    }
}

/* The ranges of both axes, with the bounds inside; false: nothing was searched. */
static bool ranges(const struct figures *figures, struct scale *rates, struct scale *latencies)
{
    bool any = false;

    for (size_t run = 0; run < figures->count; run++) {
        const json_t *tries = tries_of(&figures->results[run]);

        for (size_t i = 0; i < json_array_size(tries); i++) {
            const json_t *tried = json_array_get(tries, i);

            if (drawable(tried)) {
                any = true;
                widen(rates, number(tried, "rate"));
                widen(latencies, number(tried, "latency_us"));
            }
        }
        widen(latencies, result_number(&figures->results[run], "find_max.bound_us"));
    }
    double margin = (rates->high - rates->low) / 20; /* so that no try lies on the frame */

    rates->low -= margin;
    rates->high += margin;
    latencies->high *= 1.1;
    latencies->logarithmic = latencies->high > latencies->low * LOG_FROM;
    latencies->low = latencies->logarithmic ? latencies->low / 1.1 : 0;
    return any;
}

static void draw_try(const struct chart *chart, unsigned colour, const json_t *tried)
{
    double x = scale_at(&chart->x.scale, number(tried, "rate"));
    double y = scale_at(&chart->y.scale, number(tried, "latency_us"));

    if (json_is_true(json_object_get(tried, "kept"))) {
        fprintf(chart->out, "<circle class=\"dot try c%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>\n",
                colour, x, y);
    } else {
        fprintf(chart->out,
                "<path class=\"curve try c%u\" d=\"M%.1f %.1fl%g %gM%.1f %.1fl%g -%g\"/>\n", colour,
                x - ARM, y - ARM, 2 * ARM, 2 * ARM, x - ARM, y + ARM, 2 * ARM, 2 * ARM);
    }
}

static void tip_of(const struct chart *chart, size_t index, const json_t *tried)
{
    char rate[TEXT_BYTES], done[TEXT_BYTES], latency[TEXT_BYTES];

    text_count(rate, number(tried, "rate"));
    text_count(done, number(tried, "done_per_second"));
    text_time(latency, number(tried, "latency_us") * 1e3);
    fprintf(chart->out,
            "<circle class=\"tip\" cx=\"%.1f\" cy=\"%.1f\" r=\"%g\"><title>try %zu: %s\n%s a "
            "second due\n%s done\n%s\nerrors %.0f</title></circle>\n",
            scale_at(&chart->x.scale, number(tried, "rate")),
            scale_at(&chart->y.scale, number(tried, "latency_us")), REACH, index + 1,
            json_is_true(json_object_get(tried, "kept")) ? "kept" : "not kept", rate, done, latency,
            number(tried, "errors"));
}

static void draw_run(const struct chart *chart, const struct result *result, size_t run)
{
    const json_t *tries = tries_of(result);
    double bound_us = result_number(result, "find_max.bound_us");

    if (isfinite(bound_us)) {
        fprintf(chart->out,
                "<path class=\"over dashed\" data-name=\"bound\" d=\"M%.1f %.1fH%.1f\"/>\n",
                chart->left, scale_at(&chart->y.scale, bound_us), chart->right);
    }
    for (size_t i = 0; i < json_array_size(tries); i++) {
        if (drawable(json_array_get(tries, i))) {
            draw_try(chart, (unsigned)(run % STYLE_COLOURS), json_array_get(tries, i));
        }
    }
    for (size_t i = 0; i < json_array_size(tries); i++) {
        if (drawable(json_array_get(tries, i))) {
            tip_of(chart, i, json_array_get(tries, i));
        }
    }
}

/* "ws://...: 94,408 operations a second is the highest rate that kept p99 within 10.0 ms." */
static void sentence(const struct figures *figures, const struct result *result)
{
    char rate[TEXT_BYTES], bound[TEXT_BYTES];

    if (!json_is_object(result_member(result, "find_max"))) {
        return;
    }
    text_count(rate, result_number(result, "find_max.rate"));
    text_time(bound, result_number(result, "find_max.bound_us") * 1e3);
    fputs("<p>", figures->out);
    if (figures->count > 1) {
        chart_escape(figures->out, result->name);
        fputs(": ", figures->out);
    }
    fprintf(figures->out,
            "<b>%s</b> operations a second is the highest rate that kept p%g within %s.</p>\n",
            rate, 100 * result_number(result, "find_max.quantile"), bound);
}

static void key(const struct figures *figures)
{
    fputs("<div class=\"key\"><span><svg class=\"mark\" viewBox=\"0 0 12 12\"><circle class=\"dot "
          "c0\" cx=\"6\" cy=\"6\" r=\"5\"/></svg>kept</span><span><svg class=\"mark\" viewBox=\"0 "
          "0 12 "
          "12\"><path class=\"curve c0\" d=\"M1 1l10 10M1 11l10 -10\"/></svg>not kept</span>"
          "<span><i class=\"inkdash\"></i>the bound</span></div>\n",
          figures->out);
    figure_key(figures->out, figures->results, figures->count);
}

void figure_search(const struct figures *figures)
{
    struct scale rates = {0}, latencies = {0};

    if (!ranges(figures, &rates, &latencies)) {
        return;
    }
    figure_open(figures->out, "The search for the highest rate",
                "Each mark is a try: its rate and the latency that is bounded. The other figures "
                "of this page are of the highest rate that kept the bound, in open loop.");
    for (size_t run = 0; run < figures->count; run++) {
        sentence(figures, &figures->results[run]);
    }
    key(figures);
    for (int size = 0; size < CHART_SIZES; size++) {
        struct chart chart = {
            .x = {rates, "operations a second that were due", chart_label_count, NULL, 0},
            .y = {latencies, "bounded latency", chart_label_time, NULL, 0},
        };

        chart_open(&chart, figures->out, (enum chart_size)size, "Tries of the search");
        for (size_t run = 0; run < figures->count; run++) {
            draw_run(&chart, &figures->results[run], run);
        }
        chart_close(&chart);
    }
    figure_close(figures->out);
}
