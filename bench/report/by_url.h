/* What each of several URLs had of a run, as JSON and in the table. */
#ifndef BENCH_REPORT_BY_URL_H
#define BENCH_REPORT_BY_URL_H

#include "report/report.h"

#include <jansson.h>

/* One object a URL; null where there is one URL. A new reference, NULL without memory. */
json_t *report_by_url(const struct report *report);
void report_print_by_url(const struct report *report, FILE *out);

#endif
