/* Receiving: what io delivers, what is held back, when a receive is armed and when it is parked. */
#ifndef CONN_INPUT_H
#define CONN_INPUT_H

#include "conn/conn.h"

/* Arm, cancel or leave alone: makes what io does for the connection agree with its state. */
void conn_receive_update(struct conn *conn);
/* io's answer to a receive and to a wait for readability. */
void conn_received(struct conn *conn, uint8_t *bytes, int len, bool more);
void conn_ready(struct conn *conn, int result);
/* Put a connection that has work on the resume list. */
void conn_resume_later(struct conn *conn);
/* Give held bytes and a held end to the owners of all connections on the resume list. */
void conn_resume_all(struct conn_table *table);
/* Would the owner be given what arrives? */
bool conn_wants_data(const struct conn *conn);

/* The callbacks of whoever owns the connection now. */
const struct conn_owner *conn_owner_of(const struct conn *conn);

#endif
