/*
 * Input of a connection. Bytes belong to io and go straight to the owner, in the callback that
 * brings them; they are copied only while the owner is paused or the connection is about to move.
 */
#include "conn/input.h"

#include "conn/close.h"
#include "conn/loop.h"
#include "conn/memory.h"
#include "conn/queues.h"
#include "conn/stream.h"

#include <errno.h>

/* Behind what is held, or in front of it. SHUNT_ENOMEM leaves it as it is. */
static enum shunt_status hold(struct conn *conn, const uint8_t *bytes, size_t len, bool front)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    struct conn_queues *queues = conn_queues_need(conn);
    size_t before = queues ? queues->held.room : 0;
    enum shunt_status status;

    if (!queues || !conn_memory_reserve(loop, CONN_MEMORY_HELD, len)) {
        return SHUNT_ENOMEM;
    }
    status = conn_held_put(&queues->held, bytes, len, front);
    conn_memory_release(loop, len);
    loop->memory.used += queues->held.room - before; /* some more is there for what comes next */
    return status;
}

static void hold_failed(struct conn *conn)
{
    conn_loop_of(conn)->counters.held_failures++;
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
}

/* Are these bytes a part of what is held, so that the rest of that comes behind them? */
static bool is_given_held(const struct conn *conn)
{
    return conn->queues && conn->queues->held.lent;
}

void conn_input(struct conn *conn, uint8_t *bytes, size_t len)
{
    size_t most = conn_loop_of(conn)->data_bytes_max;

    while (len > 0 && conn->state != CONN_CLOSING && !conn_holds_back(conn)) {
        size_t piece = len < most ? len : most;

        conn_owner_of(conn)->data(conn, bytes, piece);
        bytes += piece;
        len -= piece;
    }
    if (len > 0 && conn->state != CONN_CLOSING &&
        hold(conn, bytes, len, is_given_held(conn)) != SHUNT_OK) {
        hold_failed(conn);
    }
}

void conn_input_later(struct conn *conn, const uint8_t *bytes, size_t len)
{
    if (len == 0 || conn->state == CONN_CLOSING) {
        return;
    }
    if (hold(conn, bytes, len, true) == SHUNT_OK) {
        conn->flags |= CONN_GIVE;
        conn_mark(conn);
    } else {
        hold_failed(conn);
    }
}

void conn_end_later(struct conn *conn)
{
    if (conn->state != CONN_CLOSING) {
        conn->flags |= CONN_ENDED | CONN_END_OWED;
        conn_mark(conn);
    }
}

void conn_received(struct conn *conn, uint8_t *bytes, int len, bool more)
{
    if (!more) {
        conn->flags &= (uint16_t)~CONN_RECEIVING;
        conn_mark(conn);
    }
    if (len > 0) {
        if (!(conn->flags & CONN_ACTIVE)) {
            conn->flags &= (uint16_t)~CONN_PARKED; /* before the cancel: not quiet after all */
        }
        conn->flags |= CONN_ACTIVE;
        conn_input(conn, bytes, (size_t)len);
    } else if (len == 0) {
        conn->flags |= CONN_ENDED | CONN_END_OWED;
    } else if (len != -ECANCELED) {
        conn_fail(conn, -len, false);
    }
}

/*
 * What a parked connection waits for has come. The first time in a pass of the sweep it is received
 * once and the connection stays parked: a pong now and then shall not cost a multishot receive, and
 * its kernel memory, for two passes. The second time it is quiet no longer.
 */
void conn_ready(struct conn *conn, int result)
{
    conn->flags &= (uint16_t)~CONN_RECEIVING;
    conn_mark(conn);
    if (result == 0 && !(conn->flags & CONN_ACTIVE)) {
        conn->flags |= CONN_ACTIVE | CONN_READABLE;
        return;
    }
    conn->flags &= (uint16_t)~CONN_PARKED;
    conn_loop_of(conn)->counters.unparks += result == 0;
}

/* ---- pause and resume ---- */

void conn_pause(struct conn *conn)
{
    if (conn->state == CONN_CLOSING || conn->flags & CONN_PAUSED) {
        return;
    }
    conn->flags |= CONN_PAUSED;
    conn_mark(conn);
}

void conn_resume(struct conn *conn)
{
    if (conn->state == CONN_CLOSING || !(conn->flags & CONN_PAUSED)) {
        return;
    }
    conn->flags &= (uint16_t)~CONN_PAUSED;
    if (conn->queues && conn_held_len(&conn->queues->held) > 0) {
        conn->flags |= CONN_GIVE;
    }
    conn_mark(conn);
}

/* Piece by piece: the owner may pause, or give some back, at each. */
void conn_input_give(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    struct conn_held *held = conn->queues ? &conn->queues->held : NULL;

    while (held && conn_held_len(held) > 0 && !conn_holds_back(conn) &&
           conn->state != CONN_CLOSING) {
        size_t len, room;
        uint8_t *bytes = conn_held_lend(held, loop->data_bytes_max, &len);

        conn_owner_of(conn)->data(conn, bytes, len);
        room = held->room;
        conn_held_return(held);
        conn_memory_release(loop, room - held->room);
    }
}
