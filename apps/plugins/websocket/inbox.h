/*
 * How publications come to a worker: a bounded queue with many senders and one receiver, one
 * entry for a publication however many members are to get it. Lock-free; a sender never waits.
 */
#ifndef PLUGINS_WEBSOCKET_INBOX_H
#define PLUGINS_WEBSOCKET_INBOX_H

#include <shunt/status.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct websocket_publication;

/* Lies in the publication, one for each worker. */
struct websocket_entry {
    struct websocket_entry *next;
    struct websocket_publication *publication;
};

struct websocket_inbox {
    _Atomic(struct websocket_entry *) newest; /* sent and not yet taken, the last one first */
    _Atomic uint64_t count, bytes;            /* of those and of what is taken and not yet done */
    _Atomic uint64_t subscriptions; /* of the worker's streams: without any, most is not for it */
    atomic_bool closed;             /* its worker has stopped */
    atomic_bool watched;            /* the eventfd wakes it */
    _Atomic uint64_t worker_id;     /* for posting to it until then */
    int wake_fd;
    /* The worker's own. */
    _Alignas(64) struct websocket_entry *first; /* taken, in order */
};

struct websocket_inbox_limits {
    uint64_t count_max, bytes_max;
};

/* NULL: no memory, or no descriptor. */
struct websocket_inbox *websocket_inbox_create(void);
/* It is empty. */
void websocket_inbox_destroy(struct websocket_inbox *inbox);

/* ---- any thread ---- */

/* Room for a publication of `bytes`, which websocket_inbox_push() or .._done() must follow.
 * SHUNT_OK; SHUNT_AGAIN: there is, and more than half is used; SHUNT_EFULL: there is none. */
enum shunt_status websocket_inbox_reserve(struct websocket_inbox *inbox,
                                          const struct websocket_inbox_limits *limits,
                                          uint64_t bytes) SHUNT_MUST_USE;
/* Entries of one thread arrive in order. */
void websocket_inbox_push(struct websocket_inbox *inbox, struct websocket_entry *entry);
/* A publication that had room needs it no longer. */
void websocket_inbox_done(struct websocket_inbox *inbox, uint64_t bytes);

/* ---- the worker's thread, or when there are no others any more ---- */

/* The oldest entry, which is the caller's now; NULL: there is none, and the next push wakes. */
struct websocket_entry *websocket_inbox_take(struct websocket_inbox *inbox);
/* Is there one? */
bool websocket_inbox_holds(const struct websocket_inbox *inbox);
/* The worker is to come again; it is awake, and need not be woken again for what is there. */
void websocket_inbox_wake(struct websocket_inbox *inbox);
void websocket_inbox_awake(struct websocket_inbox *inbox);

#endif
