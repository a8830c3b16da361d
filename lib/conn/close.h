/* How a connection ends. */
#ifndef CONN_CLOSE_H
#define CONN_CLOSE_H

#include "conn/conn.h"

/* Begin to close. The owner's `closed` runs at the end of the turn. */
void conn_close(struct conn *conn, enum shunt_close_mode mode, enum shunt_close_reason reason);
/* The socket has failed with `error`, an errno value, while `sending` or receiving. Counted by
 * kind.
 */
void conn_fail(struct conn *conn, int error, bool sending);
/* No receive is pending any longer: arm the next one, or go on with what waited for this. */
void conn_receive_over(struct conn *conn);
/* A connection that closes gracefully may have come a step nearer to its end. */
void conn_linger_step(struct conn *conn);
/* The server stops: where only the peer's end is awaited, wait for it as a stop does. */
void conn_linger_shorten(struct conn *conn);
/* The owner's timer, or the close time-out, ran out. */
void conn_expired(struct conn *conn);
/* Tell the owners of all connections that began to close in this turn, and go on with closing. */
void conn_close_all(struct shunt_worker *loop);

#endif
