/* What a connection has beyond its slot, and only while it is at work. */
#ifndef CONN_QUEUES_H
#define CONN_QUEUES_H

#include "conn/conn.h"
#include "conn/held.h"
#include "conn/segment.h"

struct conn_queues {
    struct conn *conn;
    struct conn_segment *head, *tail;
    size_t queued; /* bytes in all segments, those in flight included */
    uint32_t low, high;
    bool own_marks;       /* low and high are the owner's */
    uint8_t lists;        /* abandoned: how many lists it is still on */
    uint64_t progress_ms; /* when the kernel last took something, or the peer acknowledged some */
    uint64_t unacked;     /* 1 + what the socket held at the sweep's last look; 0: none since */
    struct conn_queues *flush_next, *resume_next;
    struct conn_held held;
    shunt_fd_taker *taker;
    void *taker_arg;
};

/* The work of a connection, made if there is none; NULL when memory cannot be had. */
struct conn_queues *conn_queues_need(struct conn *conn);
/* Give it back if there is nothing left in it. */
void conn_queues_trim(struct conn *conn);
/* The connection is gone: drop everything. A work that is still on a list goes when it leaves that.
 */
void conn_queues_drop(struct conn *conn);
/* Its connection, for a work that has just left a list; NULL when that is gone, and so is the work.
 */
struct conn *conn_queues_unlisted(struct shunt_worker *loop, struct conn_queues *queues);
void conn_queues_pool_free(struct shunt_worker *loop);

#endif
