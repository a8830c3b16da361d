/* A service by its name, as a worker has it: found once, whatever routes lead to it, and started,
 * with its topics. */
#ifndef PLUGINS_WEBSOCKET_NAMED_H
#define PLUGINS_WEBSOCKET_NAMED_H

#include "hub.h"

struct websocket_worker;

struct websocket_named {
    struct websocket_named *next;
    struct shunt_websocket_topics *topics;
    struct topics_tree tree;              /* who has subscribed on this worker */
    struct shunt_websocket_service table; /* every member of today; size 0: no such service */
    void *local;
};

/* Found and started at first use; what is not there is logged then. NULL: no memory. */
struct websocket_named *websocket_named(struct websocket_worker *worker, const char *name);
/* All of a worker's. Nobody is subscribed any more. */
void websocket_named_fini(struct websocket_worker *worker);

#endif
