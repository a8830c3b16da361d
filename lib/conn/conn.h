/*
 * One connection: a descriptor, an owner and a little state, in one 64-byte cache line.
 *
 * True between any two callbacks:
 *   1. A connection is in exactly one state; conn_state_set() is the only way to another.
 *   2. Its owner is HTTP until CONN_STREAM is set, a protocol from then on, and none once
 *      `closed` has run. Never two of them.
 *   3. `queues` exists only while there is output queued, input held, or a move under way.
 *   4. Nothing is called back inside the call that asked for it: that sets a fact and marks the
 *      connection, and one step at the end of the turn does what follows.
 *   5. The descriptor is open, or fd is -1 and only a send is waited for.
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

/* Facts about a connection. Callbacks of io, timers, owners and plugins set them; conn/step.c
 * decides what follows. */
enum {
    CONN_RECEIVING = 1 << 0,   /* io has a receive-side operation pending */
    CONN_PARKED = 1 << 1,      /* quiet: wait for readability only, or about to */
    CONN_SENDING = 1 << 2,     /* io has a send pending */
    CONN_DIRTY = 1 << 3,       /* on the list of those that need a step */
    CONN_PAUSED = 1 << 4,      /* the owner wants no data */
    CONN_ENDED = 1 << 5,       /* the peer's end has arrived */
    CONN_END_OWED = 1 << 6,    /* ... and the owner's `end` has not run yet */
    CONN_ACTIVE = 1 << 7,      /* received since the last pass of the sweep */
    CONN_CORKED = 1 << 8,      /* do not send */
    CONN_ABOVE = 1 << 9,       /* the high-water mark was passed: `drained` is owed */
    CONN_GIVE = 1 << 10,       /* held input is to be given at the end of the turn */
    CONN_GRACEFUL = 1 << 11,   /* closing: send what is queued, wait for the peer's end */
    CONN_SHUT = 1 << 12,       /* our direction has ended */
    CONN_STREAM = 1 << 13,     /* owned by a protocol */
    CONN_CLOSE_OWED = 1 << 14, /* the owner's `closed` has not run yet */
    CONN_READABLE = 1 << 15    /* parked, and io has answered: receive once */
};

/*
 * The machine: where a state leads, and which facts may hold in it. Nothing returns to HTTP from a
 * protocol. conn_state_set() asserts the first, conn_state_check() the rest, in debug builds.
 */
#define CONN_TO(state) (1u << CONN_##state)
#define CONN_IN                                                                                    \
    (CONN_RECEIVING | CONN_PARKED | CONN_READABLE | CONN_ACTIVE | CONN_PAUSED | CONN_ENDED |       \
     CONN_END_OWED | CONN_GIVE)
#define CONN_OUT (CONN_SENDING | CONN_CORKED | CONN_ABOVE)

struct conn_state_row {
    unsigned leads_to; /* CONN_TO() */
    uint16_t may, must;
};

__attribute__((unused)) static const struct conn_state_row conn_states[CONN_STATES] = {
    [CONN_FREE] = {CONN_TO(HTTP), CONN_DIRTY, 0},
    [CONN_HTTP] = {CONN_TO(UPGRADING) | CONN_TO(PROTOCOL) | CONN_TO(CLOSING),
                   CONN_DIRTY | CONN_IN | CONN_OUT, 0},
    [CONN_UPGRADING] = {CONN_TO(HTTP) | CONN_TO(PROTOCOL) | CONN_TO(CLOSING),
                        CONN_DIRTY | CONN_IN | CONN_OUT, 0},
    [CONN_PROTOCOL] = {CONN_TO(MOVING) | CONN_TO(CLOSING),
                       CONN_DIRTY | CONN_IN | CONN_OUT | CONN_STREAM, CONN_STREAM},
    [CONN_MOVING] = {CONN_TO(CLOSING),
                     CONN_DIRTY | CONN_IN | CONN_SENDING | CONN_ABOVE | CONN_STREAM, CONN_STREAM},
    [CONN_CLOSING] = {CONN_TO(FREE), UINT16_MAX, 0},
};

struct conn {
    int32_t fd;              /* -1: given back; the state is CONN_CLOSING or CONN_FREE */
    uint32_t generation;     /* changes each time the slot is freed */
    struct wheel_node timer; /* of the owner; free: `next` is the list's link */
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
/* Give it another id: the old one misses from now on. */
void conn_id_renew(struct conn *conn);
/* Change state; asserts that the change is one of those allowed. */
void conn_state_set(struct conn *conn, enum conn_state to);
/* Are the facts among those that the state may have? */
bool conn_state_check(const struct conn *conn);

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
