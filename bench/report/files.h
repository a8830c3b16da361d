/* A run's result in forms that other programs read; each is written from the JSON. */
#ifndef BENCH_REPORT_FILES_H
#define BENCH_REPORT_FILES_H

#include "report/result.h"

#include <stdio.h>

/*
 * Comma-separated (RFC 4180, but with LF), one header line: a row "second" for each second and last
 * a row "whole" for the run. A field that is not known is empty. Columns are only added, at the
 * end.
 */
void report_csv(const struct result *result, FILE *out);

/* HdrHistogram's percentile text, values in milliseconds, five steps to each halving of the
 * distance to 100 %. */
void report_hgrm(const struct result *result, FILE *out);

#endif
