/* A whole page in one file: it fetches nothing, so that it can be mailed and kept. */
#ifndef BENCH_PAGE_PAGE_H
#define BENCH_PAGE_PAGE_H

#include "result.h"

#include <stdio.h>

/* All zero: empty. */
struct page {
    struct result *results;
    size_t count;
    json_t *comparison; /* what `shunt-bench compare` found, or NULL */
};

/* Add `json`, a run's result or, to an empty page, a comparison. SHUNT_OK, or SHUNT_EINVAL or
 * SHUNT_ENOMEM with a sentence in `error`. */
enum shunt_status page_add(struct page *page, json_t *json, const char *name, char *error,
                           size_t error_size) SHUNT_MUST_USE;
void page_fini(struct page *page);

/* At least one result was added. `out` is what ferror() is asked of. */
void page_write(const struct page *page, FILE *out);

#endif
