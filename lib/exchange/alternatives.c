#include "exchange/alternatives.h"

#include <stdlib.h>

/* A refusal serves all paths with the same methods and filters. */
struct exchange_refusal {
    struct exchange_refusal *next;
    uint64_t allowed;
    struct exchange_route route;
    char text[];
};

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
static struct exchange_route *refusal_of(struct exchange_routes *routes, uint64_t allowed,
                                         const struct exchange_filters *filters)
{
    char text[EXCHANGE_METHODS_TEXT_BYTES];
    struct exchange_refusal *one = routes->refusals;

    allowed |= EXCHANGE_METHOD_SET(EXCHANGE_OPTIONS);
    while (one && (one->allowed != allowed || one->route.filters != filters)) {
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
    one->route.filters = filters;
    one->route.allow = memcpy(one->text, text, strlen(text) + 1);
    routes->refusals = one;
    return &one->route;
}

enum shunt_status exchange_alternatives_begin(struct exchange_routes *routes, size_t count)
{
    enum shunt_status status = SHUNT_OK;

    exchange_methods_init(&routes->methods);
    routes->unknown = (struct exchange_route){.set = UINT64_MAX, .refusal = 501};
    for (size_t i = 0; i < count && status == SHUNT_OK; i++) {
        status = own_set(&routes->methods, &routes->items[i], &routes->items[i].set);
    }
    if (status == SHUNT_OK) {
        routes->server = refusal_of(routes, exchange_methods_all(&routes->methods), NULL);
        status = routes->server ? SHUNT_OK : SHUNT_ENOMEM;
    }
    return status;
}

static struct exchange_route *route_of(struct exchange_routes *routes,
                                       const struct exchange_tree_key *key)
{
    return &routes->items[key->value];
}

/* No two routes are for one method, or for any; *named has what is named. */
static enum shunt_status check(struct exchange_routes *routes, const struct exchange_tree_key *keys,
                               size_t count, uint64_t *named)
{
    unsigned any = 0;

    *named = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t set = route_of(routes, &keys[i])->set;

        any += set == 0;
        if (any > 1 || (*named & set)) {
            return SHUNT_EINVAL;
        }
        *named |= set;
    }
    return SHUNT_OK;
}

/* The one for any method stands behind the others. */
static void order(struct exchange_routes *routes, struct exchange_tree_key *keys, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++) {
        if (route_of(routes, &keys[i])->set == 0) {
            struct exchange_tree_key swap = keys[i];

            keys[i] = keys[count - 1];
            keys[count - 1] = swap;
        }
    }
}

/* A refusal of the path passes the filters of the route that was given first. */
static const struct exchange_filters *filters_of(struct exchange_routes *routes,
                                                 const struct exchange_tree_key *keys, size_t count)
{
    const struct exchange_route *first = route_of(routes, &keys[0]);

    for (size_t i = 1; i < count; i++) {
        const struct exchange_route *route = route_of(routes, &keys[i]);

        first = route < first ? route : first;
    }
    return first->filters;
}

/* GET brings HEAD where no other route names it. */
enum shunt_status exchange_alternatives_link(struct exchange_routes *routes,
                                             struct exchange_tree_key *keys, size_t count)
{
    const uint64_t get = EXCHANGE_METHOD_SET(EXCHANGE_GET);
    const uint64_t head = EXCHANGE_METHOD_SET(EXCHANGE_HEAD);
    uint64_t named, allowed = 0;
    enum shunt_status status = check(routes, keys, count, &named);
    const struct exchange_route *refusal;

    if (status != SHUNT_OK) {
        return status;
    }
    order(routes, keys, count);
    for (size_t i = 0; i < count; i++) {
        struct exchange_route *route = route_of(routes, &keys[i]);

        route->set |= (route->set & get) && !(named & head) ? head : 0;
        allowed |= allowed_by(routes, route);
        route->set = route->set ? route->set : UINT64_MAX;
    }
    refusal = refusal_of(routes, allowed, filters_of(routes, keys, count));
    for (size_t i = 0; i < count; i++) {
        route_of(routes, &keys[i])->otherwise =
            i + 1 < count ? route_of(routes, &keys[i + 1]) : refusal;
    }
    return refusal ? SHUNT_OK : SHUNT_ENOMEM;
}

void exchange_alternatives_fini(struct exchange_routes *routes)
{
    struct exchange_refusal *one = routes->refusals;

    while (one) {
        struct exchange_refusal *next = one->next;

        free(one);
        one = next;
    }
    routes->refusals = NULL;
}
