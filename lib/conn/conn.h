/*
 * One connection: a descriptor, an owner and a little state, in one 64-byte cache line.
 *
 * True between any two callbacks:
 *   1. A connection is in exactly one state; conn_move() is the only way to another.
 *   2. Its owner is HTTP until CONN_STREAM is set, a protocol from then on, and nobody once
 *      `closed` has run. Never two of them.
 *   3. `work` exists only while there is output queued, input held, or a move under way.
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
    struct conn_work *work;
    void *user; /* HTTP: the session, or NULL; then the protocol's user pointer */
    uint8_t inline_state[SHUNT_STREAM_STATE_BYTES];
};

_Static_assert(sizeof(struct conn) == 64, "one cache line a connection");

struct conn_table;

/* The table, hence the worker, that a connection lives in. */
struct conn_table *conn_table_of(const struct conn *conn);

/* Names it beyond a callback. Never 0. */
shunt_id conn_id(const struct conn *conn);
/* Give it another id: whoever holds the old one misses from now on. */
void conn_id_renew(struct conn *conn);

/* Change state; asserts that the change is one of those allowed. */
void conn_move(struct conn *conn, enum conn_state to);

/* ---- what an owner does with it; statuses and meaning as in <shunt/plugin.h> ---- */

/* Begin to close. The owner's `closed` runs at the end of the turn. */
void conn_close(struct conn *conn, enum shunt_close_mode mode, enum shunt_close_reason reason);

/* Stop and start the owner's `data`. */
void conn_pause(struct conn *conn);
void conn_resume(struct conn *conn);
/* Give bytes to the owner as if they had just been received: held while paused or moving. */
void conn_input(struct conn *conn, uint8_t *bytes, size_t len);
/* The same at the end of the turn, with a copy, before what is held already. */
void conn_input_later(struct conn *conn, const uint8_t *bytes, size_t len);

/*
 * The owner's one timer: `ms` from this very moment, never sooner, and later by no more than two
 * ticks of the coarse clock and what the worker is busy with. More than CONN_TIMER_MS_MAX counts as
 * that. 0 disarms.
 */
#define CONN_TIMER_MS_MAX 2147483647u /* 24 days */
void conn_timer(struct conn *conn, uint32_t ms);
/* What the worker's clock will say once `ms` have passed for certain, counted from this moment. */
uint64_t conn_after_ms(const struct conn *conn, uint32_t ms);
/* The timer, at a time that conn_after_ms() gave; closing or not. */
void conn_timer_at(struct conn *conn, uint64_t at_ms);

/* Hand a connection to protocol number `protocol`, after the last HTTP bytes were queued and the
 * HTTP owner is gone. The caller then calls `open`. */
void conn_attach(struct conn *conn, unsigned protocol);

/* As host->take_fd. */
enum shunt_status conn_take_fd(struct conn *conn, shunt_fd_taker *taker, void *arg) SHUNT_MUST_USE;

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
