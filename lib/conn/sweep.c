/*
 * Two sweeps, each with its own time: a long park_ms must not put the write time-out off, nor a
 * short write_ms park what is not quiet yet. A pass over all slots is cut into parts.
 */
#include "conn/sweep.h"

#include "conn/close.h"
#include "conn/input.h"
#include "conn/work.h"

enum {
    PARTS = 16,       /* of a pass */
    PART_MS_MIN = 10, /* from one part to the next */
    WRITE_PASSES = 4, /* in write_ms */
};

/* ---- quiet connections ---- */

/* A connection is quiet when two looks in a row, park_ms apart, have seen it inactive. */
static void look_at_input(struct conn_table *table, struct conn *conn)
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
    table->counters.parks++;
    io_receive_cancel(table->io, conn->fd);
}

/* ---- peers that do not read ---- */

/*
 * Progress is what our kernel takes, and what the peer's acknowledges: a socket with a large buffer
 * takes nothing for long while its peer reads steadily. The kernel is asked only about a send that
 * is still in flight when the sweep comes by, and two answers are needed for a comparison.
 */
static void look_at_output(struct conn_table *table, struct conn *conn)
{
    struct conn_work *work = conn->work;
    uint64_t unacked;

    if (!work || work->queued == 0 || !(conn->flags & CONN_SENDING) ||
        conn->flags & CONN_UNLINKED) {
        return;
    }
    unacked = 1 + io_unacknowledged(table->io, conn->fd);
    if (work->unacked == 0 || unacked < work->unacked) {
        if (work->unacked != 0) {
            work->progress_ms = table->now_ms;
        }
        work->unacked = unacked;
    } else if (table->now_ms - work->progress_ms >= table->limits.write_ms) {
        table->counters.write_timeouts++;
        conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_LIMIT);
    }
}

/* ---- passes ---- */

static void pass(struct conn_table *table, struct conn_sweep *sweep, uint32_t pass_ms,
                 void (*look)(struct conn_table *table, struct conn *conn))
{
    uint32_t slots = table->chunk_count << CONN_CHUNK_SHIFT;
    uint32_t count = slots / PARTS + 1, every = pass_ms / PARTS;

    if (table->now_ms < sweep->due_ms) {
        return;
    }
    sweep->due_ms = table->now_ms + (every > PART_MS_MIN ? every : PART_MS_MIN);
    for (uint32_t i = 0; i < count && slots > 0; i++) {
        uint32_t index = sweep->at++ % slots;
        struct conn *conn = conn_table_slot(table, index);

        if ((index & ((1u << CONN_CHUNK_SHIFT) - 1)) != 0 && conn->state != CONN_FREE) {
            look(table, conn);
        }
    }
    sweep->at %= slots ? slots : 1;
}

void conn_sweep(struct conn_table *table)
{
    pass(table, &table->park_sweep, table->limits.park_ms, look_at_input);
    pass(table, &table->write_sweep, table->limits.write_ms / WRITE_PASSES, look_at_output);
}

uint64_t conn_sweep_due_ms(const struct conn_table *table)
{
    return table->park_sweep.due_ms < table->write_sweep.due_ms ? table->park_sweep.due_ms
                                                                : table->write_sweep.due_ms;
}
