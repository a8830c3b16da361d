/* Latency as a drawing of characters. */
#ifndef BENCH_REPORT_DISTRIBUTION_H
#define BENCH_REPORT_DISTRIBUTION_H

#include "base/histogram.h"

#include <stdio.h>

#define DISTRIBUTION_ROWS_MAX 16
#define DISTRIBUTION_COLUMNS  80

/*
 * At most DISTRIBUTION_ROWS_MAX rows of at most DISTRIBUTION_COLUMNS: from when to when, a bar, how
 * many, and their share. The rows' ends are evenly spaced on a logarithmic scale: 12, 6, 3 or 1 for
 * each power of ten, the most that fit. Bars are in proportion to the longest; a '.' stands where
 * there is something that is too little for a '#'. A bucket of `latency` counts where its lower end
 * is, so a row's end is good to 0.8 %; what is more than 10,000 s counts in the row below. Nothing
 * is printed where nothing was recorded.
 */
void distribution_print(const struct histogram *latency, FILE *out);

#endif
