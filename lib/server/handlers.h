/* Handlers that plugins give by name, and what they have made of the routes that name them. */
#ifndef SERVER_HANDLERS_H
#define SERVER_HANDLERS_H

#include "base/error.h"
#include "conn/registry.h"

/* The handler of one route. */
struct server_handler {
    struct shunt_http_handler given; /* has every member of today; `handler` NULL: none */
    unsigned plugin;                 /* number of its plugin */
    void *state;                     /* what its create() set, else the plugin's own */
    bool created;                    /* destroy() is owed */
};

/* One for each route, by its number. All zero: none. */
struct server_handlers {
    struct server_handler *items;
    size_t count;
};

/* Room for so many routes, none of which has a handler. SHUNT_ENOMEM. */
enum shunt_status server_handlers_init(struct server_handlers *handlers,
                                       size_t routes) SHUNT_MUST_USE;
/* Destroy what was created, the last first. After the last worker. */
void server_handlers_fini(struct server_handlers *handlers);

/*
 * The handler that `name`, "users" or "plugin/users", means.
 *
 *   found  written on SHUNT_OK: `given`, `plugin`, and `state` as the plugin's own
 *   why    on any other status a part of a sentence: what was expected and found
 *
 * SHUNT_OK; SHUNT_ENOTFOUND; SHUNT_EINVAL: more than one plugin gives it.
 */
enum shunt_status server_handler_find(const struct registry *registry, const char *name,
                                      struct server_handler *found,
                                      struct error *why) SHUNT_MUST_USE;

#endif
