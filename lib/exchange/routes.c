/*
 * Paths become the keys of a tree, whose values are the numbers of the routes: of several routes for
 * one path the first one's, from which `otherwise` leads to the others and to a refusal in the end.
 */
#include "exchange/routes.h"

#include "exchange/pattern.h"

#include <stdlib.h>

/* A refusal serves all paths with the same methods. */
struct exchange_refusal {
    struct exchange_refusal *next;
    uint64_t allowed;
    struct exchange_route route;
    char text[];
};

/* ---- keys ---- */

/* The keys of all routes, and their bytes. */
struct keys {
    struct exchange_tree_key *items;
    size_t count;
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
    keys->count = count;
    exchange_tree_sort(keys->items, count);
    return SHUNT_OK;
}

/* ---- methods ---- */

/* The methods that a route names, or is for as it is; 0: any. */
static enum shunt_status own_set(struct exchange_methods *methods,
                                 const struct exchange_route *route, uint64_t *set)
{
    enum shunt_status status = SHUNT_OK;

    *set = 0;
    for (const char *const *name = route->methods; name && *name && !status; name++) {
        status = exchange_methods_add(methods, *name, set);
    }
    if (!route->methods && route->has_text && !route->handler && !route->echo && !route->upgrade) {
        *set = EXCHANGE_METHOD_SET(EXCHANGE_GET);
    }
    return status;
}

static enum shunt_status sets_fill(struct exchange_routes *routes, size_t count)
{
    enum shunt_status status = SHUNT_OK;

    for (size_t i = 0; i < count && status == SHUNT_OK; i++) {
        status = own_set(&routes->methods, &routes->items[i], &routes->items[i].set);
    }
    return status;
}

/* What its path's Allow lists for a route. */
static uint64_t allowed_by(const struct exchange_routes *routes, const struct exchange_route *route)
{
    bool any = route->set == 0;

    if (any && route->has_text && !route->handler && !route->echo) {
        return EXCHANGE_METHOD_SET(EXCHANGE_GET) | EXCHANGE_METHOD_SET(EXCHANGE_HEAD);
    }
    return any ? exchange_methods_all(&routes->methods) : route->set;
}

/* The refusal whose Allow lists a set, and OPTIONS; NULL: no memory. */
static const struct exchange_route *refusal_of(struct exchange_routes *routes, uint64_t allowed)
{
    char text[EXCHANGE_METHODS_TEXT_BYTES];
    struct exchange_refusal *one = routes->refusals;

    allowed |= EXCHANGE_METHOD_SET(EXCHANGE_OPTIONS);
    while (one && one->allowed != allowed) {
        one = one->next;
    }
    if (one) {
        return &one->route;
    }
    exchange_methods_write(&routes->methods, allowed, text);
    one = malloc(sizeof *one + strlen(text) + 1);
    if (!one) {
        return NULL;
    }
    *one = (struct exchange_refusal){routes->refusals, allowed, {.set = UINT64_MAX}};
    one->route.refusal = 405;
    one->route.allow = strcpy(one->text, text);
    routes->refusals = one;
    return &one->route;
}

/* ---- routes of one path ---- */

/* Some of the keys, which are equal. */
struct group {
    struct exchange_tree_key *first, *end;
};

static struct exchange_route *route_of(struct exchange_routes *routes,
                                       const struct exchange_tree_key *key)
{
    return &routes->items[key->value];
}

/* No two routes are for one method, or for any. */
static enum shunt_status group_check(struct exchange_routes *routes, const struct group *group,
                                     uint64_t *named)
{
    unsigned any = 0;

    *named = 0;
    for (const struct exchange_tree_key *key = group->first; key < group->end; key++) {
        uint64_t set = route_of(routes, key)->set;

        any += set == 0;
        if (any > 1 || (*named & set)) {
            return SHUNT_EINVAL;
        }
        *named |= set;
    }
    return SHUNT_OK;
}

/* The one for any method stands behind the others. */
static void group_order(struct exchange_routes *routes, const struct group *group)
{
    struct exchange_tree_key *last = group->end - 1;

    for (struct exchange_tree_key *key = group->first; key < last; key++) {
        if (route_of(routes, key)->set == 0) {
            struct exchange_tree_key swap = *key;

            *key = *last;
            *last = swap;
        }
    }
}

/* Chain the routes of a path; GET brings HEAD where no other route names it. */
static enum shunt_status group_link(struct exchange_routes *routes, const struct group *group)
{
    const uint64_t get = EXCHANGE_METHOD_SET(EXCHANGE_GET);
    const uint64_t head = EXCHANGE_METHOD_SET(EXCHANGE_HEAD);
    uint64_t named, allowed = 0;
    enum shunt_status status = group_check(routes, group, &named);

    if (status != SHUNT_OK) {
        return status;
    }
    group_order(routes, group);
    for (struct exchange_tree_key *key = group->first; key < group->end; key++) {
        struct exchange_route *route = route_of(routes, key);

        route->set |= (route->set & get) && !(named & head) ? head : 0;
        allowed |= allowed_by(routes, route);
        route->set = route->set ? route->set : UINT64_MAX;
        route->otherwise = key + 1 < group->end ? route_of(routes, key + 1) : NULL;
    }
    route_of(routes, group->end - 1)->otherwise = refusal_of(routes, allowed);
    return route_of(routes, group->end - 1)->otherwise ? SHUNT_OK : SHUNT_ENOMEM;
}

/* Of each path's keys one stays. */
static enum shunt_status groups_link(struct exchange_routes *routes, struct keys *keys)
{
    struct exchange_tree_key *end = keys->items + keys->count, *kept = keys->items;
    enum shunt_status status = SHUNT_OK;

    for (struct group group = {keys->items, keys->items}; group.first < end && !status;
         group.first = group.end) {
        while (group.end < end && shunt_span_equal(group.end->bytes, group.first->bytes)) {
            group.end++;
        }
        status = group_link(routes, &group);
        *kept++ = *group.first;
    }
    keys->count = (size_t)(kept - keys->items);
    return status;
}

/* ---- all of them ---- */

static enum shunt_status fill(struct exchange_routes *routes, const struct exchange_route *items,
                              size_t count, struct keys *keys)
{
    enum shunt_status status;

    routes->items = calloc(count + 1, sizeof *items);
    if (!routes->items) {
        return SHUNT_ENOMEM;
    }
    if (count > 0) {
        memcpy(routes->items, items, count * sizeof *items);
    }
    status = sets_fill(routes, count);
    if (status == SHUNT_OK) {
        routes->server = refusal_of(routes, exchange_methods_all(&routes->methods));
        status = routes->server ? keys_make(keys, items, count) : SHUNT_ENOMEM;
    }
    if (status == SHUNT_OK) {
        status = groups_link(routes, keys);
    }
    return status == SHUNT_OK ? exchange_tree_init(&routes->tree, keys->items, keys->count)
                              : status;
}

enum shunt_status exchange_routes_init(struct exchange_routes *routes,
                                       const struct exchange_route *items, size_t count)
{
    struct keys keys = {.items = NULL};
    enum shunt_status status;

    *routes = (struct exchange_routes){.unknown = {.set = UINT64_MAX, .refusal = 501}};
    exchange_methods_init(&routes->methods);
    status = fill(routes, items, count, &keys);
    if (status != SHUNT_OK) {
        exchange_routes_fini(routes);
    }
    free(keys.items);
    free(keys.bytes);
    return status;
}

void exchange_routes_fini(struct exchange_routes *routes)
{
    struct exchange_refusal *one = routes->refusals;

    while (one) {
        struct exchange_refusal *next = one->next;

        free(one);
        one = next;
    }
    exchange_tree_fini(&routes->tree);
    free(routes->items);
    *routes = (struct exchange_routes){0};
}

const struct exchange_route *exchange_routes_find(const struct exchange_routes *routes,
                                                  const struct shunt_request *request)
{
    unsigned method = exchange_methods_find(&routes->methods, request->method);
    const struct exchange_route *route;
    uint32_t found;

    if (method == routes->methods.count) {
        return &routes->unknown;
    }
    if (request->target.len == 1 && *request->target.at == '*') {
        return routes->server;
    }
    found = exchange_tree_find(&routes->tree, request->path);
    if (found == EXCHANGE_TREE_NONE) {
        return NULL;
    }
    route = &routes->items[found];
    while (!(route->set >> method & 1)) {
        route = route->otherwise;
    }
    return route;
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
