/* A connection that leaves its worker. */
#ifndef CONN_MOVE_H
#define CONN_MOVE_H

#include "conn/conn.h"

/* As host->take_fd. */
enum shunt_status conn_take_fd(struct conn *conn, shunt_fd_taker *taker, void *arg) SHUNT_MUST_USE;
/* Go on with a move: both directions may have come to rest. */
void conn_move_step(struct conn *conn);
/* A move whose connection died: the taker gets no descriptor. */
void conn_move_fail(struct conn *conn);

#endif
