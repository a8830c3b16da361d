/* Where it was measured. */
#ifndef BENCH_REPORT_ENVIRONMENT_H
#define BENCH_REPORT_ENVIRONMENT_H

#include <jansson.h>

/* The machine and what of its settings changes results. */
json_t *report_environment(void);

#endif
