/*
 * The one place that decides what a connection does next. Callbacks of io, timers, owners and
 * plugins only set facts (flags, queues, state) and mark the connection. Each marked one gets a
 * step in two halves, so that what owners write in the first goes out in one send in the second:
 *
 *   1. notify   the output has drained; held input; the peer's end; closed
 *   2. act      arm, cancel or park the receive; send; shut; finish; hand over
 *
 * A callback may mark any connection. One whose first half has passed already gets both in another
 * round. Nothing here allocates or fails.
 */
#include "conn/step.h"

#include "base/assert.h"
#include "conn/close.h"
#include "conn/file.h"
#include "conn/input.h"
#include "conn/loop.h"
#include "conn/move.h"
#include "conn/queues.h"
#include "conn/stream.h"

/* Owners that mark each other without end do not keep the loop from io. */
enum { ROUNDS_MAX = 8 };

static void clear(struct conn *conn, unsigned flags)
{
    conn->flags &= (uint16_t)~flags;
}

/* ---- the owner ---- */

static bool drained_due(const struct conn *conn)
{
    return conn->flags & CONN_ABOVE && conn->state != CONN_CLOSING && conn->state != CONN_MOVING &&
           (!conn->queues || conn->queues->queued <= conn->queues->low);
}

static bool end_due(const struct conn *conn)
{
    return conn->flags & CONN_END_OWED && conn->state != CONN_CLOSING && !conn_holds_back(conn);
}

/* Is there something to notify the owner of? */
static bool notify_due(const struct conn *conn)
{
    return conn->flags & (CONN_ABOVE | CONN_GIVE | CONN_END_OWED | CONN_CLOSE_OWED) &&
           (conn->flags & (CONN_GIVE | CONN_CLOSE_OWED) || drained_due(conn) || end_due(conn));
}

static void closed(struct conn *conn)
{
    clear(conn, CONN_CLOSE_OWED);
    if (conn->queues && conn->queues->taker) {
        conn_hand_over_fail(conn);
    }
    conn_owner_of(conn)->closed(conn, (enum shunt_close_reason)conn->reason);
    conn->user = NULL;
}

static void notify(struct conn *conn)
{
    if (drained_due(conn)) {
        clear(conn, CONN_ABOVE);
        conn_owner_of(conn)->drained(conn);
    }
    if (conn->flags & CONN_GIVE) {
        clear(conn, CONN_GIVE);
        conn_input_give(conn);
    }
    if (end_due(conn)) {
        clear(conn, CONN_END_OWED);
        conn_owner_of(conn)->end(conn);
    }
    if (conn->flags & CONN_CLOSE_OWED) {
        closed(conn);
    }
}

/* ---- io ---- */

static void receive_step(struct shunt_worker *loop, struct conn *conn)
{
    bool wants = conn_wants_data(conn), has = conn->flags & CONN_RECEIVING;

    if (wants == has) {
        return; /* the last completion of a cancel marks it again */
    }
    if (!wants) {
        if (conn->state != CONN_CLOSING) { /* what comes then is dropped, and the end is awaited */
            io_receive_cancel(loop->io, conn->fd);
        }
        return;
    }
    conn->flags |= CONN_RECEIVING;
    if (conn->flags & CONN_READABLE) {
        clear(conn, CONN_READABLE);
        io_receive(loop->io, conn->fd, false);
    } else if (conn->flags & CONN_PARKED) {
        io_ready(loop->io, conn->fd);
    } else {
        conn->flags |= CONN_ACTIVE;
        io_receive(loop->io, conn->fd, true);
    }
}

/* A socket that takes what it has room for needs fewer turns, and pages of the page cache are no
 * memory of the connection's: what may wait there unsent is bounded for all but long files. */
static void send_file(struct shunt_worker *loop, struct conn *conn, const struct iovec *parts,
                      int count, const struct conn_segment *segment)
{
    const struct conn_file *file = segment->arg;
    struct io_file part = {file->fd, segment->offset + segment->start,
                           segment->len - segment->start};

    if (part.len > loop->limits.tcp.unsent_bytes && !conn->queues->wide) {
        conn->queues->wide = true;
        sockets_unsent_set(conn->fd, 0);
    }
    io_send_file(loop->io, conn->fd, parts, count, &part);
}

/* One send in flight, of up to IO_SEND_PARTS segments, a file being the last of them. */
static void send_step(struct shunt_worker *loop, struct conn *conn)
{
    struct iovec parts[IO_SEND_PARTS];
    const struct conn_segment *s;
    int count = 0;

    if (conn_queued(conn) == 0) {
        conn_queues_trim(conn);
        return;
    }
    if (conn->flags & (CONN_SENDING | CONN_CORKED)) {
        return;
    }
    for (s = conn->queues->head; s && !s->is_file && count < IO_SEND_PARTS; s = s->next) {
        parts[count++] =
            (struct iovec){(void *)(uintptr_t)(s->bytes + s->start), s->len - s->start};
    }
    conn->flags |= CONN_SENDING;
    if (s && s->is_file) {
        send_file(loop, conn, parts, count, s);
    } else {
        io_send(loop->io, conn->fd, parts, count);
    }
}

/*
 * Nothing is left but, perhaps, a send whose bytes io still needs. If output is dropped, send RST:
 * a FIN would claim that all was sent, also to a peer whose own direction has ended. Once ours has
 * ended, the kernel has it all, and a reset would take from a slow reader what it has not read.
 */
static void finish(struct shunt_worker *loop, struct conn *conn)
{
    bool reset = !(conn->flags & (CONN_GRACEFUL | CONN_SHUT));

    io_close(loop->io, conn->fd, reset);
    conn->fd = -1;
    clear(conn, CONN_RECEIVING | CONN_PARKED | CONN_READABLE);
    if (!(conn->flags & CONN_SENDING)) {
        conn_free(conn);
    }
}

/* All is sent: end our direction, and await the peer's. */
static void shut_step(struct shunt_worker *loop, struct conn *conn)
{
    if (conn->flags & CONN_ENDED) {
        finish(loop, conn);
    } else if (!(conn->flags & CONN_SHUT)) {
        conn->flags |= CONN_SHUT;
        io_shut(loop->io, conn->fd);
        conn_linger(conn); /* only now: until here the sweep looks whether the peer reads */
        receive_step(loop, conn);
    }
}

static void act(struct shunt_worker *loop, struct conn *conn)
{
    DEBUG_ASSERT(conn_state_check(conn));
    if (conn->state == CONN_FREE) {
        return; /* freed while it was marked */
    }
    if (notify_due(conn)) {
        conn_mark(conn); /* since its first half */
    } else if (conn->fd < 0) {
        if (!(conn->flags & CONN_SENDING)) {
            conn_free(conn);
        }
    } else if (conn->state == CONN_CLOSING && !(conn->flags & CONN_GRACEFUL)) {
        finish(loop, conn);
    } else {
        receive_step(loop, conn);
        send_step(loop, conn);
        if (conn->flags & CONN_SENDING || conn_queued(conn) > 0) {
            return;
        }
        if (conn->state == CONN_CLOSING) {
            shut_step(loop, conn);
        } else if (conn->state == CONN_MOVING && !(conn->flags & CONN_RECEIVING)) {
            conn_hand_over(conn);
        }
    }
}

/* ---- all of them ---- */

static void round_once(struct shunt_worker *loop)
{
    struct conn_slab *slab = &loop->slab;
    uint32_t *filled, count;

    for (uint32_t i = 0; i < slab->dirty_count; i++) { /* callbacks make it longer */
        struct conn *conn = conn_slab_at(slab, slab->dirty[i]);

        if (notify_due(conn)) {
            notify(conn);
        }
    }
    filled = slab->dirty;
    count = slab->dirty_count;
    slab->dirty = slab->dirty_other;
    slab->dirty_other = filled;
    slab->dirty_other_count = count;
    slab->dirty_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct conn *conn = conn_slab_at(slab, slab->dirty_other[i]);

        clear(conn, CONN_DIRTY);
        act(loop, conn);
    }
}

void conn_step_all(struct shunt_worker *loop)
{
    for (unsigned i = 0; i < ROUNDS_MAX && loop->slab.dirty_count > 0; i++) {
        round_once(loop);
    }
}
