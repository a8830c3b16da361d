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
#include "conn/output.h"
#include "conn/table.h"

#include <errno.h>
#include <inttypes.h>

static void closing_list_push(struct conn_table *table, struct conn *conn)
{
    uint32_t index = conn_index(conn);

    wheel_cancel(table->wheel, index);
    conn->timer.next = 0;
    if (table->closing_last) {
        conn_table_slot(table, table->closing_last)->timer.next = index;
    } else {
        table->closing_first = index;
    }
    table->closing_last = index;
}

void conn_close(struct conn *conn, enum shunt_close_mode mode, enum shunt_close_reason reason)
{
    struct conn_table *table = conn_table_of(conn);

    if (conn->state == CONN_CLOSING) {
        bool listed = conn->flags & CONN_CLOSE_OWED;

        if (mode != SHUNT_CLOSE_GRACEFUL && conn->flags & CONN_GRACEFUL) {
            conn->flags &= (uint16_t)~CONN_GRACEFUL;
            if (!listed) {
                closing_list_push(table, conn);
            }
        }
        return;
    }
    conn_move(conn, CONN_CLOSING);
    conn->reason = reason;
    conn->flags |= CONN_CLOSE_OWED;
    table->counters.peers_silent += mode == SHUNT_CLOSE_LOST;
    if (mode == SHUNT_CLOSE_GRACEFUL) {
        conn->flags |= CONN_GRACEFUL;
        conn_uncork(conn);
    }
    closing_list_push(table, conn);
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
    failure_count(&conn_table_of(conn)->counters, error, sending);
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
static void finish(struct conn_table *table, struct conn *conn)
{
    bool reset = !(conn->flags & (CONN_GRACEFUL | CONN_SHUT));

    wheel_cancel(table->wheel, conn_index(conn));
    io_close(table->io, conn->fd, reset);
    conn->fd = -1;
    conn->flags |= CONN_UNLINKED;
    conn->flags &= (uint16_t) ~(CONN_RECEIVING | CONN_PARKED);
    if (!(conn->flags & CONN_SENDING)) {
        conn_table_free(table, conn);
    }
}

/* How long the peer has for its end. Our bytes are the kernel's by now, and it sends them on when
 * we are gone; so a stop waits less for a peer that does nothing. */
static void linger_time_set(struct conn *conn)
{
    const struct conn_table *table = conn_table_of(conn);
    uint32_t ms = table->limits.close_ms;

    if (table->draining && table->limits.stop_close_ms < ms) {
        ms = table->limits.stop_close_ms;
    }
    conn_timer_at(conn, conn_after_ms(conn, ms));
}

void conn_linger_step(struct conn *conn)
{
    struct conn_table *table = conn_table_of(conn);

    if (conn->flags & (CONN_CLOSE_OWED | CONN_UNLINKED) || !(conn->flags & CONN_GRACEFUL) ||
        conn->flags & CONN_SENDING || (conn->work && conn->work->queued > 0)) {
        return; /* the end of the turn or the last `sent` comes back here */
    }
    if (conn->flags & CONN_ENDED) {
        finish(table, conn);
    } else if (!(conn->flags & CONN_SHUT)) {
        conn->flags |= CONN_SHUT;
        io_shut(table->io, conn->fd);
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
        conn_take_step(conn);
    } else {
        conn_receive_update(conn);
    }
}

void conn_expired(struct conn *conn)
{
    struct conn_table *table = conn_table_of(conn);

    if (conn->state == CONN_CLOSING) {
        table->counters.close_timeouts++;
        conn_close(conn, SHUNT_CLOSE_NOW, (enum shunt_close_reason)conn->reason);
    } else {
        ASSERT(conn->state != CONN_MOVING); /* conn_timer() */
        conn_owner_of(conn)->timer(conn);
    }
}

static void close_one(struct conn_table *table, struct conn *conn)
{
    if (conn->flags & CONN_CLOSE_OWED) {
        conn->flags &= (uint16_t)~CONN_CLOSE_OWED;
        if (conn->work && conn->work->taker) {
            conn_take_fail(conn);
        }
        conn_owner_of(conn)->closed(conn, (enum shunt_close_reason)conn->reason);
        conn->user = NULL;
    }
    if (conn->flags & CONN_GRACEFUL) {
        conn_linger_step(conn);
    } else if (!(conn->flags & CONN_UNLINKED)) {
        finish(table, conn);
    }
}

void conn_close_all(struct conn_table *table)
{
    while (table->closing_first) {
        struct conn *conn = conn_table_slot(table, table->closing_first);

        table->closing_first = conn->timer.next;
        if (!table->closing_first) {
            table->closing_last = 0;
        }
        conn->timer.next = 0;
        close_one(table, conn);
    }
}
