/*
 * Input of a connection. Bytes belong to io and go straight to the owner; they are copied only
 * while the owner is paused or the connection is about to move.
 */
#include "conn/input.h"

#include "base/assert.h"
#include "conn/close.h"
#include "conn/loop.h"
#include "conn/memory.h"
#include "conn/move.h"
#include "conn/output.h"
#include "conn/queues.h"
#include "conn/stream.h"

#include <errno.h>
#include <stdlib.h>

bool conn_wants_data(const struct conn *conn)
{
    if (conn->flags & (CONN_ENDED | CONN_UNLINKED)) {
        return false;
    }
    switch ((enum conn_state)conn->state) {
    case CONN_HTTP:
    case CONN_UPGRADING:
    case CONN_PROTOCOL:
        return !(conn->flags & CONN_PAUSED);
    case CONN_CLOSING:
        return conn->flags & CONN_SHUT; /* lingering: wait for the peer's end */
    case CONN_MOVING:
    case CONN_FREE:
    case CONN_STATES:
        break;
    }
    return false;
}

void conn_receive_update(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    bool wants = conn_wants_data(conn), has = conn->flags & CONN_RECEIVING;

    if (wants == has) {
        return; /* a cancel that is under way comes back here with its last completion */
    }
    if (!wants) {
        io_receive_cancel(loop->io, conn->fd);
    } else if (conn->flags & CONN_PARKED) {
        conn->flags |= CONN_RECEIVING;
        io_ready(loop->io, conn->fd);
    } else {
        conn->flags |= CONN_RECEIVING | CONN_ACTIVE;
        io_receive(loop->io, conn->fd, true);
    }
}

/* Behind what is held, or in front of it. SHUNT_ENOMEM leaves it as it is. */
static enum shunt_status hold(struct conn *conn, const uint8_t *bytes, size_t len, bool front)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    struct conn_queues *queues = conn_queues_need(conn);
    size_t before = queues ? queues->held.room : 0;
    enum shunt_status status;

    if (!queues || !conn_memory_take(loop, CONN_MEMORY_HELD, len)) {
        return SHUNT_ENOMEM;
    }
    status = conn_held_put(&queues->held, bytes, len, front);
    conn_memory_give(loop, len);
    loop->memory.used += queues->held.room - before; /* some more is there for what comes next */
    return status;
}

static void hold_failed(struct conn *conn)
{
    conn_loop_of(conn)->counters.held_failures++;
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
}

static bool holds_back(const struct conn *conn)
{
    return (conn->flags & (CONN_PAUSED | CONN_RESUMING)) || conn->state == CONN_MOVING;
}

/* Are these bytes a part of what is held, so that the rest of that comes behind them? */
static bool is_given_held(const struct conn *conn)
{
    return conn->queues && conn->queues->held.lent;
}

void conn_input(struct conn *conn, uint8_t *bytes, size_t len)
{
    size_t most = conn_loop_of(conn)->data_bytes_max;

    while (len > 0 && conn->state != CONN_CLOSING && !holds_back(conn)) {
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

void conn_resume_later(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    struct conn_queues *queues = conn->queues;

    if (!(conn->flags & CONN_RESUMING)) {
        conn->flags |= CONN_RESUMING;
        queues->resume_next = loop->resume;
        loop->resume = queues;
    }
}

void conn_input_later(struct conn *conn, const uint8_t *bytes, size_t len)
{
    if (len == 0 || conn->state == CONN_CLOSING) {
        return;
    }
    if (hold(conn, bytes, len, true) == SHUNT_OK) {
        conn_resume_later(conn);
    } else {
        hold_failed(conn);
    }
}

/* The peer has ended its direction. */
static void end_arrived(struct conn *conn)
{
    conn->flags |= CONN_ENDED;
    if (conn->state == CONN_CLOSING) {
        conn_linger_step(conn);
    } else if (holds_back(conn)) {
        conn->flags |= CONN_END_OWED;
    } else {
        conn_owner_of(conn)->end(conn);
    }
}

void conn_received(struct conn *conn, uint8_t *bytes, int len, bool more)
{
    if (!more) {
        conn->flags &= (uint16_t)~CONN_RECEIVING;
    }
    if (len > 0) {
        if (!(conn->flags & CONN_ACTIVE)) {
            conn->flags &= (uint16_t)~CONN_PARKED; /* before the cancel: not quiet after all */
        }
        conn->flags |= CONN_ACTIVE;
        conn_input(conn, bytes, (size_t)len);
    } else if (len == 0) {
        end_arrived(conn);
    } else if (len != -ECANCELED) {
        conn_fail(conn, -len, false);
    }
    if (!more && !(conn->flags & CONN_UNLINKED)) {
        conn_receive_over(conn);
    }
}

/*
 * What a parked connection waits for has come. The first time in a pass of the sweep it is received
 * once and the connection stays parked: a pong now and then shall not cost a multishot receive, and
 * its kernel memory, for two passes. The second time it is quiet no longer.
 */
void conn_ready(struct conn *conn, int result)
{
    struct shunt_worker *loop = conn_loop_of(conn);

    conn->flags &= (uint16_t)~CONN_RECEIVING;
    if (result == 0 && !(conn->flags & CONN_ACTIVE) && conn_wants_data(conn)) {
        conn->flags |= CONN_RECEIVING | CONN_ACTIVE;
        io_receive(loop->io, conn->fd, false);
        return;
    }
    conn->flags &= (uint16_t)~CONN_PARKED;
    loop->counters.unparks += result == 0;
    conn_receive_over(conn);
}

/* ---- pause and resume ---- */

void conn_pause(struct conn *conn)
{
    if (conn->state == CONN_CLOSING || conn->flags & CONN_PAUSED) {
        return;
    }
    conn->flags |= CONN_PAUSED;
    conn_receive_update(conn);
}

void conn_resume(struct conn *conn)
{
    if (conn->state == CONN_CLOSING || !(conn->flags & CONN_PAUSED)) {
        return;
    }
    conn->flags &= (uint16_t)~CONN_PAUSED;
    if ((conn->queues && conn_held_len(&conn->queues->held) > 0) || conn->flags & CONN_END_OWED) {
        if (conn_queues_need(conn)) {
            conn_resume_later(conn);
        } else {
            hold_failed(conn);
        }
        return;
    }
    conn_receive_update(conn);
}

/* Piece by piece: the owner may pause, or give some back, at each. */
static void give_held(struct conn *conn)
{
    struct conn_held *held = &conn->queues->held;
    size_t room;

    while (conn_held_len(held) > 0 && !holds_back(conn) && conn->state != CONN_CLOSING) {
        size_t len;
        uint8_t *bytes = conn_held_lend(held, conn_loop_of(conn)->data_bytes_max, &len);

        conn_owner_of(conn)->data(conn, bytes, len);
        room = held->room;
        conn_held_return(held);
        conn_memory_give(conn_loop_of(conn), room - held->room);
    }
    if (conn->flags & CONN_END_OWED && !holds_back(conn) && conn->state != CONN_CLOSING) {
        conn->flags &= (uint16_t)~CONN_END_OWED;
        conn_owner_of(conn)->end(conn);
    }
}

void conn_resume_all(struct shunt_worker *loop)
{
    struct conn_queues *list = loop->resume;

    loop->resume = NULL;
    while (list) {
        struct conn_queues *queues = list;
        struct conn *conn;

        list = queues->resume_next;
        conn = conn_queues_unlisted(loop, queues);
        if (!conn) {
            continue;
        }
        conn->flags &= (uint16_t)~CONN_RESUMING;
        if (conn->state == CONN_MOVING) {
            conn_move_step(conn);
            continue;
        }
        give_held(conn);
        conn_queues_trim(conn);
        conn_receive_update(conn);
    }
}
