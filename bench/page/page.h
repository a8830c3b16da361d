/* A whole page in one file, which draws itself where it is opened. It fetches nothing, so that it
 * can be mailed and kept. */
#ifndef BENCH_PAGE_PAGE_H
#define BENCH_PAGE_PAGE_H

#include "base/error.h"

#include <jansson.h>
#include <shunt/status.h>
#include <stdio.h>

/* All zero: empty. */
struct page {
    json_t *results; /* [{"name", "json"}, ...]: runs and comparisons */
};

/* Add `json`, which people know as `name`. SHUNT_OK, or SHUNT_EINVAL or SHUNT_ENOMEM with a
 * sentence in `error`; the page may be written still. */
enum shunt_status page_add(struct page *page, json_t *json, const char *name,
                           struct error *error) SHUNT_MUST_USE;
void page_fini(struct page *page);

/* The first run of a page to which something was added, of a comparison all rounds of its first
 * server. A new reference, NULL without memory. */
json_t *page_first_run(const struct page *page);

/* At least one was added. `out` is what ferror() is asked of. */
void page_write(const struct page *page, FILE *out);

#endif
