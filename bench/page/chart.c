#include "page/chart.h"

#include <math.h>
#include <string.h>

#define CHARACTER_WIDTH 6.6 /* of a tick's label, about */

static const struct shape {
    const char *name;
    double width, height, left, right, top, bottom;
    unsigned x_steps, y_steps;
} shapes[CHART_SIZES] = {
    [CHART_WIDE] = {"wide", 960, 320, 74, 18, 12, 46, 10, 6},
    [CHART_NARROW] = {"narrow", 360, 260, 66, 10, 10, 44, 5, 5},
};

void chart_escape(FILE *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

static size_t ticks_of(const struct chart_axis *axis, unsigned steps, double out[SCALE_TICKS_MAX])
{
    size_t count = 0;

    if (!axis->ticks) {
        return scale_ticks(&axis->scale, steps, out);
    }
    for (size_t i = 0; i < axis->tick_count && count < SCALE_TICKS_MAX; i++) {
        if (axis->ticks[i] >= axis->scale.low && axis->ticks[i] <= axis->scale.high) {
            out[count++] = axis->ticks[i];
        }
    }
    return count;
}

/* From where to where a label reaches whose tick is at `at`; the last one ends with the frame. */
static void label_span(const struct chart *chart, const char *label, double at, double span[2])
{
    double width = CHARACTER_WIDTH * (double)strlen(label);
    bool last = at > chart->right - width / 2;

    span[0] = at - (last ? width : width / 2);
    span[1] = at + (last ? 0 : width / 2);
}

static void draw_x_axis(const struct chart *chart, const struct shape *shape)
{
    double ticks[SCALE_TICKS_MAX], free_from = -CHARACTER_WIDTH * TEXT_BYTES;
    size_t count = ticks_of(&chart->x, shape->x_steps, ticks);

    for (size_t i = 0; i < count; i++) {
        double at = scale_at(&chart->x.scale, ticks[i]), span[2];
        char label[TEXT_BYTES];

        chart->x.label(label, ticks[i]);
        label_span(chart, label, at, span);
        fprintf(chart->out, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>", at, chart->top,
                chart->bottom);
        if (span[0] < free_from) {
            continue; /* it would run into the one before */
        }
        free_from = span[1] + CHARACTER_WIDTH;
        fprintf(chart->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", at,
                chart->bottom + 16, span[1] > at ? "middle" : "end");
        chart_escape(chart->out, label);
        fputs("</text>", chart->out);
    }
    fprintf(chart->out, "<text class=\"axis\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
            (chart->left + chart->right) / 2, shape->height - 8);
    chart_escape(chart->out, chart->x.title);
    fputs("</text>\n", chart->out);
}

static void draw_y_axis(const struct chart *chart, const struct shape *shape)
{
    double ticks[SCALE_TICKS_MAX];
    size_t count = ticks_of(&chart->y, shape->y_steps, ticks);

    for (size_t i = 0; i < count; i++) {
        double at = scale_at(&chart->y.scale, ticks[i]);
        char label[TEXT_BYTES];

        chart->y.label(label, ticks[i]);
        fprintf(chart->out, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>", chart->left, at,
                chart->right);
        fprintf(chart->out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
                chart->left - 6, at + 4);
        chart_escape(chart->out, label);
        fputs("</text>", chart->out);
    }
    fprintf(chart->out,
            "<text class=\"axis\" transform=\"translate(10 %.1f) rotate(-90)\" "
            "text-anchor=\"middle\">",
            (chart->top + chart->bottom) / 2);
    chart_escape(chart->out, chart->y.title);
    fputs("</text>\n", chart->out);
}

void chart_open(struct chart *chart, FILE *out, enum chart_size size, const char *what)
{
    const struct shape *shape = &shapes[size];

    chart->out = out;
    chart->size = size;
    chart->left = shape->left;
    chart->right = shape->width - shape->right;
    chart->top = shape->top;
    chart->bottom = shape->height - shape->bottom;
    if (!chart->x.ticks) {
        scale_round(&chart->x.scale, shape->x_steps);
    }
    if (!chart->y.ticks) {
        scale_round(&chart->y.scale, shape->y_steps);
    }
    chart->x.scale.from = chart->left;
    chart->x.scale.to = chart->right;
    chart->y.scale.from = chart->bottom;
    chart->y.scale.to = chart->top;
    fprintf(out, "<svg class=\"%s\" viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"", shape->name,
            shape->width, shape->height);
    chart_escape(out, what);
    fputs("\">\n", out);
    draw_x_axis(chart, shape);
    draw_y_axis(chart, shape);
}

void chart_close(const struct chart *chart)
{
    fprintf(chart->out, "<path class=\"frame\" d=\"M%.1f %.1fV%.1fH%.1f\"/></svg>\n", chart->left,
            chart->top, chart->bottom, chart->right);
}

static bool drawable(const struct chart_point *point)
{
    return isfinite(point->x) && isfinite(point->y);
}

void chart_dot(const struct chart *chart, unsigned colour, double x, double y)
{
    fprintf(chart->out, "<circle class=\"dot c%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>\n", colour,
            scale_at(&chart->x.scale, x), scale_at(&chart->y.scale, y));
}

void chart_curve(const struct chart *chart, unsigned colour, const char *name,
                 const struct chart_point *points, size_t count)
{
    double last_x = -1, last_y = -1;
    bool drawing = false;

    fprintf(chart->out, "<path class=\"curve c%u\" data-name=\"", colour);
    chart_escape(chart->out, name);
    fputs("\" d=\"", chart->out);
    for (size_t i = 0; i < count; i++) {
        if (!drawable(&points[i])) {
            drawing = false;
            continue;
        }
        double x = scale_at(&chart->x.scale, points[i].x);
        double y = scale_at(&chart->y.scale, points[i].y);

        /* What is closer than half a unit to the last point cannot be seen; the last one stays. */
        if (drawing && i + 1 < count && fabs(x - last_x) + fabs(y - last_y) < 0.5) {
            continue;
        }
        fprintf(chart->out, "%c%.1f %.1f", drawing ? 'L' : 'M', x, y);
        drawing = true;
        last_x = x;
        last_y = y;
    }
    fputs("\"/>\n", chart->out);
    for (size_t i = 0; i < count && count <= 30; i++) {
        if (drawable(&points[i])) {
            chart_dot(chart, colour, points[i].x, points[i].y);
        }
    }
}

void chart_tip(const struct chart *chart, double from_x, double to_x, const char *text)
{
    double from = scale_at(&chart->x.scale, from_x), to = scale_at(&chart->x.scale, to_x);

    fprintf(chart->out,
            "<rect class=\"tip\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>",
            from, chart->top, to - from, chart->bottom - chart->top);
    chart_escape(chart->out, text);
    fputs("</title></rect>\n", chart->out);
}
