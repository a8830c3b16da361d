/*
 * Two sweeps, each with its own time: a long park_ms must not put the write time-out off, nor a
 * short write_ms park what is not quiet yet. A pass over all slots is cut into parts.
 */
#include "conn/sweep.h"

#include "conn/close.h"
#include "conn/input.h"
#include "conn/queues.h"

enum {
    PARTS = 16,       /* of a pass */
    PART_MS_MIN = 10, /* from one part to the next */
    WRITE_PASSES = 4, /* in write_ms */
};

/* ---- quiet connections ---- */

/* A connection is quiet when two looks in a row, park_ms apart, have seen it inactive. */
static void look_at_input(struct shunt_worker *loop, struct conn *conn)
{
    bool active = conn->flags & CONN_ACTIVE;

    if (!conn_wants_data(conn) || !(conn->flags & CONN_RECEIVING)) {
        return;
    }
    conn->flags &= (uint16_t)~CONN_ACTIVE;
    if (active || conn->flags & CONN_PARKED) {
        return;
    }
    conn->flags |= CONN_PARKED;
    loop->counters.parks++;
    io_receive_cancel(loop->io, conn->fd);
}

/* ---- peers that do not read ---- */

/*
 * Progress is what our kernel takes, and what the peer's acknowledges: a socket with a large buffer
 * takes nothing for long while its peer reads steadily. The kernel is asked only about a send that
 * is still in flight when the sweep comes by, and two answers are needed for a comparison.
 */
static void look_at_output(struct shunt_worker *loop, struct conn *conn)
{
    struct conn_queues *queues = conn->queues;
    uint64_t unacked;

    if (!queues || queues->queued == 0 || !(conn->flags & CONN_SENDING) || conn->fd < 0) {
        return;
    }
    unacked = 1 + io_unacknowledged(loop->io, conn->fd);
    if (queues->unacked == 0 || unacked < queues->unacked) {
        if (queues->unacked != 0) {
            queues->progress_ms = loop->now_ms;
        }
        queues->unacked = unacked;
    } else if (loop->now_ms - queues->progress_ms >= loop->limits.write_ms) {
        loop->counters.write_timeouts++;
        conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
    }
}

/* ---- passes ---- */

static void pass(struct shunt_worker *loop, struct conn_sweep *sweep, uint32_t pass_ms,
                 void (*look)(struct shunt_worker *loop, struct conn *conn))
{
    uint32_t slots = loop->slab.chunk_count << CONN_CHUNK_SHIFT;
    uint32_t count = slots / PARTS + 1, every = pass_ms / PARTS;

    if (loop->now_ms < sweep->due_ms) {
        return;
    }
    sweep->due_ms = loop->now_ms + (every > PART_MS_MIN ? every : PART_MS_MIN);
    for (uint32_t i = 0; i < count && slots > 0; i++) {
        uint32_t index = sweep->at++ % slots;
        struct conn *conn = conn_slab_at(&loop->slab, index);

        if ((index & ((1u << CONN_CHUNK_SHIFT) - 1)) != 0 && conn->state != CONN_FREE) {
            look(loop, conn);
        }
    }
    sweep->at %= slots ? slots : 1;
}

void conn_sweep(struct shunt_worker *loop)
{
    pass(loop, &loop->park_sweep, loop->limits.park_ms, look_at_input);
    pass(loop, &loop->write_sweep, loop->limits.write_ms / WRITE_PASSES, look_at_output);
}

uint64_t conn_sweep_due_ms(const struct shunt_worker *loop)
{
    return loop->park_sweep.due_ms < loop->write_sweep.due_ms ? loop->park_sweep.due_ms
                                                              : loop->write_sweep.due_ms;
}
