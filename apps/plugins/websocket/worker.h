/* What the plugin keeps for the process and for a worker. */
#ifndef PLUGINS_WEBSOCKET_WORKER_H
#define PLUGINS_WEBSOCKET_WORKER_H

#include <shunt/websocket.h>

/* Lent to init(). One table serves all servers of a process. */
extern const struct shunt_host *websocket_host;

/* Of one server. */
struct websocket_plugin {
    uint64_t message_bytes_max;
    uint64_t queue_bytes_max; /* the server's; 0: not known */
    uint64_t close_timeout_ms;
    uint64_t stop_timeout_ms;  /* likewise, for a peer that has read all, once the server stops */
    uint64_t ping_interval_ms; /* 0: no pings */
    uint64_t pong_timeout_ms;
};

/* A service as a worker of the plugin knows it. Streams point to it, so it never moves. */
struct websocket_service {
    struct websocket_service *next;
    struct websocket_worker *worker;
    struct shunt_websocket_service table; /* every member of today; size 0: no such service */
    void *local;
    char name[];
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
    const struct websocket_plugin *plugin;
    struct shunt_worker *worker;
    struct websocket_service *services; /* one for each name that a route has asked for */
    struct websocket_members members;
};

/*
 * The service that a route calls `name`, which may be NULL. NULL when there is none, which is
 * logged the first time.
 */
struct websocket_service *websocket_worker_service(struct websocket_worker *worker,
                                                   const char *name);

#endif
