/*
 * Where a request goes: by its path, byte for byte and without the query, held against the patterns
 * of the routes.
 */
#ifndef EXCHANGE_ROUTES_H
#define EXCHANGE_ROUTES_H

#include "exchange/tree.h"

#include <shunt/server.h>

/* What is pointed to is borrowed from the configuration. */
struct exchange_route {
    struct shunt_span path; /* a valid one (exchange/pattern.h) */
    shunt_handler *handler; /* NULL: what follows */
    void *arg;
    bool has_text; /* GET and HEAD get `text` */
    struct shunt_span text;
    const char *content_type;
    bool echo;                  /* any method gets its own body back */
    const char *const *upgrade; /* tokens, ends with NULL; NULL: no upgrade here */
    bool upgrade_required;
    const struct shunt_settings *settings; /* never NULL */
};

struct exchange_routes {
    struct exchange_route *items;
    struct exchange_tree tree; /* of indexes in `items` */
};

/* Copies `items`; its order is free. SHUNT_ENOMEM, or SHUNT_EINVAL when two paths are the same. */
enum shunt_status exchange_routes_init(struct exchange_routes *routes,
                                       const struct exchange_route *items,
                                       size_t count) SHUNT_MUST_USE;
void exchange_routes_fini(struct exchange_routes *routes);

/* The most specific route of `path`, or NULL. */
const struct exchange_route *exchange_routes_find(const struct exchange_routes *routes,
                                                  struct shunt_span path);

/* Does the route allow the protocol called `token` (without case)? */
bool exchange_route_allows(const struct exchange_route *route, struct shunt_span token);

#endif
