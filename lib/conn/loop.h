/*
 * The loop of one worker: its turn, its clock, and all that its connections share.
 *
 * struct shunt_worker is what plugins know by that name only. One thread; conn/post.h has what any
 * thread may call.
 */
#ifndef CONN_LOOP_H
#define CONN_LOOP_H

#include "base/log_limit.h"
#include "base/wheel.h"
#include "conn/conn.h"
#include "conn/connect.h"
#include "conn/listen.h"
#include "conn/owner.h"
#include "conn/peers.h"
#include "conn/post.h"
#include "conn/registry.h"
#include "conn/slab.h"
#include "conn/timer.h"
#include "conn/watch.h"
#include "conn/worker_timer.h"
#include "io/io.h"
#include "io/sockets.h"

struct conn_limits {
    uint32_t connections_max;
    struct conn_peer_limits peer;
    uint64_t memory_bytes_max; /* all that is buffered: conn/memory.h */
    uint64_t queue_bytes_max;
    uint32_t queue_high_bytes, queue_low_bytes;
    uint32_t mailbox_max;
    uint32_t worker_timers_max, watches_max;
    uint32_t write_ms, close_ms, park_ms;
    struct sockets_tcp tcp; /* of connections that plugins open */
    uint32_t stop_close_ms; /* in place of close_ms, once the server stops, where it is less */
};

/* Since the start; written by the worker alone, read by anyone. */
struct conn_counters {
    uint64_t accepted, closed;
    uint64_t refused_full, refused_memory, refused_peer; /* accepted and closed at once */
    uint64_t accept_failures;                            /* EMFILE and its like */
    uint64_t parks, unparks;
    uint64_t peer_resets;                     /* the peer reset it, or has closed its end */
    uint64_t peers_lost;                      /* by the network, the peer cannot be reached */
    uint64_t peers_silent;                    /* did not answer what their protocol asked */
    uint64_t receive_failures, send_failures; /* any other error of the socket */
    uint64_t stop_aborts;                     /* open when the drain time was over */
    uint64_t queue_overflows, write_timeouts, close_timeouts, held_failures;
    uint64_t files_truncated;     /* became shorter while they were sent: the connection is reset */
    uint64_t allocation_failures; /* the system had no memory for output: the connection is reset */
    uint64_t upgrades, moves, posts_missed;
    uint64_t memory_requests, memory_held, memory_output, memory_evicted; /* by the budget */
    uint64_t posts_refused; /* tasks that found the mailbox full */
    uint64_t worker_timers_refused, watches_refused;
    uint64_t connects, connect_failures; /* of plugins */
    uint64_t loop_losses;                /* connections that were reset because the loop failed */
};

struct conn_segment;

/* Segments that wait for their next use, the last one used first. */
struct conn_segment_pool {
    struct conn_segment *first;
    uint32_t count;
};

/* The same for struct conn_queues. */
struct conn_queues_pool {
    struct conn_queues *first;
    uint32_t count;
};

/* A look at all slots, a part at a time. */
struct conn_sweep {
    uint32_t at; /* where it goes on */
    uint64_t due_ms;
};

/* What is buffered, and when the log has last had that it is too much. */
struct conn_memory {
    uint64_t used; /* bytes */
    uint64_t look_ms;
    struct log_limit logs[3]; /* by enum conn_memory_use */
};

struct metrics_row;

struct shunt_worker {
    struct io *io;
    struct wheel *wheel;
    struct conn_slab slab;
    struct conn_queues_pool queues;
    struct conn_segment_pool small_segments, large_segments;
    const struct conn_owner *http;
    void *http_context; /* the HTTP layer's, for this worker */
    const struct registry *registry;
    void **locals;               /* by plugin number: what worker_start set */
    struct metrics_row *metrics; /* for plugins' own; NULL: none */
    struct conn_limits limits;
    size_t data_bytes_max; /* what an owner's `data` gets at once, at most: io's receive buffer */
    struct conn_counters counters;
    struct conn_memory memory;
    struct log_limit queue_log; /* when the log has last had that a queue is full */
    struct log_limit file_log;  /* ... that a file became shorter */
    uint64_t (*clock_ms)(void); /* clock_coarse_ms(), or a test's */
    uint32_t clock_lag_ms;      /* how much later it may be than it shows */
    uint64_t now_ms;            /* as the turn began */
    bool asleep;                /* now_ms is from before the wait */
    bool draining;
    bool closed; /* nothing can begin any more that its end would have to wait for */
    struct conn_sweep park_sweep, write_sweep;
    struct conn_listeners listeners;
    struct conn_peers *peers;   /* NULL: they are not counted */
    struct log_limit peers_log; /* when the log has last had that one has too many connections */
    const struct conn *opening; /* in open(): whose request is readable */
    const struct shunt_request *opening_request;
    struct conn_worker_timers worker_timers;
    struct conn_watches watches;
    struct conn_connects connects;
    struct conn_post post;
};

/* What the worker's clock will show once `ms` have passed for certain, counted from this moment. */
static inline uint64_t conn_loop_after_ms(const struct shunt_worker *loop, uint32_t ms)
{
    return loop->clock_ms() + loop->clock_lag_ms + ms;
}

/*
 * On the thread that will drive it. `registry` and `http` must outlive it. SHUNT_ENOMEM,
 * SHUNT_ESYS, or SHUNT_ENOTSUP with the reason in `why` as io_create().
 */
enum shunt_status conn_loop_create(const struct io_options *options,
                                   const struct conn_limits *limits,
                                   const struct registry *registry, const struct conn_owner *http,
                                   void *http_context, struct shunt_worker **loop,
                                   struct error *why) SHUNT_MUST_USE;
/* Closes what is not closed; posted tasks are dropped. */
void conn_loop_destroy(struct shunt_worker *loop);

/* One turn: send what was written, wait at most `most_ms`, handle what came and what is due. */
enum shunt_status conn_loop_turn(struct shunt_worker *loop, uint32_t most_ms) SHUNT_MUST_USE;

/* Stop accepting without losing a connection that the kernel has already completed, and close the
 * listeners. Turns the loop. SHUNT_ESYS. */
enum shunt_status conn_loop_unlisten(struct shunt_worker *loop) SHUNT_MUST_USE;
/* Ask every owner to come to an end. Connections opened later are asked at once. */
void conn_loop_shutdown(struct shunt_worker *loop);
/* Close every connection and listener at once. Their owners are notified, posts miss from now on,
 * those that wait included, and what was borrowed is released. */
void conn_loop_close(struct shunt_worker *loop);

#endif
