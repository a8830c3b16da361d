/* Paths become the keys of a tree, whose values are the numbers of the routes. */
#include "exchange/routes.h"

#include "exchange/pattern.h"

#include <stdlib.h>

/* The keys of all routes, and their bytes. */
struct keys {
    struct exchange_tree_key *items;
    char *bytes;
};

static enum shunt_status keys_make(struct keys *keys, const struct exchange_route *routes,
                                   size_t count)
{
    size_t bytes = 1;
    char *at;

    for (size_t i = 0; i < count; i++) {
        bytes += routes[i].path.len;
    }
    keys->items = calloc(count + 1, sizeof *keys->items);
    keys->bytes = at = malloc(bytes);
    if (!keys->items || !keys->bytes) {
        return SHUNT_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        size_t len = exchange_pattern_key(routes[i].path, at);

        keys->items[i] = (struct exchange_tree_key){{at, len}, (uint32_t)i};
        at += len;
    }
    exchange_tree_sort(keys->items, count);
    for (size_t i = 1; i < count; i++) {
        if (shunt_span_equal(keys->items[i - 1].bytes, keys->items[i].bytes)) {
            return SHUNT_EINVAL;
        }
    }
    return SHUNT_OK;
}

enum shunt_status exchange_routes_init(struct exchange_routes *routes,
                                       const struct exchange_route *items, size_t count)
{
    struct keys keys = {.items = NULL};
    enum shunt_status status = keys_make(&keys, items, count);

    *routes = (struct exchange_routes){.items = calloc(count + 1, sizeof *items)};
    if (status == SHUNT_OK && !routes->items) {
        status = SHUNT_ENOMEM;
    }
    if (status == SHUNT_OK) {
        status = exchange_tree_init(&routes->tree, keys.items, count);
    }
    if (status == SHUNT_OK && count > 0) {
        memcpy(routes->items, items, count * sizeof *items);
    }
    if (status != SHUNT_OK) {
        exchange_routes_fini(routes);
    }
    free(keys.items);
    free(keys.bytes);
    return status;
}

void exchange_routes_fini(struct exchange_routes *routes)
{
    exchange_tree_fini(&routes->tree);
    free(routes->items);
    *routes = (struct exchange_routes){0};
}

const struct exchange_route *exchange_routes_find(const struct exchange_routes *routes,
                                                  struct shunt_span path)
{
    uint32_t found = exchange_tree_find(&routes->tree, path);

    return found == EXCHANGE_TREE_NONE ? NULL : &routes->items[found];
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
