/* Receiving: what io delivers, what is held back, when a receive is armed and when it is parked. */
#ifndef CONN_INPUT_H
#define CONN_INPUT_H

#include "conn/conn.h"

/* Stop and start the owner's `data`. */
void conn_pause(struct conn *conn);
void conn_resume(struct conn *conn);
/* Give bytes to the owner as if they had just been received: held while paused or moving. */
void conn_input(struct conn *conn, uint8_t *bytes, size_t len);
/* The same at the end of the turn, with a copy, before what is held already. */
void conn_input_later(struct conn *conn, const uint8_t *bytes, size_t len);

/* ---- for the other files of conn/ ---- */

/* Arm, cancel or leave alone: makes what io does for the connection agree with its state. */
void conn_receive_update(struct conn *conn);
/* io's answer to a receive and to a wait for readability. */
void conn_received(struct conn *conn, uint8_t *bytes, int len, bool more);
void conn_ready(struct conn *conn, int result);
/* Put a connection that has work on the resume list. */
void conn_resume_later(struct conn *conn);
/* Give held bytes and a held end to the owners of all connections on the resume list. */
void conn_resume_all(struct shunt_worker *loop);
/* Would the owner be given what arrives? */
bool conn_wants_data(const struct conn *conn);

#endif
