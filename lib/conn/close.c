/*
 * Closing. Whoever wants it marks the connection and puts it on the closing list; the list is
 * worked off at the end of the turn, so no owner is told inside a call of its own. Gracefully: the
 * queue is sent, our direction ends, and the peer's end is awaited, because close(2) with unread
 * input makes the kernel send a reset that may overtake the last response (RFC 9112 section 9.6).
 */
#include "conn/close.h"

#include "base/assert.h"
#include "base/log.h"
#include "conn/input.h"
#include "conn/loop.h"
#include "conn/move.h"
#include "conn/output.h"
#include "conn/stream.h"
#include "conn/timer.h"

#include <errno.h>
#include <inttypes.h>

static void closing_list_push(struct shunt_worker *loop, struct conn *conn)
{
    uint32_t index = conn_slab_index(conn);

    wheel_cancel(loop->wheel, index);
    conn->timer.next = 0;
    if (loop->closing_last) {
        conn_slab_at(&loop->slab, loop->closing_last)->timer.next = index;
    } else {
        loop->closing_first = index;
    }
    loop->closing_last = index;
}

void conn_close(struct conn *conn, enum shunt_close_mode mode, enum shunt_close_reason reason)
{
    struct shunt_worker *loop = conn_loop_of(conn);

    if (conn->state == CONN_CLOSING) {
        bool listed = conn->flags & CONN_CLOSE_OWED;

        if (mode != SHUNT_CLOSE_GRACEFUL && conn->flags & CONN_GRACEFUL) {
            conn->flags &= (uint16_t)~CONN_GRACEFUL;
            if (!listed) {
                closing_list_push(loop, conn);
            }
        }
        return;
    }
    conn_state_set(conn, CONN_CLOSING);
    conn->reason = reason;
    conn->flags |= CONN_CLOSE_OWED;
    loop->counters.peers_silent += mode == SHUNT_CLOSE_LOST;
    if (mode == SHUNT_CLOSE_GRACEFUL) {
        conn->flags |= CONN_GRACEFUL;
        conn_uncork(conn);
    }
    closing_list_push(loop, conn);
}

static bool is_power_of_two(uint64_t value)
{
    return (value & (value - 1)) == 0;
}

/* What neither the peer nor the network explains: said the first time, the second, the fourth... */
static void failure_log(uint64_t count, int error, bool sending)
{
    if (is_power_of_two(count)) {
        log_warning("a connection has failed while %s: %s; %" PRIu64 " so far on this worker",
                    sending ? "sending" : "receiving", strerrordesc_np(error), count);
    }
}

/* Did the kernel end both directions itself? Then close(2) sends nothing, and needs no asking for
 * a reset: a system call less for each peer that resets. */
static bool socket_is_dead(int error)
{
    return error == ECONNRESET || error == EPIPE || error == ETIMEDOUT;
}

static void failure_count(struct conn_counters *counters, int error, bool sending)
{
    switch (error) {
    case ECONNRESET:
    case EPIPE:
        counters->peer_resets++;
        break;
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETUNREACH:
    case ENETDOWN:
        counters->peers_lost++;
        break;
    default:
        failure_log(sending ? ++counters->send_failures : ++counters->receive_failures, error,
                    sending);
    }
}

void conn_fail(struct conn *conn, int error, bool sending)
{
    failure_count(&conn_loop_of(conn)->counters, error, sending);
    conn->flags |= CONN_ENDED; /* nothing more can come */
    if (socket_is_dead(error)) {
        conn->flags |= CONN_SHUT;
    }
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_ERROR);
}

/*
 * Nothing is left but, perhaps, a send whose bytes io still needs. Who has not been sent everything
 * sees a reset, also when its own direction has ended: a clean end would tell it that it has. Once
 * ours has ended too, the kernel has it all, and a reset would take from a slow reader what it has
 * not read yet.
 */
static void finish(struct shunt_worker *loop, struct conn *conn)
{
    bool reset = !(conn->flags & (CONN_GRACEFUL | CONN_SHUT));

    wheel_cancel(loop->wheel, conn_slab_index(conn));
    io_close(loop->io, conn->fd, reset);
    conn->fd = -1;
    conn->flags |= CONN_UNLINKED;
    conn->flags &= (uint16_t) ~(CONN_RECEIVING | CONN_PARKED);
    if (!(conn->flags & CONN_SENDING)) {
        conn_free(conn);
    }
}

/* How long the peer has for its end. Our bytes are the kernel's by now, and it sends them on when
 * we are gone; so a stop waits less for a peer that does nothing. */
static void linger_time_set(struct conn *conn)
{
    const struct shunt_worker *loop = conn_loop_of(conn);
    uint32_t ms = loop->limits.close_ms;

    if (loop->draining && loop->limits.stop_close_ms < ms) {
        ms = loop->limits.stop_close_ms;
    }
    conn_timer_at(conn, conn_after_ms(conn, ms));
}

void conn_linger_step(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);

    if (conn->flags & (CONN_CLOSE_OWED | CONN_UNLINKED) || !(conn->flags & CONN_GRACEFUL) ||
        conn->flags & CONN_SENDING || (conn->queues && conn->queues->queued > 0)) {
        return; /* the end of the turn or the last `sent` comes back here */
    }
    if (conn->flags & CONN_ENDED) {
        finish(loop, conn);
    } else if (!(conn->flags & CONN_SHUT)) {
        conn->flags |= CONN_SHUT;
        io_shut(loop->io, conn->fd);
        /* Only now: until here the sweep looks whether the peer takes what is queued. */
        linger_time_set(conn);
        conn_receive_update(conn);
    }
}

void conn_linger_shorten(struct conn *conn)
{
    unsigned lingers = CONN_GRACEFUL | CONN_SHUT;

    if ((conn->flags & (lingers | CONN_CLOSE_OWED | CONN_UNLINKED)) == lingers) {
        linger_time_set(conn);
    }
}

void conn_receive_over(struct conn *conn)
{
    if (conn->state == CONN_MOVING) {
        conn_move_step(conn);
    } else {
        conn_receive_update(conn);
    }
}

void conn_expired(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);

    if (conn->state == CONN_CLOSING) {
        loop->counters.close_timeouts++;
        conn_close(conn, SHUNT_CLOSE_NOW, (enum shunt_close_reason)conn->reason);
    } else {
        ASSERT(conn->state != CONN_MOVING); /* conn_timer() */
        conn_owner_of(conn)->timer(conn);
    }
}

static void close_one(struct shunt_worker *loop, struct conn *conn)
{
    if (conn->flags & CONN_CLOSE_OWED) {
        conn->flags &= (uint16_t)~CONN_CLOSE_OWED;
        if (conn->queues && conn->queues->taker) {
            conn_move_fail(conn);
        }
        conn_owner_of(conn)->closed(conn, (enum shunt_close_reason)conn->reason);
        conn->user = NULL;
    }
    if (conn->flags & CONN_GRACEFUL) {
        conn_linger_step(conn);
    } else if (!(conn->flags & CONN_UNLINKED)) {
        finish(loop, conn);
    }
}

void conn_close_all(struct shunt_worker *loop)
{
    while (loop->closing_first) {
        struct conn *conn = conn_slab_at(&loop->slab, loop->closing_first);

        loop->closing_first = conn->timer.next;
        if (!loop->closing_first) {
            loop->closing_last = 0;
        }
        conn->timer.next = 0;
        close_one(loop, conn);
    }
}
