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

/*
 * Defer it by shunt_response_defer(); where it is deferred already because its body, or its answer,
 * is in pieces, that stays so and gets a new cancelled().
 */
enum shunt_status exchange_deferral_join(struct shunt_exchange *exchange,
                                         shunt_cancelled *cancelled, void *arg,
                                         shunt_id *id) SHUNT_MUST_USE;

/* Run on_data(); exchange_deferral_go_on() follows. */
void exchange_deferral_give(struct shunt_exchange *exchange, struct shunt_span bytes);

/* What a handler that has just run leaves to do: a body that is here is given, its on_end() runs, and
 * an exchange that is deferred no longer is answered. */
void exchange_deferral_go_on(struct shunt_exchange *exchange);

/* Run a handler for a deferred exchange, and go on. */
void exchange_deferral_run(struct shunt_exchange *exchange, shunt_handler *handler, void *arg);

/* The deferred exchange that an id names, unless a handler runs for it; NULL: none. */
struct shunt_exchange *exchange_deferral_find(struct shunt_worker *loop, shunt_id id);

/* It has been answered by the handler that runs. */
void exchange_deferral_end(struct shunt_exchange *exchange);

/* Make its response a 503 in place of whatever was set. */
void exchange_deferral_fail(struct shunt_exchange *exchange);

#endif
