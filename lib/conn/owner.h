/* Who owns a connection: HTTP first, a protocol afterwards. */
#ifndef CONN_OWNER_H
#define CONN_OWNER_H

#include "conn/conn.h"

struct shunt_exchange;

/* How an owner is notified. Calls follow the rules of struct shunt_protocol. */
struct conn_owner {
    void (*opened)(struct conn *conn); /* HTTP only */
    void (*data)(struct conn *conn, uint8_t *bytes, size_t len);
    void (*drained)(struct conn *conn);
    void (*end)(struct conn *conn);
    void (*timer)(struct conn *conn);
    void (*shutdown)(struct conn *conn);
    void (*closed)(struct conn *conn, enum shunt_close_reason reason);
    /* The upgrade that is being negotiated on it, for posted tasks; NULL if none. May be NULL. */
    struct shunt_upgrade *(*upgrade)(struct conn *conn);
    /* The exchange whose answer is deferred on it; NULL if none. HTTP only. */
    struct shunt_exchange *(*exchange)(struct conn *conn);
};

#endif
