/* The routes of one path, which their methods tell apart. For routes.c, which builds with these. */
#ifndef EXCHANGE_ALTERNATIVES_H
#define EXCHANGE_ALTERNATIVES_H

#include "exchange/routes.h"

/* The methods of the `count` items, and what is answered where there is no path to look at.
 * SHUNT_ENOMEM, SHUNT_ETOOBIG. */
enum shunt_status exchange_alternatives_begin(struct exchange_routes *routes,
                                              size_t count) SHUNT_MUST_USE;

/*
 * Chain the routes of one path, which the values of `keys` number; their order is changed, so that
 * the first one begins the chain. SHUNT_EINVAL: two are for one method, or for any; SHUNT_ENOMEM.
 */
enum shunt_status exchange_alternatives_link(struct exchange_routes *routes,
                                             struct exchange_tree_key *keys,
                                             size_t count) SHUNT_MUST_USE;

/* Free what the calls above have made. */
void exchange_alternatives_fini(struct exchange_routes *routes);

#endif
