/* Latency over time as a heat map; where the seconds have no histograms, as two lines. */
#include "page/chart.h"
#include "page/figures.h"
#include "page/style.h"

#include <math.h>
#include <stdlib.h>

#define CELLS_MAX 128 /* more than a series has */

/* A shade is for shares of a column from here on; from the second one they double. */
static const double shade_from[STYLE_SHADES] = {0, 0.001, 0.01, 0.03, 0.06, 0.12, 0.25, 0.5};

struct heat {
    struct chart chart;
    const struct result *result;
    size_t merged; /* seconds in a column */
};

/* Some seconds that are drawn as one. */
struct column {
    double from_s, to_s;
    struct result_bucket cells[CELLS_MAX];
    size_t cell_count;
    uint64_t total;
};

static void add_cell(struct column *column, const struct result_bucket *cell)
{
    size_t at = 0;

    while (at < column->cell_count && column->cells[at].low_us != cell->low_us) {
        at++;
    }
    if (at == CELLS_MAX) {
        return;
    }
    if (at == column->cell_count) {
        column->cells[column->cell_count++] =
            (struct result_bucket){cell->low_us, cell->high_us, 0};
    }
    column->cells[at].count += cell->count;
    column->total += cell->count;
}

static void fill_column(const struct heat *heat, size_t first, struct column *column)
{
    const struct result *result = heat->result;

    *column = (struct column){.from_s = first ? result->seconds[first - 1].t_s : 0};
    for (size_t i = first; i < first + heat->merged && i < result->second_count; i++) {
        const struct result_second *second = &result->seconds[i];

        column->to_s = second->t_s;
        for (size_t c = 0; c < second->cell_count; c++) {
            add_cell(column, &second->cells[c]);
        }
    }
}

static unsigned shade_of(double share)
{
    unsigned shade = 0;

    while (shade + 1 < STYLE_SHADES && share >= shade_from[shade + 1]) {
        shade++;
    }
    return shade;
}

/* All cells of one shade are one path: a tenth of the bytes of a rectangle each. */
static void draw_shade(const struct heat *heat, unsigned shade)
{
    const struct chart *chart = &heat->chart;

    fprintf(chart->out, "<path class=\"h%u\" d=\"", shade + 1);
    for (size_t first = 0; first < heat->result->second_count; first += heat->merged) {
        struct column column;

        fill_column(heat, first, &column);
        double x = scale_at(&chart->x.scale, column.from_s);
        double width = scale_at(&chart->x.scale, column.to_s) - x;

        for (size_t i = 0; i < column.cell_count; i++) {
            const struct result_bucket *cell = &column.cells[i];

            if (shade_of((double)cell->count / (double)column.total) == shade) {
                double bottom = scale_at(&chart->y.scale, cell->low_us);
                double top = scale_at(&chart->y.scale, cell->high_us);

                fprintf(chart->out, "M%.1f %.1fh%.1fv%.1fh-%.1fz", x, top, width, bottom - top,
                        width);
            }
        }
    }
    fputs("\"/>\n", chart->out);
}

static void draw_line(const struct heat *heat, bool p99)
{
    bool drawing = false;

    fprintf(heat->chart.out, "<path class=\"over%s\" data-name=\"%s\" d=\"", p99 ? " dashed" : "",
            p99 ? "p99" : "p50");
    for (size_t i = 0; i < heat->result->second_count; i++) {
        const struct result_second *second = &heat->result->seconds[i];
        double value = p99 ? second->p99_us : second->p50_us;
        double before = i ? second[-1].t_s : 0;

        if (isfinite(value) && second->rate > 0) {
            fprintf(heat->chart.out, "%c%.1f %.1f", drawing ? 'L' : 'M',
                    scale_at(&heat->chart.x.scale, (before + second->t_s) / 2),
                    scale_at(&heat->chart.y.scale, value));
            drawing = true;
        } else {
            drawing = false;
        }
    }
    fputs("\"/>\n", heat->chart.out);
}

static void draw_tips(const struct heat *heat)
{
    for (size_t i = 0; i < heat->result->second_count; i += heat->merged) {
        const struct result_second *second = &heat->result->seconds[i];
        char tip[256], p50[TEXT_BYTES], p99[TEXT_BYTES];

        if (isfinite(second->p50_us) && isfinite(second->p99_us)) {
            text_time(p50, second->p50_us * 1e3);
            text_time(p99, second->p99_us * 1e3);
            snprintf(tip, sizeof tip, "up to %.4g s\np50 %s\np99 %s", second->t_s, p50, p99);
            chart_tip(&heat->chart, i ? second[-1].t_s : 0, second->t_s, tip);
        }
    }
}

static bool has_cells(const struct result *result)
{
    for (size_t i = 0; i < result->second_count; i++) {
        if (result->seconds[i].cell_count) {
            return true;
        }
    }
    return false;
}

static void include(struct scale *scale, double us)
{
    if (isfinite(us) && us > 0) {
        scale->low = scale->low > 0 && scale->low < us ? scale->low : us;
        scale->high = scale->high > us ? scale->high : us;
    }
}

/* All runs share both axes, so that shapes can be compared by eye. */
static void heat_ranges(const struct figures *figures, struct scale *time, struct scale *latency)
{
    for (size_t i = 0; i < figures->count; i++) {
        for (size_t s = 0; s < figures->results[i].second_count; s++) {
            const struct result_second *second = &figures->results[i].seconds[s];

            time->high = second->t_s > time->high ? second->t_s : time->high;
            include(latency, second->p50_us);
            include(latency, second->p99_us);
            if (second->cell_count) {
                include(latency, second->cells[0].low_us);
                include(latency, second->cells[second->cell_count - 1].high_us);
            }
        }
    }
    latency->logarithmic = true;
    latency->low = latency->low > 0.1 ? latency->low : 0.1;
}

static void draw_run(FILE *out, const struct result *result, const struct scale *time,
                     const struct scale *latency)
{
    static const size_t columns_max[CHART_SIZES] = {[CHART_WIDE] = 180, [CHART_NARROW] = 75};

    for (int size = 0; size < CHART_SIZES; size++) {
        struct heat heat = {
            .chart = {.x = {*time, "time", chart_label_seconds, NULL, 0},
                      .y = {*latency, "latency", chart_label_time, NULL, 0}},
            .result = result,
            .merged = (result->second_count + columns_max[size] - 1) / columns_max[size],
        };

        chart_open(&heat.chart, out, (enum chart_size)size, "Latency over time");
        for (unsigned shade = 0; has_cells(result) && shade < STYLE_SHADES; shade++) {
            draw_shade(&heat, shade);
        }
        draw_line(&heat, false);
        draw_line(&heat, true);
        draw_tips(&heat);
        chart_close(&heat.chart);
    }
}

static void heat_key(FILE *out, bool shades)
{
    fputs("<div class=\"key\"><span><i class=\"ink\"></i>p50</span>"
          "<span><i class=\"inkdash\"></i>p99</span>",
          out);
    if (shades) {
        fputs("<span>under 0.1 % ", out);
        for (int i = 1; i <= STYLE_SHADES; i++) {
            fprintf(out, "<i class=\"shade h%d\"></i>", i);
        }
        fputs(" over 50 % of a second's operations</span>", out);
    }
    fputs("</div>\n", out);
}

void figure_heat(const struct figures *figures)
{
    struct scale time = {0}, latency = {0};
    bool shades = false, any = false;

    for (size_t i = 0; i < figures->count; i++) {
        shades = shades || has_cells(&figures->results[i]);
        any = any || figures->results[i].second_count > 0;
    }
    if (!any) {
        return;
    }
    heat_ranges(figures, &time, &latency);
    figure_open(figures->out, "Latency over time",
                shades ? "Each column is a second: the stronger the colour, the more of its "
                         "operations took so long."
                       : "Of what completed in each second.");
    heat_key(figures->out, shades);
    for (size_t i = 0; i < figures->count; i++) {
        if (figures->count > 1) {
            fprintf(figures->out, "<h3><i class=\"c%zu\"></i>", i % STYLE_COLOURS);
            chart_escape(figures->out, figures->results[i].name);
            fputs("</h3>\n", figures->out);
        }
        if (figures->results[i].second_count) {
            draw_run(figures->out, &figures->results[i], &time, &latency);
        }
    }
    figure_close(figures->out);
}
