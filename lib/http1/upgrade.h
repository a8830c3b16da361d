/* A negotiation: what the offers of one request come to. */
#ifndef HTTP1_UPGRADE_H
#define HTTP1_UPGRADE_H

#include "conn/upgrade.h"
#include "http1/exchange.h"

/*
 * One is kept ready for each worker; a deferred one is kept by its session, with its own copy of
 * the request, until it is settled or cancelled.
 */
struct http1_upgrade {
    struct shunt_upgrade base; /* what the plugin sees; first */
    struct conn *conn;
    const struct exchange_route *route;
    struct shunt_request request;
    struct http_list_cursor cursor; /* in the Upgrade fields */
    struct shunt_span offer;
    unsigned protocol; /* number of the one that is looked at */
    uint32_t offers;   /* elements of the list that have been looked at */
    size_t early;      /* bytes behind the request */
    bool keep_alive, expects_continue, negotiating, refusal_chosen;
    struct shunt_response response; /* fields of the 101 or the refusal */
    void *user;
    _Alignas(8) uint8_t state[SHUNT_STREAM_STATE_BYTES];
    char *request_copy; /* deferred */
    struct shunt_field *fields_copy;
    size_t copy_bytes; /* of both */
};

/* What plugins may ask and set: upgrade_ops.c. */
extern const struct conn_upgrade_ops http1_upgrade_ops;

/* The plugin has settled a deferred upgrade. Consumes it. */
void http1_upgrade_settle(struct http1_upgrade *upgrade, enum shunt_verdict verdict);

#endif
