/* The protocols that a client offers: the elements of its Upgrade fields, each "name" or
 * "name/version", in descending preference (RFC 9110 section 7.8). */
#ifndef EXCHANGE_OFFERS_H
#define EXCHANGE_OFFERS_H

#include "exchange/context.h"
#include "http/list.h"

/* Where a look through the offers of one request stands. All zero: at the beginning. */
struct exchange_offers {
    struct http_list_cursor cursor;
    uint32_t count;          /* elements that were looked at */
    struct shunt_span offer; /* the one in hand */
    unsigned protocol;       /* ... and the number in the registry of the protocol that it names */
};

/*
 * Go to the next offer that names a protocol which is loaded and which the route allows. A name
 * with its version counts once, and elements beyond limits.offers_max do not count: a client lists
 * as many as it likes, and each costs. False: there is none.
 */
bool exchange_offers_next(struct exchange_context *context, const struct exchange_route *route,
                          const struct shunt_request *request, struct exchange_offers *offers);

#endif
