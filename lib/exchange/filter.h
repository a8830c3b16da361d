/*
 * Filters of an exchange: asked one after the other before anything answers it, and once more, in
 * reverse order, about its answer. Which they are hangs on the route.
 */
#ifndef EXCHANGE_FILTER_H
#define EXCHANGE_FILTER_H

#include "exchange/exchange.h"

/* One in its place; `state` is what its create() made. */
struct exchange_filter {
    struct shunt_filter filter;
    void *state;
    unsigned plugin; /* whose it is: its number + 1; 0: no plugin's */
};

/* A row of them. Outlives the workers. */
struct exchange_filters {
    size_t count;
    const struct exchange_filter *items[];
};

/* Ask the filters of exchange->filters (not NULL) from the first one on. True: the request goes on to
 * its handler or the protocols. False: it is answered, or deferred, as behind a handler. */
bool exchange_filter_begin(struct shunt_exchange *exchange);
/* The one that had deferred it is content: ask the next ones. */
bool exchange_filter_go_on(struct shunt_exchange *exchange);

/* The answer is decided: have those that were asked look at it. Once for each exchange. */
void exchange_filter_after(struct shunt_exchange *exchange);

/* The same, to be called before any answer to a request is written. */
static inline void exchange_filter_answer(struct shunt_exchange *exchange)
{
    if (exchange->filters) {
        exchange_filter_after(exchange);
    }
}

#endif
