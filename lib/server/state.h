/* A server, between the files that make up <shunt/server.h>. */
#ifndef SERVER_STATE_H
#define SERVER_STATE_H

#include "base/error.h"
#include "server/filters.h"
#include "server/folders.h"
#include "server/handlers.h"
#include "server/metrics_cells.h"
#include "server/plugins.h"
#include "server/worker.h"

#include <stdatomic.h>

struct shunt_server {
    struct config config;
    struct {
        bool workers, backend, pin, keep_alive, trust, access_log;
    } given; /* by calls, so that a file does not change them */
    struct server_plugins plugins;
    struct server_handlers handlers;
    struct server_filters filters;
    struct conn_prefixes *trusted; /* NULL: nobody is */
    struct server_folders folders;
    struct exchange_routes routes;
    struct worker *workers;
    unsigned worker_count;
    struct conn_group group;     /* how the workers know each other */
    const struct worker *chosen; /* whose choice of a back end holds for all */
    unsigned *ports;
    struct log_queue *log; /* while it runs */
    int events;            /* an eventfd: a stop was asked for, or a worker's state has changed */
    atomic_uint stops;
    atomic_bool report, reopen;
    struct access_log *access;    /* while it runs; NULL: none */
    struct metrics_table metrics; /* the program's, then while it runs those of plugins and ours */
    unsigned own_metrics;         /* the program's */
    struct metrics_row shared;    /* what the program's threads have counted, ever */
    _Atomic uint64_t shared_cells[METRICS_CELLS_MAX];
    struct metrics_cells *cells; /* while it runs */
    struct server_latency latency;
    _Atomic(const char *) notice; /* to be logged */
    struct error error;           /* of the last call */
    struct error faults;          /* of the file that was read last; none: it may be served */
    char error_text[ERROR_BYTES], faults_text[ERROR_BYTES];
};

/* `status`, after setting server->error where the only failures are a bad argument and memory. */
enum shunt_status server_status(struct shunt_server *server, enum shunt_status status,
                                const char *what);

/* Something has happened that its run looks at. Any thread, and async-signal-safe. */
void server_wake(const struct shunt_server *server);

#endif
