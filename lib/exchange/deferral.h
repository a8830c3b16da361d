/* Answers that come later: an exchange is deferred by its handler, and a handler runs for it again
 * from wherever its id has come to. */
#ifndef EXCHANGE_DEFERRAL_H
#define EXCHANGE_DEFERRAL_H

#include "exchange/exchange.h"

/*
 * The exchange is deferred no longer and has not been answered: its id misses, cancelled() has run,
 * and its response is empty again. The caller answers with an error, or puts it.
 */
void exchange_deferral_cancel(struct shunt_exchange *exchange);

/* Run a handler for a deferred exchange, and answer it unless it is deferred still. */
void exchange_deferral_run(struct shunt_exchange *exchange, shunt_handler *handler, void *arg);

/* It has been answered by the handler that runs. */
void exchange_deferral_end(struct shunt_exchange *exchange);

/* Make its response a 503 in place of whatever was set. */
void exchange_deferral_fail(struct shunt_exchange *exchange);

#endif
