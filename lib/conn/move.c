/*
 * Taking the descriptor out of the worker, by the drain protocol: start nothing new, let the queue
 * be sent, cancel the receive, keep what its last completions bring, and only then let go.
 */
#include "conn/move.h"

#include "base/assert.h"
#include "conn/input.h"
#include "conn/loop.h"
#include "conn/output.h"
#include "conn/queues.h"
#include "conn/stream.h"

#include <fcntl.h>
#include <stdlib.h>

enum shunt_status conn_take_fd(struct conn *conn, shunt_fd_taker *taker, void *arg)
{
    struct shunt_worker *loop = conn_loop_of(conn);
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
    /* The owner's timer has run its last. Whoever does not read what is queued cannot hold the move
     * up for ever: the sweep sees it. */
    wheel_cancel(loop->wheel, conn_slab_index(conn));
    conn_resume_later(conn); /* at the end of the turn: never within this call */
    return SHUNT_OK;
}

void conn_move_fail(struct conn *conn)
{
    shunt_fd_taker *taker = conn->queues->taker;

    conn->queues->taker = NULL;
    taker(conn->queues->taker_arg, -1, NULL, 0, true);
}

static void take(struct shunt_worker *loop, struct conn *conn)
{
    struct conn_queues *queues = conn->queues;
    shunt_fd_taker *taker;
    int fd = conn->fd, flags = fcntl(fd, F_GETFL);

    ASSERT(queues && queues->taker); /* conn_take_fd() has put it there */
    taker = queues->taker;
    io_release(loop->io, fd);
    (void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    wheel_cancel(loop->wheel, conn_slab_index(conn));
    conn->fd = -1;
    conn->flags |= CONN_UNLINKED;
    conn_state_set(conn, CONN_CLOSING);
    loop->counters.moves++;
    queues->taker = NULL;
    taker(queues->taker_arg, fd, conn_held_bytes(&queues->held), conn_held_len(&queues->held),
          conn->flags & CONN_ENDED);
    conn_stream_owner.closed(conn, SHUNT_CLOSED_TAKEN);
    conn_free(conn);
}

void conn_move_step(struct conn *conn)
{
    if (conn->state != CONN_MOVING || conn->flags & (CONN_SENDING | CONN_RESUMING) ||
        (conn->queues && conn->queues->queued > 0)) {
        return;
    }
    if (conn->flags & CONN_RECEIVING) {
        conn_receive_update(conn); /* cancels; the last completion comes back here */
        return;
    }
    take(conn_loop_of(conn), conn);
}
