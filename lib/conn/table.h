/*
 * The connections of one worker, and what they share: loop, wheel, pools, limits, counters.
 *
 * Slots come in chunks of 64 KiB, aligned to their size, and never move: the first line of a chunk
 * leads from any slot to its table. Slot numbers count lines, so number 0 of each chunk is never a
 * connection and 0 can mean nobody. One thread, but for conn_post().
 */
#ifndef CONN_TABLE_H
#define CONN_TABLE_H

#include "base/log_limit.h"
#include "base/mailbox.h"
#include "base/wheel.h"
#include "conn/conn.h"
#include "conn/registry.h"
#include "io/io.h"

#include <stdatomic.h>

#define CONN_SLOT_BITS   24 /* connections a worker: 16 million */
#define CONN_WORKER_BITS 10
#define CONN_CHUNK_SHIFT 10 /* slots a chunk, as a power of two */
#define CONN_CHUNKS_MAX  (1u << (CONN_SLOT_BITS - CONN_CHUNK_SHIFT))

/* What an owner is told. Calls follow the rules of struct shunt_protocol. */
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
};

struct conn_limits {
    uint32_t connections_max;
    uint64_t memory_bytes_max; /* all that is buffered: conn/memory.h */
    uint64_t queue_bytes_max;
    uint32_t queue_high_bytes, queue_low_bytes;
    uint32_t mailbox_max;
    uint32_t write_ms, close_ms, park_ms;
    uint32_t stop_close_ms; /* in place of close_ms, once the server stops, where it is less */
};

/* Since the start; written by the worker alone, read by anyone. */
struct conn_counters {
    uint64_t accepted, closed;
    uint64_t refused_full, refused_memory; /* accepted and closed at once */
    uint64_t accept_failures;              /* EMFILE and its like */
    uint64_t parks, unparks;
    uint64_t peer_resets;                     /* the peer reset it, or has closed its end */
    uint64_t peers_lost;                      /* the network says that the peer cannot be reached */
    uint64_t peers_silent;                    /* did not answer what their protocol asked */
    uint64_t receive_failures, send_failures; /* any other error of the socket */
    uint64_t stop_aborts;                     /* open when the drain time was over */
    uint64_t queue_overflows, write_timeouts, close_timeouts, held_failures;
    uint64_t allocation_failures; /* the system had no memory for output: the connection is reset */
    uint64_t upgrades, moves, posts_missed;
    uint64_t memory_requests, memory_held, memory_output, memory_evicted; /* by the budget */
    uint64_t posts_refused; /* tasks that found the mailbox full */
    uint64_t loop_losses;   /* connections that were reset because the loop failed */
};

/* The tables of one server, by their number in it. Any thread. */
struct conn_group {
    atomic_uint count;
    _Atomic shunt_id ids[1 << CONN_WORKER_BITS]; /* 0: it has not begun */
};

struct conn_work;
struct conn_segment;

/* Segments that wait for their next use, the last one used first. */
struct conn_segment_pool {
    struct conn_segment *first;
    uint32_t count;
};

/* A look at all slots, a part at a time. */
struct conn_sweep {
    uint32_t at; /* where it goes on */
    uint64_t due_ms;
};

/* What is buffered, and when the log has last said that it is too much. */
struct conn_memory {
    uint64_t used; /* bytes */
    uint64_t look_ms;
    struct log_limit logs[3]; /* by enum conn_memory_use */
};

struct conn_table {
    struct io *io;
    struct wheel *wheel;
    unsigned worker;           /* its number among all tables of this process */
    bool numbered;             /* ... which is its own */
    struct conn_group *group;  /* the server's; NULL: it is alone */
    unsigned group_number;     /* its number there */
    uint32_t generation_first; /* of slots that were never used */
    void **chunks;             /* CONN_CHUNKS_MAX pointers, of which chunk_count are set */
    uint32_t chunk_count, live;
    uint32_t free;  /* first slot that was freed, linked by timer.next */
    uint32_t fresh; /* next slot that was never used; first of a chunk: none is left */
    uint32_t closing_first, closing_last;  /* closing list, linked by timer.next */
    struct conn_work *flush, **flush_tail; /* connections with something to send */
    struct conn_work *resume;              /* connections to give held input to */
    struct conn_work *free_work;
    uint32_t free_work_count;
    struct conn_segment_pool small_segments, large_segments;
    struct mailbox *mailbox;
    const struct conn_owner *http;
    void *http_context; /* the session layer's, for this worker */
    const struct registry *registry;
    void **locals; /* by plugin number: what worker_start set */
    struct conn_limits limits;
    size_t data_bytes_max; /* what an owner's `data` gets at once, at most: io's receive buffer */
    struct conn_counters counters;
    struct conn_memory memory;
    struct log_limit queue_log; /* when the log has last said that a queue is full */
    uint64_t (*clock_ms)(void); /* clock_coarse_ms(), or a test's */
    uint32_t clock_lag_ms;      /* how much more the time may be than it says */
    uint64_t now_ms;            /* as the turn began */
    bool asleep;                /* now_ms is from before the wait */
    bool draining;
    struct conn_sweep park_sweep, write_sweep;
    uint64_t accept_retry_ms;
    const struct conn *opening; /* in open(): whose request is readable */
    const struct shunt_request *opening_request;
    int listeners[16];
    uint16_t shared; /* a bit for each of them */
    unsigned listener_count, accept_paused;
    uint64_t posts_refused_seen, posts_refused_logged;
    /* Counted by any thread, so away from the lines that the loop uses. */
    _Alignas(64) _Atomic uint64_t posts_refused;
};

/*
 * On the thread that will drive it. `registry` and `http` must outlive it. SHUNT_ENOMEM,
 * SHUNT_ESYS, or SHUNT_ENOTSUP with the reason in `why` as io_create().
 */
enum shunt_status conn_table_create(const struct io_options *options,
                                    const struct conn_limits *limits,
                                    const struct registry *registry, const struct conn_owner *http,
                                    void *http_context, struct conn_table **table, char *why,
                                    size_t why_size) SHUNT_MUST_USE;
/* Close every connection and listener at once; owners are told, posts miss from now on, those that
 * wait included, and what was borrowed is released. */
void conn_table_close(struct conn_table *table);
/* Closes what is not closed; posted tasks are dropped. */
void conn_table_destroy(struct conn_table *table);

/* Accept on `fd`, which belongs to the table on SHUNT_OK; `shared` as io_accept(). SHUNT_EFULL,
 * SHUNT_ENOMEM, SHUNT_ESYS. */
enum shunt_status conn_table_listen(struct conn_table *table, int fd, bool shared) SHUNT_MUST_USE;
/* Let no TCP handshake begin any more; those under way complete and are accepted. */
void conn_table_deafen(struct conn_table *table);
/* Stop accepting without losing a connection that the kernel has already completed, and close the
 * listeners. Turns the loop. SHUNT_ESYS. */
enum shunt_status conn_table_unlisten(struct conn_table *table) SHUNT_MUST_USE;

/* A connected descriptor becomes a connection in state HTTP, or is closed and counted. NULL then.
 */
struct conn *conn_table_open(struct conn_table *table, int fd);

/* The connection of `id`, or NULL. */
struct conn *conn_table_find(const struct conn_table *table, shunt_id id);

/* One turn: send what was written, wait at most `most_ms`, handle what came and what is due. */
enum shunt_status conn_table_turn(struct conn_table *table, uint32_t most_ms) SHUNT_MUST_USE;

/* Ask every owner to come to an end. Connections opened later are told at once. */
void conn_table_shutdown(struct conn_table *table);

static inline struct conn *conn_table_slot(const struct conn_table *table, uint32_t index)
{
    return (struct conn *)table->chunks[index >> CONN_CHUNK_SHIFT] +
           (index & ((1u << CONN_CHUNK_SHIFT) - 1));
}

/* The slot's number in its table. */
uint32_t conn_index(const struct conn *conn);

/* Run `task` on the worker of `id`: any thread, any table of this process. See host->post and
 * host->post_upgrade; `upgrade` says which kind of task it is. */
enum shunt_status conn_post(shunt_id id, bool upgrade, void (*task)(void), shunt_release *drop,
                            void *arg) SHUNT_MUST_USE;
/* The same for a worker as a whole, by what conn_worker_id() said. */
enum shunt_status conn_post_worker(shunt_id worker, shunt_worker_task *task, shunt_release *drop,
                                   void *arg) SHUNT_MUST_USE;

#endif
