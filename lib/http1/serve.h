/* A request that stays HTTP, answered in the bytes of HTTP/1.1. */
#ifndef HTTP1_SERVE_H
#define HTTP1_SERVE_H

#include "exchange/exchange.h"

/* Answer at once. False: the handler has deferred its answer, or what is left of it. */
bool http1_serve(struct shunt_exchange *exchange);
/* A handler has run, or a filter in its place: write what it has left. False: it has deferred. */
bool http1_serve_finish(struct shunt_exchange *exchange);
/* The answer is decided: filters look at it, and it gets what it has of its request, which is whether
 * it is for HEAD, and whether it is the last. */
void http1_serve_prepare(struct shunt_exchange *exchange);
/* Write the answer that is in exchange->response. */
void http1_serve_write(struct shunt_exchange *exchange);

#endif
