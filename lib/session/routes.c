/* Sorted once, found by bisection: a lookup touches log2(routes) paths and hashes nothing. */
#include "session/routes.h"

#include <stdlib.h>

static int compare(struct shunt_span a, struct shunt_span b)
{
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return memcmp(a.at, b.at, a.len);
}

static int compare_routes(const void *a, const void *b)
{
    const struct session_route *x = a, *y = b;

    return compare(x->path, y->path);
}

enum shunt_status session_routes_init(struct session_routes *routes,
                                      const struct session_route *items, size_t count)
{
    struct session_route *copy = calloc(count ? count : 1, sizeof *copy);

    if (!copy) {
        return SHUNT_ENOMEM;
    }
    if (count > 0) {
        memcpy(copy, items, count * sizeof *copy);
        qsort(copy, count, sizeof *copy, compare_routes);
    }
    for (size_t i = 1; i < count; i++) {
        if (compare_routes(&copy[i - 1], &copy[i]) == 0) {
            free(copy);
            return SHUNT_EINVAL;
        }
    }
    *routes = (struct session_routes){copy, count};
    return SHUNT_OK;
}

void session_routes_fini(struct session_routes *routes)
{
    free(routes->items);
    *routes = (struct session_routes){0};
}

const struct session_route *session_routes_find(const struct session_routes *routes,
                                                struct shunt_span path)
{
    size_t low = 0, high = routes->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(routes->items[middle].path, path);

        if (order == 0) {
            return &routes->items[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

bool session_route_allows(const struct session_route *route, struct shunt_span token)
{
    for (const char *const *name = route->upgrade; name && *name; name++) {
        if (shunt_span_equal_nocase(shunt_span_of(*name), token)) {
            return true;
        }
    }
    return false;
}
