/* A result for HdrHistogram's plotters. */
#ifndef BENCH_REPORT_HGRM_H
#define BENCH_REPORT_HGRM_H

#include "report/result.h"

#include <stdio.h>

/* HdrHistogram's percentile text, values in milliseconds, five steps to each halving of the
 * distance to 100 %. */
void report_hgrm(const struct result *result, FILE *out);

#endif
