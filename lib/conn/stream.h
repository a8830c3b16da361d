/* A protocol as the owner of a connection. */
#ifndef CONN_STREAM_H
#define CONN_STREAM_H

#include "conn/table.h"

extern const struct conn_owner conn_stream_owner;

/* What the plugin of the connection's protocol set in worker_start. */
void *conn_stream_local(const struct conn *conn);
/* The connection is attached: run `open` with its request readable. */
void conn_stream_open(struct conn *conn, const struct shunt_request *request);

#endif
