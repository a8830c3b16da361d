/* Sorted once, found by bisection: a lookup touches log2(routes) paths and hashes nothing. */
#include "exchange/routes.h"

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
    const struct exchange_route *x = a, *y = b;

    return compare(x->path, y->path);
}

enum shunt_status exchange_routes_init(struct exchange_routes *routes,
                                       const struct exchange_route *items, size_t count)
{
    struct exchange_route *copy = calloc(count ? count : 1, sizeof *copy);

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
    *routes = (struct exchange_routes){copy, count};
    return SHUNT_OK;
}

void exchange_routes_fini(struct exchange_routes *routes)
{
    free(routes->items);
    *routes = (struct exchange_routes){0};
}

const struct exchange_route *exchange_routes_find(const struct exchange_routes *routes,
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

bool exchange_route_allows(const struct exchange_route *route, struct shunt_span token)
{
    for (const char *const *name = route->upgrade; name && *name; name++) {
        if (shunt_span_equal_nocase(shunt_span_of(*name), token)) {
            return true;
        }
    }
    return false;
}
