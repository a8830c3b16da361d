/* Where a request goes: by exact path, byte for byte, without the query. */
#ifndef EXCHANGE_ROUTES_H
#define EXCHANGE_ROUTES_H

#include <shunt/server.h>

/* What is pointed to is borrowed from the configuration. */
struct exchange_route {
    struct shunt_span path;
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
    struct exchange_route *items; /* sorted by length, then bytes */
    size_t count;
};

/* Copies `items`; its order is free. SHUNT_ENOMEM, or SHUNT_EINVAL when a path occurs twice. */
enum shunt_status exchange_routes_init(struct exchange_routes *routes,
                                       const struct exchange_route *items,
                                       size_t count) SHUNT_MUST_USE;
void exchange_routes_fini(struct exchange_routes *routes);

/* The route of `path`, or NULL. */
const struct exchange_route *exchange_routes_find(const struct exchange_routes *routes,
                                                  struct shunt_span path);

/* Does the route allow the protocol called `token` (without case)? */
bool exchange_route_allows(const struct exchange_route *route, struct shunt_span token);

#endif
