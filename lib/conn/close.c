/*
 * Closing. It is only asked for here; the step does it at the end of the turn, so no owner is
 * notified inside a call of its own. Gracefully: the queue is sent, our direction ends, and the
 * peer's end is awaited, because close(2) with unread input makes the kernel send a reset that may
 * overtake the last response (RFC 9112 section 9.6).
 */
#include "conn/close.h"

#include "base/log.h"
#include "conn/loop.h"
#include "conn/queues.h"
#include "conn/timer.h"

#include <errno.h>
#include <inttypes.h>

void conn_close(struct conn *conn, enum shunt_close_mode mode, enum shunt_close_reason reason)
{
    struct shunt_worker *loop = conn_loop_of(conn);

    if (conn->state == CONN_CLOSING) {
        if (mode != SHUNT_CLOSE_GRACEFUL && conn->flags & CONN_GRACEFUL) {
            conn->flags &= (uint16_t)~CONN_GRACEFUL;
            conn_mark(conn);
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
    conn_timer_cancel(conn); /* the owner's */
    conn_mark(conn);
}

static bool is_power_of_two(uint64_t value)
{
    return (value & (value - 1)) == 0;
}

/* What neither the peer nor the network explains: logged at the first, second, fourth... time. */
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

/* How long the peer has for its end. Our bytes are the kernel's by now, and it sends them on when
 * we are gone; so a stop waits less for a peer that does nothing. */
void conn_linger(struct conn *conn)
{
    const struct shunt_worker *loop = conn_loop_of(conn);
    uint32_t ms = loop->limits.close_ms;

    if (loop->draining && loop->limits.stop_close_ms < ms) {
        ms = loop->limits.stop_close_ms;
    }
    conn_timer_at(conn, conn_after_ms(conn, ms));
}

void conn_linger_shorten(struct conn *conn)
{
    unsigned lingers = CONN_GRACEFUL | CONN_SHUT;

    if ((conn->flags & (lingers | CONN_CLOSE_OWED)) == lingers && conn->fd >= 0) {
        conn_linger(conn);
    }
}
