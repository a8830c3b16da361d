/* The filters of a server: created from their settings, and in the rows that routes lead to. */
#ifndef SERVER_FILTERS_H
#define SERVER_FILTERS_H

#include "base/error.h"
#include "exchange/filter.h"
#include "server/config.h"
#include "server/plugins.h"

struct server_filters {
    struct exchange_filter *items; /* in the order of their creation */
    size_t count;
    struct exchange_filters **rows; /* for all, then of each route */
    size_t row_count;
};

/*
 * Find those that are named among the built-in ones and those of plugins, run every create(), and make
 * the rows. A name that is not there is none's fault while a plugin is lacking. The report has a sentence for each mistake; the others are
 * created all the same. SHUNT_OK; SHUNT_EINVAL; SHUNT_ENOMEM, which the report has too. Main thread,
 * between the plugins' init and the first worker.
 */
enum shunt_status server_filters_start(struct server_filters *filters, struct config *config,
                                       const struct server_plugins *plugins,
                                       struct error *report) SHUNT_MUST_USE;
/* Run every destroy(), in reverse order. */
void server_filters_stop(struct server_filters *filters);

/* Those for all requests; those of route number `i`, which include them. NULL: none. */
const struct exchange_filters *server_filters_all(const struct server_filters *filters);
const struct exchange_filters *server_filters_of(const struct server_filters *filters, size_t i);

#endif
