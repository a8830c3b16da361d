/* A request that stays HTTP, answered in the bytes of HTTP/1.1. */
#ifndef HTTP1_SERVE_H
#define HTTP1_SERVE_H

#include "exchange/exchange.h"

/* Answer at once. False: the handler has deferred its answer, or what is left of it. */
bool http1_serve(struct shunt_exchange *exchange);
/* Set what the answer has of its request: whether it is for HEAD, and whether it is the last. */
void http1_serve_prepare(struct shunt_exchange *exchange);
/* Write the answer that is in exchange->response. */
void http1_serve_write(struct shunt_exchange *exchange);

#endif
