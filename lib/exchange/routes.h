/*
 * Where a request goes: its host is held against those of the routes, its path, byte for byte and
 * without the query, against their patterns; among the routes of the path that is found the method
 * decides. No route of another path, or of a wider host, is looked at then.
 */
#ifndef EXCHANGE_ROUTES_H
#define EXCHANGE_ROUTES_H

#include "exchange/methods.h"
#include "exchange/tree.h"

#include <shunt/server.h>

/* What is pointed to is borrowed from the configuration. */
struct exchange_route {
    struct shunt_span path;     /* a valid one (exchange/pattern.h) */
    struct shunt_span host;     /* a valid one (exchange/host.h); empty: any */
    const char *const *methods; /* names, ends with NULL; NULL: any that is known, or for a text
                                   without an upgrade GET and HEAD */
    shunt_handler *handler;     /* NULL: what follows */
    void *arg;
    unsigned plugin; /* whose handler it is: its number + 1; 0: no plugin's */
    bool has_text;   /* GET and HEAD get `text`, and what `methods` names */
    struct shunt_span text;
    const char *content_type;
    bool echo;                  /* any method gets its own body back */
    const char *const *upgrade; /* tokens, ends with NULL; NULL: no upgrade here */
    bool upgrade_required;
    bool streamed;                          /* the handler is called at the head */
    uint64_t body_bytes_max;                /* of a request: 413; 0: as the limit of that name */
    const struct shunt_settings *settings;  /* never NULL */
    const struct exchange_filters *filters; /* those for all included; NULL: none */
    unsigned log;                           /* which access log it is in; 0: none */

    /* The rest is for exchange_routes_init() to fill. */
    uint64_t set; /* the methods that get here */
    const struct exchange_route
        *otherwise;    /* the next one of the same path; the last is a refusal */
    unsigned refusal;  /* 405, or 204 for OPTIONS; or 501; 0: it is none */
    const char *allow; /* of a 405: what its Allow lists */
};

/* The routes of one host. */
struct exchange_site {
    struct exchange_tree tree; /* of indexes in `items` */
    uint32_t wider;            /* the site of the next wider host; 0: of any */
};

struct exchange_routes {
    struct exchange_route *items;
    uint64_t *sets;              /* those of the items, close together: many fit into a cache */
    struct exchange_site *sites; /* the one for any host first */
    size_t site_count;
    struct exchange_tree hosts; /* of indexes in `sites` */
    struct exchange_methods methods;
    struct exchange_route unknown;          /* for methods that are not known */
    struct exchange_refusal *refusals;      /* for those that no route of a path is for */
    struct exchange_route *server;          /* for OPTIONS of "*" */
    const struct exchange_filters *filters; /* of what no route is found for; NULL: none */
};

/*
 * Copies `items`; their order is free. SHUNT_ENOMEM; SHUNT_EINVAL when two are for the same host,
 * path and method, or both for any; SHUNT_ETOOBIG for more methods than EXCHANGE_METHODS_MAX.
 */
enum shunt_status exchange_routes_init(struct exchange_routes *routes,
                                       const struct exchange_route *items,
                                       size_t count) SHUNT_MUST_USE;
void exchange_routes_fini(struct exchange_routes *routes);

/* Set the filters for all requests, which each route has in its own row already. */
void exchange_routes_filter(struct exchange_routes *routes, const struct exchange_filters *filters);

/*
 * The route of a request: of the most specific host that has its path the most specific path, and
 * there the route that names the method, else the one for any. A refusal answers what no route of
 * the path is for, and methods that are not known at all; NULL: no route has the path.
 */
const struct exchange_route *exchange_routes_find(const struct exchange_routes *routes,
                                                  const struct shunt_request *request);

/* Does the route allow the protocol called `token` (without case)? */
bool exchange_route_allows(const struct exchange_route *route, struct shunt_span token);

#endif
