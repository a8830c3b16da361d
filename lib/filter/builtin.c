#include "filter/builtin.h"

#include <stdio.h>

static const struct shunt_filter *const all[] = {
    &filter_basic_auth,  &filter_bearer_auth, &filter_compress, &filter_cors,
    &filter_error_pages, &filter_headers,     &filter_rate,     &filter_request_id,
};

const struct shunt_filter *filter_builtin(const char *name)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}

const char *filter_builtin_names(char *text, size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < sizeof all / sizeof *all && len < size; i++) {
        len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "", all[i]->name);
    }
    return text;
}
