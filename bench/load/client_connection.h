/*
 * How connections come and go. A connection costs a look at the clock for each phase, no timer and
 * no allocation: time-outs are found by a sweep ten times a second, and a response head that comes
 * in one piece is checked where it lies.
 *
 * Connections are reset, not closed (SO_LINGER 0): otherwise each would hold its port in TIME_WAIT
 * for a minute, and 28,000 handshakes would be the end of a run.
 */
#ifndef BENCH_LOAD_CLIENT_CONNECTION_H
#define BENCH_LOAD_CLIENT_CONNECTION_H

#include "load/client.h"

/* The client of a result of the loop; NULL for a result that belongs to an earlier attempt. */
struct client *client_connection_of(struct client_group *group, uint64_t user);

/* Connect, for an operation that was due at `due_ns`; 0 in closed loop and where it is none. */
void client_connection_start(struct client_group *group, struct client *client, uint64_t due_ns);
/* Send the upgrade request, or what is left of it. */
void client_connection_request(struct client_group *group, struct client *client);
/* Reset the connection, and forget what was under way. With `reuse` the socket is kept for the next
 * one where that can be. */
void client_connection_end(struct client_group *group, struct client *client, bool reuse);
/* Reset it because of a failure, which is counted; the client rests. `sample` is of what came. */
void client_connection_fail(struct client_group *group, struct client *client, enum failure failure,
                            struct shunt_span sample);
void client_connection_fail_errno(struct client_group *group, struct client *client, int error);

#endif
