/*
 * Hosts become the keys of a tree, whose values are sites. The paths of a site become the keys of
 * another, whose values are the numbers of the routes: of several routes for one path the first
 * one's, from which `otherwise` leads to the others and to a refusal in the end.
 */
#include "exchange/routes.h"

#include "exchange/alternatives.h"
#include "exchange/host.h"
#include "exchange/pattern.h"

#include <stdlib.h>

/* ---- keys ---- */

/* The keys of some routes, and their bytes. */
struct keys {
    struct exchange_tree_key *items;
    size_t count;
    char *bytes, *end; /* the next one's go to `end` */
};

/* Room for as many keys of so many bytes. */
static enum shunt_status keys_init(struct keys *keys, size_t count, size_t bytes)
{
    keys->items = calloc(count + 1, sizeof *keys->items);
    keys->bytes = keys->end = malloc(bytes + 1);
    return keys->items && keys->bytes ? SHUNT_OK : SHUNT_ENOMEM;
}

static void keys_fini(struct keys *keys)
{
    free(keys->items);
    free(keys->bytes);
}

/* One whose bytes, `len` of them, stand at keys->end. */
static void keys_add(struct keys *keys, size_t len, size_t value)
{
    keys->items[keys->count++] = (struct exchange_tree_key){{keys->end, len}, (uint32_t)value};
    keys->end += len;
}

/* ---- sites ---- */

/* Some of the keys, which are equal. */
struct group {
    struct exchange_tree_key *first, *end;
};

/* As far as keys are equal to the first. */
static void group_extend(struct group *group, struct exchange_tree_key *end)
{
    while (group->end < end && shunt_span_equal(group->end->bytes, group->first->bytes)) {
        group->end++;
    }
}

/* Of each path's keys one stays. */
static enum shunt_status groups_link(struct exchange_routes *routes, struct keys *keys)
{
    struct exchange_tree_key *end = keys->items + keys->count, *kept = keys->items;
    enum shunt_status status = SHUNT_OK;

    for (struct group group = {keys->items, keys->items}; group.first < end && !status;
         group.first = group.end) {
        group_extend(&group, end);
        status = exchange_alternatives_link(routes, group.first, (size_t)(group.end - group.first));
        *kept++ = *group.first;
    }
    keys->count = (size_t)(kept - keys->items);
    return status;
}

/* The keys of the group's paths; the group is of equal hosts. */
static enum shunt_status paths_make(const struct exchange_routes *routes, const struct group *group,
                                    struct keys *keys)
{
    size_t bytes = 0;
    enum shunt_status status;

    for (const struct exchange_tree_key *host = group->first; host < group->end; host++) {
        bytes += routes->items[host->value].path.len;
    }
    status = keys_init(keys, (size_t)(group->end - group->first), bytes);
    if (status != SHUNT_OK) {
        return status;
    }
    for (const struct exchange_tree_key *host = group->first; host < group->end; host++) {
        struct shunt_span path = routes->items[host->value].path;

        keys_add(keys, exchange_pattern_key(path, keys->end), host->value);
    }
    exchange_tree_sort(keys->items, keys->count);
    return SHUNT_OK;
}

static enum shunt_status site_fill(struct exchange_routes *routes, const struct group *group,
                                   struct exchange_site *site)
{
    struct keys paths = {.items = NULL};
    enum shunt_status status = paths_make(routes, group, &paths);

    if (status == SHUNT_OK) {
        status = groups_link(routes, &paths);
    }
    if (status == SHUNT_OK) {
        status = exchange_tree_init(&site->tree, paths.items, paths.count);
    }
    keys_fini(&paths);
    return status;
}

/* The keys of all hosts; of a route for any host an empty one, and those come first. */
static enum shunt_status hosts_make(const struct exchange_routes *routes, size_t count,
                                    struct keys *keys)
{
    size_t bytes = 0;
    enum shunt_status status;

    for (size_t i = 0; i < count; i++) {
        bytes += routes->items[i].host.len;
    }
    status = keys_init(keys, count, bytes);
    for (size_t i = 0; i < count && status == SHUNT_OK; i++) {
        keys_add(keys, exchange_host_key(routes->items[i].host, keys->end), i);
    }
    if (status == SHUNT_OK) {
        exchange_tree_sort(keys->items, count);
    }
    return status;
}

/* A site for each host. Of each host's keys one stays, with its site; none of any host. */
static enum shunt_status sites_fill(struct exchange_routes *routes, struct keys *hosts)
{
    struct exchange_tree_key *end = hosts->items + hosts->count, *kept = hosts->items;
    enum shunt_status status = SHUNT_OK;

    routes->sites = calloc(hosts->count + 1, sizeof *routes->sites);
    routes->site_count = 1;
    if (!routes->sites) {
        return SHUNT_ENOMEM;
    }
    for (struct group group = {hosts->items, hosts->items}; group.first < end && !status;
         group.first = group.end) {
        bool any = group.first->bytes.len == 0;
        size_t site = any ? 0 : routes->site_count++;

        group_extend(&group, end);
        status = site_fill(routes, &group, &routes->sites[site]);
        if (!any) {
            *kept = *group.first;
            kept++->value = (uint32_t)site;
        }
    }
    hosts->count = (size_t)(kept - hosts->items);
    return status;
}

static enum shunt_status hosts_fill(struct exchange_routes *routes, size_t count)
{
    struct keys hosts = {.items = NULL};
    enum shunt_status status = hosts_make(routes, count, &hosts);

    if (status == SHUNT_OK) {
        status = sites_fill(routes, &hosts);
    }
    if (status == SHUNT_OK) {
        status = exchange_tree_init(&routes->hosts, hosts.items, hosts.count);
    }
    for (size_t i = 0; i < hosts.count && status == SHUNT_OK; i++) {
        struct shunt_span key = hosts.items[i].bytes;
        uint32_t wider = exchange_tree_find(&routes->hosts,
                                            (struct shunt_span){key.at, exchange_host_wider(key)});

        routes->sites[hosts.items[i].value].wider = wider == EXCHANGE_TREE_NONE ? 0 : wider;
    }
    keys_fini(&hosts);
    return status;
}

/* ---- all of them ---- */

static enum shunt_status fill(struct exchange_routes *routes, const struct exchange_route *items,
                              size_t count)
{
    enum shunt_status status;

    routes->items = calloc(count + 1, sizeof *items);
    routes->sets = calloc(count + 1, sizeof *routes->sets);
    if (!routes->items || !routes->sets) {
        return SHUNT_ENOMEM;
    }
    if (count > 0) {
        memcpy(routes->items, items, count * sizeof *items);
    }
    status = exchange_alternatives_begin(routes, count);
    status = status == SHUNT_OK ? hosts_fill(routes, count) : status;
    for (size_t i = 0; i < count; i++) {
        routes->sets[i] = routes->items[i].set;
    }
    return status;
}

enum shunt_status exchange_routes_init(struct exchange_routes *routes,
                                       const struct exchange_route *items, size_t count)
{
    enum shunt_status status;

    *routes = (struct exchange_routes){.items = NULL};
    status = fill(routes, items, count);
    if (status != SHUNT_OK) {
        exchange_routes_fini(routes);
    }
    return status;
}

void exchange_routes_fini(struct exchange_routes *routes)
{
    for (size_t i = 0; routes->sites && i < routes->site_count; i++) {
        exchange_tree_fini(&routes->sites[i].tree);
    }
    exchange_tree_fini(&routes->hosts);
    exchange_alternatives_fini(routes);
    free(routes->sites);
    free(routes->sets);
    free(routes->items);
    *routes = (struct exchange_routes){0};
}

void exchange_routes_filter(struct exchange_routes *routes, const struct exchange_filters *filters)
{
    routes->filters = routes->unknown.filters = routes->server->filters = filters;
}

/* ---- looking up ---- */

/* The site of the most specific host. Its room for the host would be paid for by all lookups. */
static __attribute__((noinline)) const struct exchange_site *site_of(
    const struct exchange_routes *routes, struct shunt_span authority)
{
    char text[EXCHANGE_HOST_BYTES_MAX];
    size_t len = exchange_host_text(authority, text);
    uint32_t found = EXCHANGE_TREE_NONE;

    if (len > 0) {
        found = exchange_tree_find(&routes->hosts, (struct shunt_span){text, len});
    }
    return &routes->sites[found == EXCHANGE_TREE_NONE ? 0 : found];
}

const struct exchange_route *exchange_routes_find(const struct exchange_routes *routes,
                                                  const struct shunt_request *request)
{
    unsigned method = exchange_method_is_get(request->method)
                          ? EXCHANGE_GET
                          : exchange_methods_find(&routes->methods, request->method);
    const struct exchange_site *site = routes->sites;
    const struct exchange_route *route;
    uint32_t found;

    if (method == routes->methods.count) {
        return &routes->unknown;
    }
    if (request->target.len == 1 && *request->target.at == '*') {
        return routes->server;
    }
    if (routes->site_count > 1) {
        site = site_of(routes, request->host);
    }
    while ((found = exchange_tree_find(&site->tree, request->path)) == EXCHANGE_TREE_NONE) {
        if (site == routes->sites) {
            return NULL;
        }
        site = &routes->sites[site->wider];
    }
    route = &routes->items[found];
    if (routes->sets[found] >> method & 1) {
        return route;
    }
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
