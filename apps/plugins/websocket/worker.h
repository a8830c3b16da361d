/* What the plugin keeps for the process and for a worker. */
#ifndef PLUGINS_WEBSOCKET_WORKER_H
#define PLUGINS_WEBSOCKET_WORKER_H

#include "deflate.h"
#include "extension.h"
#include "hub.h"
#include "metrics.h"
#include "named.h"
#include "settings.h"

/* Of one server. */
struct websocket_plugin {
    struct websocket_settings settings; /* of routes that do not set their own */
    uint64_t queue_bytes_max;           /* the server's; 0: not known */
    struct websocket_hub hub;
    uint32_t metric_numbers[WEBSOCKET_METRICS];
    bool metric_shown[WEBSOCKET_METRICS];
};

/* A service as a worker of the plugin knows it, on one route and with what was agreed in the
 * handshake. Streams that agreed the same point to the same one, so it never moves. */
struct websocket_service {
    struct websocket_service *next;
    struct websocket_worker *worker;
    const struct websocket_settings *settings;
    struct websocket_terms terms;
    struct shunt_span subprotocol;        /* of the route's setting; empty: none */
    struct shunt_websocket_service table; /* every member of today; size 0: no such service */
    void *local;
    struct websocket_named *named;
    struct websocket_route *route;
    const char *name;
};

/* What all streams of a route have in common. */
struct websocket_route {
    struct websocket_route *next;
    const struct shunt_settings *key;
    struct websocket_settings settings;
    struct websocket_service plain;   /* without extension and subprotocol */
    struct websocket_service *agreed; /* those with either */
    size_t agreed_count;
};

struct websocket_member;

/* Of the streams that have more than their slot. */
union websocket_place {
    struct websocket_member *member;
    uint32_t next; /* free one; 0: none */
};

struct websocket_members {
    union websocket_place *places;
    uint32_t room, free;
};

struct websocket_worker {
    struct websocket_plugin *plugin;
    struct shunt_worker *worker;
    struct websocket_route *routes; /* each that a handshake has met */
    size_t open_count;              /* streams between open() and close() */
    size_t stop_count, stop_total;  /* of them, closed by a stop so far and in all */
    struct websocket_codecs codecs;
    struct websocket_named *named; /* services by their names */
    struct websocket_members members;
    struct websocket_inbox *inbox;
    struct websocket_counts *counts;
    uint64_t turn_ms, turn_bytes, turn_sends; /* what has been handed on in this turn */
};

/* The worker that runs on this thread; NULL: none does. */
extern _Thread_local struct websocket_worker *websocket_here;

void websocket_worker_fini(struct websocket_worker *worker);

/*
 * The service that a route names, without extension or subprotocol. NULL when there is none, which
 * is logged the first time.
 */
struct websocket_service *websocket_worker_service(struct websocket_worker *worker,
                                                   const struct shunt_settings *route);

/* The same service with other terms and another subprotocol; NULL: no memory, or clients have asked
 * for more combinations than are worth their memory. */
struct websocket_service *websocket_worker_agreed(struct websocket_service *service,
                                                  const struct websocket_terms *terms,
                                                  struct shunt_span subprotocol);

#endif
