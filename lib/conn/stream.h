/* A protocol as the owner of a connection. */
#ifndef CONN_STREAM_H
#define CONN_STREAM_H

#include "conn/loop.h"

extern const struct conn_owner conn_stream_owner;

/* The callbacks of the connection's owner. */
static inline const struct conn_owner *conn_owner_of(const struct conn *conn)
{
    return conn->flags & CONN_STREAM ? &conn_stream_owner : conn_loop_of(conn)->http;
}

/* Hand a connection to protocol number `protocol`, after the last HTTP bytes were queued and the
 * HTTP owner is gone. The caller then calls conn_stream_open(). */
void conn_attach(struct conn *conn, unsigned protocol);

/* What the plugin of the connection's protocol set in worker_start. */
void *conn_stream_local(const struct conn *conn);
/* The connection is attached: run `open` with its request readable. */
void conn_stream_open(struct conn *conn, const struct shunt_request *request);

#endif
