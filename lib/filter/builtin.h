/* The filters that are built in. */
#ifndef FILTER_BUILTIN_H
#define FILTER_BUILTIN_H

#include <shunt/http.h>

/* The one called so, or NULL. */
const struct shunt_filter *filter_builtin(const char *name);
/* All their names, "cors, headers", in `text` as far as they fit; returns it. */
const char *filter_builtin_names(char *text, size_t size);

/* Each in the file of its name. */
extern const struct shunt_filter filter_basic_auth, filter_bearer_auth, filter_compress,
    filter_cors, filter_error_pages, filter_headers, filter_rate, filter_request_id;

#endif
