/* From values to places on a page, and the round values that an axis names. */
#ifndef BENCH_PAGE_SCALE_H
#define BENCH_PAGE_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#define SCALE_TICKS_MAX 16

/* `low` < `high`, and 0 < `low` where it is logarithmic. `from` and `to` are places, in either
 * order. */
struct scale {
    bool logarithmic;
    double low, high;
    double from, to;
};

/* What lies outside is put on the nearer end. */
double scale_at(const struct scale *scale, double value);

/* Make the ends round, `low` and `high` staying inside: by 1, 2 and 5 at about `steps` steps, or on
 * a logarithmic scale (whose `low` is then above 0) the same within each power of ten. */
void scale_round(struct scale *scale, unsigned steps);

/* The ticks of a rounded scale, at most SCALE_TICKS_MAX, about `steps`. */
size_t scale_ticks(const struct scale *scale, unsigned steps, double ticks[SCALE_TICKS_MAX]);

/* How many nines a share has: 0.9 is 1, 0.99 is 2; 1 is as far as `most`. */
double scale_nines(double share, double most);

#endif
