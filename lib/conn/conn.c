/* A connection's life, from a descriptor to a free slot, and its states. */
#include "conn/conn.h"

#include "base/assert.h"
#include "conn/loop.h"
#include "conn/queues.h"
#include "conn/timer.h"

void conn_state_set(struct conn *conn, enum conn_state to)
{
    ASSERT(conn_states[conn->state].leads_to & 1u << to);
    conn->state = (unsigned)to & 0xf;
}

bool conn_state_check(const struct conn *conn)
{
    const struct conn_state_row *row = &conn_states[conn->state];
    unsigned flags = conn->flags;

    return (flags & ~(unsigned)row->may) == 0 && (flags & row->must) == row->must &&
           (!(flags & CONN_READABLE) || flags & CONN_PARKED) &&
           (!(flags & CONN_END_OWED) || flags & CONN_ENDED) &&
           (!(flags & CONN_READABLE) || !(flags & CONN_RECEIVING));
}

struct conn *conn_open(struct shunt_worker *loop, int fd)
{
    bool full = loop->slab.live >= loop->limits.connections_max;
    struct conn *conn = full ? NULL : conn_slab_take(&loop->slab);

    if (!conn) {
        loop->counters.refused_full += full;
        loop->counters.refused_memory += !full;
        io_close(loop->io, fd, true);
        return NULL;
    }
    conn->fd = fd;
    conn_state_set(conn, CONN_HTTP);
    io_user_set(loop->io, fd, conn_id(conn));
    conn_mark(conn);
    return conn;
}

void conn_id_renew(struct conn *conn)
{
    conn_slab_renew(conn);
    io_user_set(conn_loop_of(conn)->io, conn->fd, conn_id(conn));
}

void conn_free(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    uint16_t listed;

    conn_timer_cancel(conn);
    conn_queues_drop(conn);
    listed = conn->flags & CONN_DIRTY; /* what is dropped may have called its owner */
    conn_state_set(conn, CONN_FREE);
    *conn = (struct conn){.fd = -1, .generation = conn->generation, .flags = listed};
    if (loop->peers) {
        conn_peers_remove(loop->peers, conn_slab_index(conn));
    }
    conn_slab_put(&loop->slab, conn);
    loop->counters.closed++;
}
