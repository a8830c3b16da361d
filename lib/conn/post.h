/*
 * Posting a task to a connection or a worker from any thread. All workers of the process have a
 * number, which the ids of their connections carry.
 */
#ifndef CONN_POST_H
#define CONN_POST_H

#include "base/mailbox.h"
#include "conn/slab.h"

#include <stdatomic.h>

/* The workers of one server, by their number in it. Any thread. */
struct conn_group {
    atomic_uint count;
    _Atomic shunt_id ids[1 << CONN_WORKER_BITS]; /* 0: it has not begun */
};

/* A worker's own part. */
struct conn_post {
    unsigned number;          /* among all workers of this process */
    bool numbered;            /* ... which is its own */
    struct conn_group *group; /* the server's; NULL: it is alone */
    unsigned group_number;    /* its number there */
    struct mailbox *mailbox;
    uint64_t refused_seen, refused_logged;
    /* Counted by any thread, so away from the lines that the loop uses. */
    _Alignas(64) _Atomic uint64_t refused;
};

/* ---- any thread ---- */

/* Run `task` on the worker of `id`, of whichever server of this process. See host->post and
 * host->post_upgrade; `upgrade` chooses the kind of task. */
enum shunt_status conn_post(shunt_id id, bool upgrade, void (*task)(void), shunt_release *drop,
                            void *arg) SHUNT_MUST_USE;
/* The same for a message that somebody else runs: message->run gets the loop as its context. */
enum shunt_status conn_post_message(const struct mailbox_message *message) SHUNT_MUST_USE;
/* The same for a worker as a whole, by what conn_post_worker_id() gave. */
enum shunt_status conn_post_worker(shunt_id worker, shunt_worker_task *task, shunt_release *drop,
                                   void *arg) SHUNT_MUST_USE;

/* ---- the worker's thread ---- */

/* The target of a message is gone: count that, and drop it. */
void conn_post_miss(struct shunt_worker *loop, const struct mailbox_message *message);

/* Give a worker, which has its mailbox, its number. SHUNT_EFULL when 2^CONN_WORKER_BITS live
 * already. */
enum shunt_status conn_post_open(struct shunt_worker *loop) SHUNT_MUST_USE;
/* From now on ids of the worker miss; its mailbox gets nothing more once this returns. Bounded,
 * however many threads go on posting. No effect when it has no number. */
void conn_post_close(struct shunt_worker *loop);

/* Make a worker number `number` of a group, and its id known there. */
void conn_post_join(struct shunt_worker *loop, struct conn_group *group, unsigned number);
/* Names the worker itself, for conn_post_worker(); never 0. */
shunt_id conn_post_worker_id(const struct shunt_worker *loop);
/* Count, and log now and then, what other threads were refused. Once a turn. */
void conn_post_count_refused(struct shunt_worker *loop);

#endif
