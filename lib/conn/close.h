/* How a connection ends. */
#ifndef CONN_CLOSE_H
#define CONN_CLOSE_H

#include "conn/conn.h"

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
void conn_close_all(struct conn_table *table);

/* ---- take.c ---- */
/* Go on with a move: both directions may have come to rest. */
void conn_take_step(struct conn *conn);
/* A move whose connection died: the taker gets no descriptor. */
void conn_take_fail(struct conn *conn);

/* ---- table.c ---- */
void conn_table_free(struct conn_table *table, struct conn *conn);

#endif
