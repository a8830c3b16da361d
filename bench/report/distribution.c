#include "report/distribution.h"

#include "report/text.h"

#define BAR_COLUMNS 24
#define DECADES     13 /* from 1 ns on: 10,000 s */

/* The preferred numbers of IEC 60063, as far as 100: each about a twelfth of a decade further. */
static const double twelfths[] = {10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82};

#define TWELFTHS (sizeof twelfths / sizeof *twelfths)

/* The lower end of row `i` of a scale that has every `step`th of the twelfths, from 1 ns. */
static double edge_ns(unsigned i, unsigned step)
{
    unsigned twelfth = i * step;
    double ns = twelfths[twelfth % TWELFTHS] / 10;

    for (unsigned decade = 0; decade < twelfth / TWELFTHS; decade++) {
        ns *= 10;
    }
    return ns;
}

/* The row that holds `ns`; what is less than 1 ns is in the first, and what is more than the last
 * one's end in that. */
static unsigned row_of(double ns, unsigned step)
{
    unsigned row = 0;

    while (row + 1 < DECADES * TWELFTHS / step && edge_ns(row + 1, step) <= ns) {
        row++;
    }
    return row;
}

struct rows {
    unsigned step, first, count;
    uint64_t counts[DISTRIBUTION_ROWS_MAX], highest;
};

static void choose_scale(struct rows *rows, double low_ns, double high_ns)
{
    static const unsigned steps[] = {1, 2, 4, 12};

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        rows->step = steps[i];
        rows->first = row_of(low_ns, rows->step);
        rows->count = row_of(high_ns, rows->step) - rows->first + 1;
        if (rows->count <= DISTRIBUTION_ROWS_MAX) {
            return;
        }
    }
    rows->count = DISTRIBUTION_ROWS_MAX;
}

static void fill(struct rows *rows, const struct histogram *latency)
{
    struct histogram_bucket bucket;
    size_t position = 0;

    while (histogram_next(latency, &position, &bucket)) {
        unsigned row = row_of((double)bucket.low, rows->step);

        row = row < rows->first ? 0 : row - rows->first;
        row = row < rows->count ? row : rows->count - 1;
        rows->counts[row] += bucket.count;
        if (rows->counts[row] > rows->highest) {
            rows->highest = rows->counts[row];
        }
    }
}

static void bar(char out[BAR_COLUMNS + 1], uint64_t count, uint64_t highest)
{
    unsigned len = (unsigned)((double)count / (double)highest * BAR_COLUMNS + 0.5);

    for (unsigned i = 0; i < len; i++) {
        out[i] = '#';
    }
    if (len == 0 && count) {
        out[len++] = '.';
    }
    out[len] = '\0';
}

void distribution_print(const struct histogram *latency, FILE *out)
{
    struct rows rows = {.step = 0};
    double total = (double)histogram_count(latency);

    if (total <= 0) {
        return;
    }
    choose_scale(&rows, (double)histogram_min(latency), (double)histogram_max(latency));
    fill(&rows, latency);
    for (unsigned i = 0; i < rows.count; i++) {
        char from[TEXT_BYTES], to[TEXT_BYTES], count[TEXT_BYTES], drawn[BAR_COLUMNS + 1];

        text_time(from, edge_ns(rows.first + i, rows.step));
        text_time(to, edge_ns(rows.first + i + 1, rows.step));
        text_count(count, (double)rows.counts[i]);
        bar(drawn, rows.counts[i], rows.highest);
        fprintf(out, "  %-11s %7s to %7s  %-*s %11s %5.1f %%\n", i ? "" : "histogram", from, to,
                BAR_COLUMNS, drawn, count, 100 * (double)rows.counts[i] / total);
    }
}
