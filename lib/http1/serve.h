/* A request that stays HTTP, answered in the bytes of HTTP/1.1. */
#ifndef HTTP1_SERVE_H
#define HTTP1_SERVE_H

#include "http1/context.h"

/* `route` may be NULL. */
void http1_serve(struct conn *conn, const struct exchange_route *route,
                 const struct shunt_request *request, bool keep_alive);

#endif
