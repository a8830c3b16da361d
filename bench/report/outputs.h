/* Where a result goes beside the table: files that the command line names. */
#ifndef BENCH_REPORT_OUTPUTS_H
#define BENCH_REPORT_OUTPUTS_H

#include "base/error.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* NULL: not asked for. "-" is standard output. */
struct report_outputs {
    const char *csv, *hgrm, *html, *svg;
    const char *chart; /* which one --svg draws (page/drawing.h); NULL: the usual one */
};

/* Before a run: can these files be written? They are created. 0, or -1 with a sentence in `error`.
 */
int report_outputs_check(const struct report_outputs *outputs, struct error *error);

/* Write what is asked for from `json`, a run's result that people know as `name`. 0, or -1 with a
 * sentence in `error`. */
int report_outputs_write(const struct report_outputs *outputs, json_t *json, const char *name,
                         struct error *error);

/* The same from a page that holds a result already; --csv and --hgrm are of its first one. */
struct page;
int report_outputs_write_page(const struct report_outputs *outputs, const struct page *page,
                              struct error *error);

/* Have `write` write `file` ("-" is standard output), which `option` named. 0, or -1 with a
 * sentence in `error`. */
int report_file(const char *option, const char *file, void (*write)(const void *what, FILE *out),
                const void *what, struct error *error);

#endif
