/*
 * The server without its sockets: the layers that shuntd runs, from a request's bytes to the 101
 * and the hand-off to the protocol, over the back end in memory. Its limits are shuntd's defaults;
 * it has one route, /ws, which allows every protocol that is linked in, and websocket's service
 * there is echo.
 */
#ifndef MEMORY_SERVER_H
#define MEMORY_SERVER_H

#include "base/error.h"

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMORY_PATH "/ws"

/* What workers share: plugins, routes. One in a process at a time. */
struct memory_server;
struct exchange_route;

/* Beside its own it has the `count` routes at `more`; what they point to is borrowed, and settings
 * that are NULL are none. SHUNT_OK, or a sentence in `error`. */
enum shunt_status memory_server_create(const struct exchange_route *more, size_t count,
                                       struct memory_server **server,
                                       struct error *error) SHUNT_MUST_USE;
/* Not while it has a worker. */
void memory_server_destroy(struct memory_server *server);

/* How many workers may live at a time, 1 unless this is called; before the first one. */
void memory_server_workers(const struct memory_server *server, unsigned count);

/* Is `offer`, a token or token/version, of a protocol that is linked in? */
bool memory_server_speaks(const struct memory_server *server, const char *offer);
/* Their tokens: "echo, websocket". Borrowed. */
const char *memory_server_protocols(const struct memory_server *server);

/* One worker: made, used and ended on one thread. `connections` is how many there may be at a time,
 * 1 to 65536. SHUNT_OK, or a sentence in `error`. */
struct memory_worker;
enum shunt_status memory_worker_create(const struct memory_server *server, uint32_t connections,
                                       struct memory_worker **worker,
                                       struct error *error) SHUNT_MUST_USE;
void memory_worker_destroy(struct memory_worker *worker);
/* Its loop, for who drives the far ends by memory/peer.h and turns it. */
struct shunt_worker *memory_worker_loop(const struct memory_worker *worker);

/* A connection: what its peer sends, and what came of it. */
struct memory_exchange {
    struct shunt_span request; /* borrowed during the run */
    struct shunt_span answer;  /* all that was sent; borrowed from the worker until its next run */
    bool opened;               /* a protocol owned the connection when its peer left */
};

/*
 * Serve `count` connections side by side, at most as many as the worker may have: each is accepted,
 * receives its request, is answered as far as that goes, and is then reset by its peer. SHUNT_OK,
 * or SHUNT_ESYS when the loop failed.
 */
enum shunt_status memory_worker_run(struct memory_worker *worker, struct memory_exchange *exchanges,
                                    uint32_t count) SHUNT_MUST_USE;
/* Connections that the worker still has: 0 after each run. */
uint32_t memory_worker_live(const struct memory_worker *worker);

#endif
