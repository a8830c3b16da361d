/* Routes drawn at random, and a search that is slow and plain: it holds a request against one route
 * after the other, by the letter of lib/exchange/README.md. */
#ifndef SUPPORT_ROUTES_ORACLE_H
#define SUPPORT_ROUTES_ORACLE_H

#include "exchange/routes.h"

enum { ORACLE_PATH_MAX = 64, ORACLE_HOST_MAX = 64 };

/* A number below `below`, the next one of `seed`. */
unsigned oracle_draw(uint64_t *seed, unsigned below);
/* A valid path of a few short segments, with parameters where `pattern`. */
void oracle_path(uint64_t *seed, bool pattern, char path[ORACLE_PATH_MAX]);
/* A valid host of a few short labels, maybe with a "*" in front where `pattern`. */
void oracle_host(uint64_t *seed, bool pattern, char host[ORACLE_HOST_MAX]);

/*
 * As many routes as can be drawn in `most` attempts, for paths, methods and hosts (for any host
 * only, unless `hosts`), no two for the same. They borrow from static memory that the next draw
 * writes over; `items` has room for `most`, at most 32. Returns how many.
 */
size_t oracle_routes(uint64_t *seed, bool hosts, struct exchange_route *items, size_t most);
/* A method that the routes drawn may be for, or hardly so. */
struct shunt_span oracle_method(uint64_t *seed);

/* What is found for a request. */
struct oracle_found {
    const struct exchange_route *item; /* one of those that were searched; NULL: none */
    unsigned refusal;                  /* 0, or the status without one: 405, 501 */
    char allow[512];                   /* of a 405 */
};

/* The route of `items` for a request. Without an item and without a refusal no route has the path. */
void oracle_find(const struct exchange_route *items, size_t count,
                 const struct shunt_request *request, struct oracle_found *found);

/* Does exchange_routes_find() over the same items come to the same? */
bool oracle_agrees(const struct exchange_routes *routes, const struct exchange_route *found,
                   const struct exchange_route *items, const struct oracle_found *wanted);

#endif
