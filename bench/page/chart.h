/*
 * One drawing as SVG: a frame with axes, and curves or bars on it. Colours are the page's
 * (style.c). A drawing is written twice, for a wide and for a narrow window, because text in an SVG
 * shrinks with it.
 */
#ifndef BENCH_PAGE_CHART_H
#define BENCH_PAGE_CHART_H

#include "page/scale.h"
#include "report/text.h"

#include <stdio.h>

enum chart_size { CHART_WIDE, CHART_NARROW };

#define CHART_SIZES  2
#define CHART_LABELS 16

struct chart_axis {
    struct scale scale; /* its places are the chart's to set */
    const char *title;  /* with the unit */
    /* How a tick is written. */
    void (*label)(char out[TEXT_BYTES], double value);
    /* Ticks of its own, or none: round values. */
    const double *ticks;
    size_t tick_count;
};

struct chart {
    FILE *out;
    enum chart_size size;
    struct chart_axis x, y;
    double left, right, top, bottom; /* of the frame, in the drawing's units */
};

struct chart_point {
    double x, y;
};

/* Write the start of the drawing, frame and axes. `x` and `y` of `chart` are set; linear and
 * logarithmic scales without ticks of their own are rounded. `what` is for who cannot see it. */
void chart_open(struct chart *chart, FILE *out, enum chart_size size, const char *what);
void chart_close(const struct chart *chart);

/* A line of the colour number `colour`; not a number breaks it. A point alone is a dot. */
void chart_curve(const struct chart *chart, unsigned colour, const char *name,
                 const struct chart_point *points, size_t count);
/* A dot, and a line from `low` to `high` at the same x. */
void chart_dot(const struct chart *chart, unsigned colour, double x, double y);
/* What is shown while the pointer is between two values of x. */
void chart_tip(const struct chart *chart, double from_x, double to_x, const char *text);

/* Text in HTML. */
void chart_escape(FILE *out, const char *text);

/* Labels: of times in microseconds, of seconds, counts, percent, bytes. */
void chart_label_time(char out[TEXT_BYTES], double us);
void chart_label_seconds(char out[TEXT_BYTES], double seconds);
void chart_label_count(char out[TEXT_BYTES], double number);
void chart_label_percent(char out[TEXT_BYTES], double percent);
void chart_label_bytes(char out[TEXT_BYTES], double bytes);
/* Of nines: 2 is "99 %". */
void chart_label_nines(char out[TEXT_BYTES], double nines);

#endif
