/* What came of the thresholds of a run. */
#ifndef BENCH_REPORT_THRESHOLDS_H
#define BENCH_REPORT_THRESHOLDS_H

#include "report/report.h"

#include <jansson.h>
#include <stdio.h>

/* A run's thresholds. One whose metric is not known counts as met: nobody saw that it was kept. */
bool thresholds_met(const struct report *report);
void thresholds_print(const struct report *report, FILE *out);
/* A new reference, NULL without memory. */
json_t *thresholds_json(const struct report *report);

#endif
