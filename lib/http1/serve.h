/* A request that stays HTTP, answered in the bytes of HTTP/1.1. */
#ifndef HTTP1_SERVE_H
#define HTTP1_SERVE_H

#include "exchange/exchange.h"

void http1_serve(struct shunt_exchange *exchange);

#endif
