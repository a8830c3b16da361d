/* What the workers of a server share for topics: an inbox each, and the topics of each service.
 * Who has subscribed to what is not shared: each worker has a tree of its own (topics/). */
#ifndef PLUGINS_WEBSOCKET_HUB_H
#define PLUGINS_WEBSOCKET_HUB_H

#include "counts.h"
#include "inbox.h"
#include "topics/presence.h"
#include "topics/tree.h"

#include <pthread.h>
#include <shunt/websocket.h>

enum { WEBSOCKET_WORKERS_MAX = 1024 };

struct websocket_plugin;

/* Lent to init(). One table serves all servers of a process. */
extern const struct shunt_host *websocket_host;

/* The topics of one service. */
struct shunt_websocket_topics {
    struct shunt_websocket_topics *next;
    struct websocket_plugin *plugin;
    /* Retained values come to all workers in one order, or the last ones would differ. */
    pthread_mutex_t retaining;
    pthread_mutex_t entering; /* around `presence`: who enters is rare beside what is published */
    struct topics_presence presence;
    char name[]; /* of the service */
};

struct websocket_hub {
    struct topics_limits limits; /* of a worker */
    struct websocket_inbox_limits inbox_limits;
    uint64_t seed, present_max;
    pthread_mutex_t making;
    struct shunt_websocket_topics *topics;
    unsigned workers; /* 0: none has started */
    struct websocket_inbox *inboxes[WEBSOCKET_WORKERS_MAX];
    struct websocket_counts *counts; /* one for each worker */
    _Atomic uint64_t refused;        /* publications for which some inbox had no room */
};

/* Settings and their defaults. SHUNT_OK or as host->setting_number(). */
enum shunt_status websocket_hub_init(struct websocket_hub *hub,
                                     const struct shunt_settings *settings) SHUNT_MUST_USE;
/* All workers have stopped. */
void websocket_hub_fini(struct websocket_hub *hub);

/* The inboxes of all workers, made by the first that starts; theirs is that of `number`. NULL: no
 * memory, no descriptor. */
struct websocket_inbox *websocket_hub_join(struct websocket_hub *hub, unsigned number,
                                           unsigned workers);

/* The topics of all services so far, linked by `next`, which never changes. Any thread. */
const struct shunt_websocket_topics *websocket_hub_all(struct websocket_hub *hub);

/* The topics of a service, made at first use; NULL: no memory. Any thread. */
struct shunt_websocket_topics *websocket_hub_topics(struct websocket_plugin *plugin,
                                                    struct websocket_hub *hub, const char *name);

#endif
