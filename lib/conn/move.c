/*
 * Taking the descriptor out of the worker, by the drain protocol: start nothing new, let the queue
 * be sent, cancel the receive, keep what its last completions bring, and only then let go.
 */
#include "conn/move.h"

#include "base/assert.h"
#include "conn/loop.h"
#include "conn/queues.h"
#include "conn/stream.h"
#include "conn/timer.h"

#include <fcntl.h>
#include <stdlib.h>

enum shunt_status conn_take_fd(struct conn *conn, shunt_fd_taker *taker, void *arg)
{
    struct conn_queues *queues;

    if (conn->state != CONN_PROTOCOL) {
        return SHUNT_ESTATE;
    }
    queues = conn_queues_need(conn);
    if (!queues) {
        return SHUNT_ENOMEM;
    }
    queues->taker = taker;
    queues->taker_arg = arg;
    conn_uncork(conn);
    conn_state_set(conn, CONN_MOVING);
    /* The owner's timer is over. A peer that does not read what is queued cannot hold the move up
     * for ever: the sweep sees it. */
    conn_timer_cancel(conn);
    conn_mark(conn);
    return SHUNT_OK;
}

void conn_hand_over_fail(struct conn *conn)
{
    shunt_fd_taker *taker = conn->queues->taker;

    conn->queues->taker = NULL;
    taker(conn->queues->taker_arg, -1, NULL, 0, true);
}

void conn_hand_over(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    struct conn_queues *queues = conn->queues;
    shunt_fd_taker *taker;
    int fd = conn->fd, flags = fcntl(fd, F_GETFL);

    ASSERT(queues && queues->taker); /* conn_take_fd() has put it there */
    taker = queues->taker;
    io_release(loop->io, fd);
    (void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    conn->fd = -1;
    conn_state_set(conn, CONN_CLOSING);
    loop->counters.moves++;
    queues->taker = NULL;
    taker(queues->taker_arg, fd, conn_held_bytes(&queues->held), conn_held_len(&queues->held),
          conn->flags & CONN_ENDED);
    conn_stream_owner.closed(conn, SHUNT_CLOSED_TAKEN);
    conn_free(conn);
}
