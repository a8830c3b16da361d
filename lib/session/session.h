/*
 * HTTP/1.1 driven over a connection: requests are read, answered in order, and one of them may hand
 * the connection to a protocol.
 *
 * A connection in state HTTP has a `struct session` only while a request is incomplete, a reply
 * waits for room, or a negotiation is deferred. A whole request that arrives in one piece is
 * answered from the receive buffer without any memory of its own.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "base/log_limit.h"
#include "conn/table.h"
#include "http/head.h"
#include "http/response.h"
#include "session/routes.h"

struct session_limits {
    struct http_limits http;
    uint64_t body_bytes_max, response_bytes_max;
    uint32_t requests_max; /* a connection; 0: no limit */
    uint32_t pending_upgrades_max;
    uint32_t offers_max; /* protocols of one Upgrade list that are looked at */
    uint32_t head_ms, body_ms, keep_alive_ms, upgrade_ms, drain_idle_ms;
    bool strict_early_bytes;
};

/* Since the start; written by the worker alone, read by anyone. */
struct session_counters {
    uint64_t requests, responses_4xx, responses_5xx;
    uint64_t malformed, too_big, timeouts, no_memory;
    uint64_t responses_too_big; /* 500 in place of a body over the limit */
    uint64_t upgrades_accepted, upgrades_declined, upgrades_refused, upgrades_deferred,
        upgrades_cancelled, upgrades_overflow;
    uint64_t offers_overflow; /* requests whose Upgrade list was not looked at to its end */
    uint64_t
        early_bytes; /* upgrades whose client sent before the 101 though its protocol forbids it */
};

struct session_upgrade;

/* What the sessions of one worker share. */
struct session_context {
    const struct session_routes *routes;
    struct session_limits limits;
    struct session_counters counters;
    struct conn_table *table;      /* set once the table is there */
    struct session_upgrade *spare; /* for the next negotiation */
    uint32_t pending_upgrades;
    int64_t date_s; /* what `date` says */
    char date[64];  /* "Date: ...\r\n" */
    size_t date_len;
    struct log_limit too_big_log;
    struct http_head head; /* of the request in hand */
    struct shunt_field fields[HTTP_FIELDS_MAX];
};

/* The owner of connections in the states HTTP and UPGRADING; its http_context is a session_context.
 */
extern const struct conn_owner session_owner;

/* `routes` must outlive it. */
void session_context_init(struct session_context *context, const struct session_routes *routes,
                          const struct session_limits *limits);
void session_context_fini(struct session_context *context);

#endif
