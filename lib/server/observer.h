/* What a worker does with the ends of its exchanges. */
#ifndef SERVER_OBSERVER_H
#define SERVER_OBSERVER_H

#include "exchange/done.h"
#include "server/access_worker.h"
#include "server/metrics_cells.h"

/* The server's own histograms: how long requests and handshakes take. */
struct server_latency {
    bool recorded; /* somebody may look at them: a route shows the metrics */
    uint32_t request, handshake;
};

struct server_observer {
    struct exchange_observer base; /* first */
    struct access_worker *access;  /* NULL: nothing is logged */
    struct server_latency latency;
    struct metrics_row *row; /* the worker's */
};

/* Register them. SHUNT_EFULL, SHUNT_ENOMEM. */
enum shunt_status server_latency_init(struct server_latency *latency,
                                      struct metrics_table *table) SHUNT_MUST_USE;

/* SHUNT_ENOMEM. */
enum shunt_status server_observer_init(struct server_observer *observer, struct access_log *log,
                                       unsigned worker, const struct server_latency *latency,
                                       struct metrics_row *row) SHUNT_MUST_USE;
void server_observer_fini(struct server_observer *observer);

/* For struct exchange_context; NULL: nothing is observed, and exchanges pay nothing for it. */
struct exchange_observer *server_observer_lend(struct server_observer *observer);
/* A turn of the worker is over. */
void server_observer_turn(struct server_observer *observer);

#endif
