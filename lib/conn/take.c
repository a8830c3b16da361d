/*
 * Taking the descriptor out of the worker, by the drain protocol: start nothing new, let the queue
 * be sent, cancel the receive, keep what its last completions bring, and only then let go.
 */
#include "base/assert.h"
#include "conn/close.h"
#include "conn/input.h"
#include "conn/output.h"
#include "conn/stream.h"
#include "conn/table.h"

#include <fcntl.h>
#include <stdlib.h>

enum shunt_status conn_take_fd(struct conn *conn, shunt_fd_taker *taker, void *arg)
{
    struct conn_table *table = conn_table_of(conn);
    struct conn_work *work;

    if (conn->state != CONN_PROTOCOL) {
        return SHUNT_ESTATE;
    }
    work = conn_work_need(conn);
    if (!work) {
        return SHUNT_ENOMEM;
    }
    work->taker = taker;
    work->taker_arg = arg;
    conn_uncork(conn);
    conn_move(conn, CONN_MOVING);
    /* The owner's timer has run its last. Whoever does not read what is queued cannot hold the move
     * up for ever: the sweep sees it. */
    wheel_cancel(table->wheel, conn_index(conn));
    conn_resume_later(conn); /* at the end of the turn: never within this call */
    return SHUNT_OK;
}

void conn_take_fail(struct conn *conn)
{
    shunt_fd_taker *taker = conn->work->taker;

    conn->work->taker = NULL;
    taker(conn->work->taker_arg, -1, NULL, 0, true);
}

static void take(struct conn_table *table, struct conn *conn)
{
    struct conn_work *work = conn->work;
    shunt_fd_taker *taker;
    int fd = conn->fd, flags = fcntl(fd, F_GETFL);

    ASSERT(work && work->taker); /* conn_take_fd() has put it there */
    taker = work->taker;
    io_release(table->io, fd);
    (void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    wheel_cancel(table->wheel, conn_index(conn));
    conn->fd = -1;
    conn->flags |= CONN_UNLINKED;
    conn_move(conn, CONN_CLOSING);
    table->counters.moves++;
    work->taker = NULL;
    taker(work->taker_arg, fd, conn_held_bytes(&work->held), conn_held_len(&work->held),
          conn->flags & CONN_ENDED);
    conn_stream_owner.closed(conn, SHUNT_CLOSED_TAKEN);
    conn_table_free(table, conn);
}

void conn_take_step(struct conn *conn)
{
    if (conn->state != CONN_MOVING || conn->flags & (CONN_SENDING | CONN_RESUMING) ||
        (conn->work && conn->work->queued > 0)) {
        return;
    }
    if (conn->flags & CONN_RECEIVING) {
        conn_receive_update(conn); /* cancels; the last completion comes back here */
        return;
    }
    take(conn_table_of(conn), conn);
}
