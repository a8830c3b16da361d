/* Requests that are answered as ordinary HTTP. */
#ifndef EXCHANGE_SERVE_H
#define EXCHANGE_SERVE_H

#include "exchange/response.h"

/*
 * Is the body of a request read by whatever answers it? Otherwise the answer may go out before it.
 *
 *   route     NULL: none
 *   upgrades  the route is asked for another protocol, and looks at that
 */
bool exchange_serve_reads_body(const struct exchange_route *route, bool upgrades);

/* Fill the response to a request; `route` may be NULL. `response` borrows from both. */
void exchange_serve(const struct exchange_route *route, const struct shunt_request *request,
                    struct shunt_response *response);

#endif
