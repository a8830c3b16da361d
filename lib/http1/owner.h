/*
 * HTTP/1.1 driven over a connection: requests are read, answered in order, and one of them may hand
 * the connection to a protocol.
 */
#ifndef HTTP1_OWNER_H
#define HTTP1_OWNER_H

#include "http1/context.h"

/* The owner of connections in the states HTTP and UPGRADING; its http_context is a struct
 * http1_context. */
extern const struct conn_owner http1_owner;

#endif
