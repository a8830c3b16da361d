/* Messages that wait for a slow peer, where a policy lets some of them be dropped. Pure. */
#ifndef PLUGINS_WEBSOCKET_BACKLOG_H
#define PLUGINS_WEBSOCKET_BACKLOG_H

#include "message.h"

/* A ring. All zeros is an empty one. */
struct websocket_backlog {
    struct shunt_websocket_message **ring; /* NULL: one with its key came later */
    uint32_t room, first, used;            /* `used` counts those that are NULL too */
    uint64_t bytes;                        /* as websocket_backlog_cost() has them */
};

/* What a message that waits counts as: its bytes, and what keeps track of it. */
static inline uint64_t websocket_backlog_cost(const struct shunt_websocket_message *message)
{
    return message->len + 64;
}

/* Add a reference. SHUNT_OK or SHUNT_ENOMEM. */
enum shunt_status websocket_backlog_add(struct websocket_backlog *backlog,
                                        struct shunt_websocket_message *message) SHUNT_MUST_USE;
/* The oldest, with its reference, or NULL. */
struct shunt_websocket_message *websocket_backlog_take(struct websocket_backlog *backlog);
/* Drop the message that has the same key, if one waits: true then. */
bool websocket_backlog_replace(struct websocket_backlog *backlog,
                               const struct shunt_websocket_message *message);
/* Drop all; how many. */
uint64_t websocket_backlog_fini(struct websocket_backlog *backlog);

#endif
