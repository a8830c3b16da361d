/* A whole page in one file: it fetches nothing, so that it can be mailed and kept. */
#ifndef BENCH_PAGE_PAGE_H
#define BENCH_PAGE_PAGE_H

#include "report/result.h"

#include <stdio.h>

/* Runs on the same axes, at least one. */
struct page_part {
    struct result *results;
    size_t count;
    json_t *comparison; /* what `shunt-bench compare` found of them, or NULL */
};

/* All zero: empty. */
struct page {
    struct page_part *parts;
    size_t count;
};

/* Add `json`. A comparison is a part of its own; a run's result joins the runs before it. SHUNT_OK,
 * or SHUNT_EINVAL or SHUNT_ENOMEM with a sentence in `error`; the page may be written still. */
enum shunt_status page_add(struct page *page, json_t *json, const char *name, char *error,
                           size_t error_size) SHUNT_MUST_USE;
void page_fini(struct page *page);

/* At least one was added. `out` is what ferror() is asked of. */
void page_write(const struct page *page, FILE *out);

#endif
