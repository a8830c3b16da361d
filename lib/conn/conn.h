/*
 * One connection: a descriptor, an owner and a little state, in one 64-byte cache line.
 *
 * True between any two callbacks:
 *   1. A connection is in exactly one state; conn_state_set() is the only way to another.
 *   2. Its owner is HTTP until CONN_STREAM is set, a protocol from then on, and nobody once
 *      `closed` has run. Never two of them.
 *   3. `queues` exists only while there is output queued, input held, or a move under way.
 *   4. Nothing is called back inside the call that asked for it: closing, resuming and sending
 *      happen at the end of the loop turn.
 */
#ifndef CONN_CONN_H
#define CONN_CONN_H

#include "base/wheel.h"

#include <shunt/plugin.h>

enum conn_state {
    CONN_FREE,
    CONN_HTTP,
    CONN_UPGRADING, /* a deferred negotiation */
    CONN_PROTOCOL,
    CONN_MOVING, /* the descriptor is leaving this worker */
    CONN_CLOSING,
    CONN_STATES
};

enum {
    CONN_RECEIVING = 1 << 0,   /* io has a receive-side operation pending */
    CONN_PARKED = 1 << 1,      /* quiet: wait for readability only, or about to */
    CONN_SENDING = 1 << 2,     /* io has a send pending */
    CONN_FLUSH = 1 << 3,       /* on the flush list */
    CONN_PAUSED = 1 << 4,      /* the owner wants no data */
    CONN_ENDED = 1 << 5,       /* the peer's end has arrived */
    CONN_END_OWED = 1 << 6,    /* ... and the owner has not been told yet */
    CONN_ACTIVE = 1 << 7,      /* received since the last pass of the sweep */
    CONN_CORKED = 1 << 8,      /* do not flush */
    CONN_ABOVE = 1 << 9,       /* the high-water mark was passed: `drained` is owed */
    CONN_RESUMING = 1 << 10,   /* on the resume list */
    CONN_GRACEFUL = 1 << 11,   /* closing: send what is queued, wait for the peer's end */
    CONN_SHUT = 1 << 12,       /* our direction has ended */
    CONN_STREAM = 1 << 13,     /* owned by a protocol */
    CONN_CLOSE_OWED = 1 << 14, /* the owner's `closed` has not run yet */
    CONN_UNLINKED = 1 << 15    /* closing: the descriptor is gone, only a send is waited for */
};

struct conn {
    int32_t fd;
    uint32_t generation;     /* changes each time the slot is freed */
    struct wheel_node timer; /* of the owner; closing or free: `next` is a list's link */
    uint16_t flags;
    uint8_t state : 4;  /* enum conn_state */
    uint8_t reason : 4; /* enum shunt_close_reason, once closing */
    uint8_t protocol;   /* index in the registry, once CONN_STREAM */
    struct conn_queues *queues;
    void *user; /* HTTP: the session, or NULL; then the protocol's user pointer */
    uint8_t inline_state[SHUNT_STREAM_STATE_BYTES];
};

_Static_assert(sizeof(struct conn) == 64, "one cache line a connection");

/* A connected descriptor, known to io, becomes a connection in state HTTP. Or it is closed and
 * counted, and NULL returned. */
struct conn *conn_open(struct shunt_worker *loop, int fd);
/* The descriptor is gone and no send is pending: the slot is free again. */
void conn_free(struct conn *conn);
/* Give it another id: whoever holds the old one misses from now on. */
void conn_id_renew(struct conn *conn);
/* Change state; asserts that the change is one of those allowed. */
void conn_state_set(struct conn *conn, enum conn_state to);

/* Streams are slots: the opaque public name of one. */
static inline struct shunt_stream *conn_stream(struct conn *conn)
{
    return (struct shunt_stream *)conn;
}
static inline struct conn *conn_of_stream(const struct shunt_stream *stream)
{
    return (struct conn *)stream;
}

#endif
