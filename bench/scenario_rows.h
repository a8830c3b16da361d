/* What scenarios in memory have in common whose result is rows: --duration and --json, and where both
 * results go. */
#ifndef BENCH_SCENARIO_ROWS_H
#define BENCH_SCENARIO_ROWS_H

#include <argp.h>
#include <jansson.h>
#include <stdio.h>

struct scenario_rows {
    double duration_s; /* of each row; its default before the options are read */
    const char *json_file;
    FILE *out;     /* for people */
    json_t *whole; /* with the list "rows" */
};

/* For `children` of the scenario's own argp; its input is struct scenario_rows. */
extern const struct argp scenario_rows_argp;

/* The JSON of `scenario`, without a row yet. */
void scenario_rows_begin(struct scenario_rows *rows, const char *scenario);
/* Write it, unless `status` is another than BENCH_DONE, and free it. The program's exit status. */
int scenario_rows_end(struct scenario_rows *rows, int status);

#endif
