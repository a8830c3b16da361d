/* The frame of a drawing that stands alone: title, how to read it, how it was measured. */
#include "page/svg.h"

#include "page/bars.h"
#include "page/chart.h"
#include "page/figures.h"
#include "page/style.h"

#include <math.h>
#include <string.h>

#define WIDTH         960.0
#define MARGIN        24.0
#define CURVES_HEIGHT 320.0 /* of chart.c's wide drawing */
#define HEAD_HEIGHT   82.0
#define LINE_HEIGHT   20.0
#define KEY_HEIGHT    26.0

/* A README shows it on its own ground, which may be light where the reader's system is dark. */
static const char style[] =
    "svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}\n"
    ".card{fill:var(--card);stroke:var(--line)}\n"
    ".bar{fill:var(--c0);fill-opacity:.82}\n"
    ".title{font-size:20px;font-weight:600;fill:var(--ink)}\n"
    ".name,.value{font-size:15px;fill:var(--ink)}\n"
    ".value{font-weight:600;font-variant-numeric:tabular-nums}\n"
    ".ratio{font-weight:400;fill:var(--soft)}\n"
    ".note{font-size:13.5px}\n";

static const struct page_part *part_of(const struct svg *svg)
{
    return &svg->page->parts[0];
}

/* NULL: latency by percentile. */
static const struct bars_chart *chart_of(const struct svg *svg)
{
    const char *name = svg->chart ? svg->chart : part_of(svg)->comparison ? "cpu" : "latency";

    return bars_chart(name);
}

bool svg_chart_known(const char *chart)
{
    return strcmp(chart, "latency") == 0 || bars_chart(chart);
}

enum shunt_status svg_check(const struct svg *svg, char *error, size_t error_size)
{
    const struct bars_chart *chart = chart_of(svg);
    const struct page_part *part = part_of(svg);
    const struct figures figures = {NULL, part->results, part->count};

    if (svg->page->count != 1) {
        snprintf(error, error_size, "--svg draws one comparison, or runs: found %zu parts",
                 svg->page->count);
    } else if (chart && !part->comparison) {
        snprintf(error, error_size, "--chart %s is of a comparison: found runs", svg->chart);
    } else if (chart && !bars_known(chart, part->comparison)) {
        snprintf(error, error_size,
                 "--svg: no server of this comparison has what --chart asks for");
    } else if (!chart && !figures_have_latency(&figures)) {
        snprintf(error, error_size, "--svg: there are no latencies to draw");
    } else {
        return SHUNT_OK;
    }
    return SHUNT_EINVAL;
}

static void text_open(FILE *out, const char *class, double y)
{
    fprintf(out, "<text class=\"%s\" x=\"%g\" y=\"%.1f\">", class, MARGIN, y);
}

static void write_title(const struct svg *svg, FILE *out)
{
    const char *scenario = result_text(&part_of(svg)->results[0], "scenario");

    if (chart_of(svg)) {
        bars_title(chart_of(svg), scenario, out);
    } else {
        fputs("Latency by percentile: ", out);
        chart_escape(out, scenario);
    }
}

static void write_caption(const struct svg *svg, FILE *out)
{
    if (chart_of(svg)) {
        bars_caption(chart_of(svg), part_of(svg)->comparison, out);
    } else {
        fputs("What share of the operations took no longer.", out);
    }
}

/* Names beside their colours, one after the other. */
static void write_key(const struct page_part *part, double y, FILE *out)
{
    double x = MARGIN;

    for (size_t i = 0; i < part->count; i++) {
        const char *name = part->results[i].name;

        fprintf(out,
                "<path class=\"curve c%zu\" d=\"M%.1f %.1fh18\"/><text class=\"note\" "
                "x=\"%.1f\" y=\"%.1f\">",
                i % STYLE_COLOURS, x, y - 4, x + 24, y);
        chart_escape(out, name);
        fputs("</text>\n", out);
        x += 24 + 8.0 * (double)strlen(name) + 20;
    }
}

/* "handshake, 64 connections, closed loop, rounds of 2 s; each server held to 30 % of a CPU" */
static void write_load(const struct page_part *part, double y, FILE *out)
{
    const struct result *first = &part->results[0];
    const json_t *share = json_object_get(json_object_get(part->comparison, "quota"), "share");

    text_open(out, "note", y);
    fputs("shunt-bench ", out);
    chart_escape(out, result_text(first, "scenario"));
    fprintf(out, ", %.0f connections, ", result_number(first, "connections"));
    chart_escape(out, result_text(first, "loop"));
    fprintf(out, " loop, %s%.3g s", part->comparison ? "rounds of " : "",
            result_number(first, "duration_s"));
    if (json_is_number(share)) {
        fprintf(out, "; each server held to %g %% of a CPU", 100 * json_number_value(share));
    }
    fputs("</text>\n", out);
}

/* "AMD EPYC, 2 CPUs, Linux 6.18.44, 2026-11-22" */
static void write_machine(const struct page_part *part, double y, FILE *out)
{
    const struct result *first = &part->results[0];
    double cpus = result_number(first, "environment.cpus");
    char date[11];

    text_open(out, "note", y);
    chart_escape(out, result_text(first, "host.cpu"));
    if (isfinite(cpus)) {
        fprintf(out, ", %g CPU%s", cpus, cpus == 1 ? "" : "s");
    }
    fputs(", Linux ", out);
    chart_escape(out, result_text(first, "host.kernel"));
    snprintf(date, sizeof date, "%s", result_text(first, "started_at"));
    fputs(", ", out);
    chart_escape(out, date);
    fputs("</text>\n", out);
}

static void write_drawing(const struct svg *svg, double top, double height, FILE *out)
{
    const struct page_part *part = part_of(svg);
    const struct figures figures = {out, part->results, part->count};

    if (chart_of(svg)) {
        bars_write(chart_of(svg), part->comparison, top, WIDTH, MARGIN, out);
        return;
    }
    if (part->count > 1) {
        write_key(part, top + 6, out);
        top += KEY_HEIGHT;
        height -= KEY_HEIGHT;
    }
    fprintf(out, "<svg x=\"%g\" y=\"%.1f\" width=\"%g\" height=\"%g\">\n", MARGIN / 2, top,
            WIDTH - MARGIN, height);
    figure_percentiles_drawing(&figures, CHART_WIDE, "Latency by percentile");
    fputs("</svg>\n", out);
}

static double drawing_height(const struct svg *svg)
{
    const struct page_part *part = part_of(svg);

    if (chart_of(svg)) {
        return bars_height(part->comparison);
    }
    return CURVES_HEIGHT + (part->count > 1 ? KEY_HEIGHT : 0);
}

void svg_write(const struct svg *svg, FILE *out)
{
    const struct page_part *part = part_of(svg);
    const char *footnote = chart_of(svg) ? bars_footnote(chart_of(svg), part->comparison) : "";
    double drawing = drawing_height(svg), y = HEAD_HEIGHT + drawing + 28;
    double height = y + LINE_HEIGHT * (*footnote ? 2 : 1) + MARGIN - 8;

    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" height=\"%g\" "
            "viewBox=\"0 0 %g %g\" role=\"img\">\n<title>",
            WIDTH, height, WIDTH, height);
    write_title(svg, out);
    fprintf(out,
            "</title>\n<style>\n%s%s%s</style>\n<rect class=\"card\" x=\".5\" y=\".5\" "
            "width=\"%g\" height=\"%g\" rx=\"8\"/>\n",
            style_colours, style_charts, style, WIDTH - 1, height - 1);
    text_open(out, "title", 38);
    write_title(svg, out);
    fputs("</text>\n", out);
    text_open(out, "note", 61);
    write_caption(svg, out);
    fputs("</text>\n", out);
    write_drawing(svg, HEAD_HEIGHT, drawing, out);
    if (*footnote) {
        text_open(out, "note", y);
        fprintf(out, "%s</text>\n", footnote);
        y += LINE_HEIGHT;
    }
    write_load(part, y, out);
    write_machine(part, y + LINE_HEIGHT, out);
    fputs("</svg>\n", out);
}
