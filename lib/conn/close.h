/* How a connection ends. */
#ifndef CONN_CLOSE_H
#define CONN_CLOSE_H

#include "conn/conn.h"

/* Begin to close. The owner's `closed` runs at the end of the turn. */
void conn_close(struct conn *conn, enum shunt_close_mode mode, enum shunt_close_reason reason);

/* ---- for the other files of conn/ ---- */

/* The socket has failed with `error`, an errno value, while `sending` or receiving. Counted by
 * kind. */
void conn_fail(struct conn *conn, int error, bool sending);
/* Our direction has ended gracefully: wait so long for the peer's end. */
void conn_linger(struct conn *conn);
/* The server stops: where only the peer's end is awaited, wait for it as a stop does. */
void conn_linger_shorten(struct conn *conn);

#endif
