/*
 * A request's body that its handler reads in pieces: what it may do with that. The exchange is
 * deferred until on_end() runs. A version of HTTP brings the pieces.
 */
#ifndef EXCHANGE_BODY_H
#define EXCHANGE_BODY_H

#include "exchange/exchange.h"

/* The next piece has come, maybe an empty one; body.state is READ where it was the last. What
 * follows from it is done: `exchange` may be gone. */
void exchange_body_data(struct shunt_exchange *exchange, struct shunt_span bytes);

#endif
