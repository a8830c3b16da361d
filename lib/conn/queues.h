/* What a connection has beyond its slot while bytes of either direction wait. */
#ifndef CONN_QUEUES_H
#define CONN_QUEUES_H

#include "conn/conn.h"
#include "conn/held.h"
#include "conn/segment.h"

struct conn_queues {
    struct conn_queues *next; /* in the pool */
    struct conn_segment *head, *tail;
    size_t queued; /* bytes in all segments, those in flight included */
    uint32_t low, high;
    bool own_marks;       /* low and high are the owner's */
    bool wide;            /* a long file is sent: no bound on what the socket takes */
    uint64_t progress_ms; /* when the kernel last took something, or the peer acknowledged some */
    uint64_t unacked;     /* 1 + what the socket held at the sweep's last look; 0: none since */
    struct conn_held held;
    shunt_fd_taker *taker;
    void *taker_arg;
};

/* The queues of a connection, made if there are none; NULL when memory cannot be had. */
struct conn_queues *conn_queues_need(struct conn *conn);
/* Give them back if there is nothing left in them. */
void conn_queues_trim(struct conn *conn);
/* The connection is gone: drop everything. Not while a send is in flight. */
void conn_queues_drop(struct conn *conn);
void conn_queues_pool_free(struct shunt_worker *loop);

/* Bytes of output that wait, those in flight included. */
static inline size_t conn_queued(const struct conn *conn)
{
    return conn->queues ? conn->queues->queued : 0;
}
/* Hold output back, and let it go. */
void conn_cork(struct conn *conn);
void conn_uncork(struct conn *conn);

#endif
