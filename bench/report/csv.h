/* A result for spreadsheets. */
#ifndef BENCH_REPORT_CSV_H
#define BENCH_REPORT_CSV_H

#include "report/result.h"

#include <stdio.h>

/*
 * Comma-separated (RFC 4180, but with LF), one header line: a row "second" for each second and last
 * a row "whole" for the run. A field that is not known is empty. Columns are only added, at the
 * end.
 */
void report_csv(const struct result *result, FILE *out);

#endif
