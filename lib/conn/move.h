/* A connection that leaves its worker. */
#ifndef CONN_MOVE_H
#define CONN_MOVE_H

#include "conn/conn.h"

/* As host->take_fd. */
enum shunt_status conn_take_fd(struct conn *conn, shunt_fd_taker *taker, void *arg) SHUNT_MUST_USE;

/* ---- for conn/step.c ---- */

/* Nothing is pending and nothing is queued: the taker gets the descriptor, and what is held. */
void conn_hand_over(struct conn *conn);
/* A move whose connection died: the taker gets no descriptor. */
void conn_hand_over_fail(struct conn *conn);

#endif
