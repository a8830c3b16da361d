/* One worker: a thread with its own loop, listeners and connections. */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "base/error.h"
#include "base/log_queue.h"
#include "exchange/context.h"
#include "server/observer.h"
#include "server/plugins.h"

#include <pthread.h>
#include <stdatomic.h>

/* What a worker is to do. It only ever moves on. */
enum worker_order { WORKER_HOLD, WORKER_SERVE, WORKER_DRAIN, WORKER_ABORT };

/* How far it has come. MADE: it has its loop, accepts nobody yet and waits for an order. */
enum worker_state { WORKER_STARTING, WORKER_MADE, WORKER_READY, WORKER_FAILED, WORKER_DONE };

/* What the workers of a server have in common; constant while they run. */
struct worker_common {
    enum io_backend backend; /* of all; set before they are to serve, and never IO_AUTO then */
    bool pin;                /* each to its own CPU */
    const struct config *config;
    const struct server_plugins *plugins;
    const struct exchange_routes *routes;
    const struct conn_prefixes *trusted; /* NULL: nobody is */
    struct conn_group *group;
    struct log_queue *log;       /* a ring for each worker */
    struct access_log *access;   /* NULL: none */
    struct metrics_cells *cells; /* a row for each worker */
    const struct server_latency *latency;
    void (*on_state)(void *arg); /* a worker's state has changed; its thread */
    void *arg;
};

struct worker_listener {
    int fd;
    bool shared; /* a copy of a socket that every worker accepts on */
};

struct worker {
    const struct worker_common *common;
    unsigned number;                      /* from 0; also which CPU, where they are pinned */
    struct worker_listener listeners[16]; /* the worker's own descriptors; it closes them */
    unsigned listener_count;
    /* Its thread's own: has it ever served, when its present loop began, and how many before that
     * failed soon; refused waits that have been logged. */
    struct server_observer observer;
    bool served;
    uint64_t begun_ms;
    unsigned failures;
    uint64_t refusals_logged;
    pthread_t thread;
    bool joinable;
    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t ordered;
    struct shunt_worker *loop;
    enum worker_state state;
    struct error error; /* WORKER_FAILED: why */
    char error_text[256];
    enum io_backend backend; /* MADE: the one it has chosen ... */
    struct error why;        /* ... and why, where that is no matter of course */
    char why_text[192];
    _Atomic enum worker_order order;
    atomic_bool report;                 /* log the counters */
    struct conn_counters conn_counters; /* of loops that have ended; WORKER_DONE */
    struct exchange_counters exchange_counters;
    struct io_counters io_counters;
};

/* Start the thread. The listeners are the worker's from here on. SHUNT_ESYS. */
enum shunt_status worker_start(struct worker *worker) SHUNT_MUST_USE;
/* Any thread. */
enum worker_state worker_state(struct worker *worker);
void worker_order_set(struct worker *worker, enum worker_order order);
/* Have it log its counters. Any thread. */
void worker_report(struct worker *worker);
/* Wait for its thread. */
void worker_join(struct worker *worker);

#endif
