/*
 * A connection's timer. It counts from the moment of arming, not from the turn's beginning, which
 * may lie far back. The clock is the coarse one, cheap enough to read for each timer; what it may
 * lag is added, so that no timer runs early.
 */
#include "conn/timer.h"

#include "conn/loop.h"

uint64_t conn_after_ms(const struct conn *conn, uint32_t ms)
{
    return conn_loop_after_ms(conn_loop_of(conn), ms);
}

void conn_timer_at(struct conn *conn, uint64_t at_ms)
{
    wheel_set(conn_loop_of(conn)->wheel, conn_slab_index(conn), at_ms);
}

void conn_timer(struct conn *conn, uint32_t ms)
{
    if (conn->state == CONN_CLOSING || conn->state == CONN_MOVING) {
        return;
    }
    if (ms == 0) {
        wheel_cancel(conn_loop_of(conn)->wheel, conn_slab_index(conn));
    } else {
        conn_timer_at(conn, conn_after_ms(conn, ms < CONN_TIMER_MS_MAX ? ms : CONN_TIMER_MS_MAX));
    }
}

void conn_timer_cancel(struct conn *conn)
{
    wheel_cancel(conn_loop_of(conn)->wheel, conn_slab_index(conn));
}
