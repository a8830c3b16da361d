/*
 * HTTP/1.1 driven over a connection: requests are read, answered in order, and one of them may hand
 * the connection to a protocol.
 *
 * A connection in state HTTP has a `struct http1_session` only while a request is incomplete, a reply
 * waits for room, or a negotiation is deferred. A whole request that arrives in one piece is
 * answered from the receive buffer without any memory of its own.
 */
#ifndef HTTP1_SESSION_H
#define HTTP1_SESSION_H

#include "base/log_limit.h"
#include "conn/loop.h"
#include "exchange/context.h"
#include "http/head.h"
#include "http/response.h"

struct http1_upgrade;

/* What the sessions of one worker share. */
struct http1_context {
    const struct exchange_routes *routes;
    struct exchange_limits limits;
    struct exchange_counters counters;
    struct shunt_worker *loop;   /* set once the loop is there */
    struct http1_upgrade *spare; /* for the next negotiation */
    uint32_t pending_upgrades;
    int64_t date_s; /* what `date` says */
    char date[64];  /* "Date: ...\r\n" */
    size_t date_len;
    struct log_limit too_big_log;
    struct http_head head; /* of the request in hand */
    struct shunt_field fields[HTTP_FIELDS_MAX];
};

/* The owner of connections in the states HTTP and UPGRADING; its http_context is a http1_context.
 */
extern const struct conn_owner http1_owner;

/* `routes` must outlive it. */
void http1_context_init(struct http1_context *context, const struct exchange_routes *routes,
                        const struct exchange_limits *limits);
void http1_context_fini(struct http1_context *context);

#endif
