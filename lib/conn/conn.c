/* A connection's life, from a descriptor to a free slot, and its states. */
#include "conn/conn.h"

#include "base/assert.h"
#include "conn/input.h"
#include "conn/loop.h"
#include "conn/queues.h"

/* Row: where we are. Bits: where we may go. Nothing returns to HTTP from a protocol. */
#define TO(state) (1u << (state))
static const unsigned allowed[CONN_STATES] = {
    [CONN_FREE] = TO(CONN_HTTP),
    [CONN_HTTP] = TO(CONN_UPGRADING) | TO(CONN_PROTOCOL) | TO(CONN_CLOSING),
    [CONN_UPGRADING] = TO(CONN_HTTP) | TO(CONN_PROTOCOL) | TO(CONN_CLOSING),
    [CONN_PROTOCOL] = TO(CONN_MOVING) | TO(CONN_CLOSING),
    [CONN_MOVING] = TO(CONN_CLOSING),
    [CONN_CLOSING] = TO(CONN_FREE),
};

void conn_state_set(struct conn *conn, enum conn_state to)
{
    ASSERT(allowed[conn->state] & TO(to));
    conn->state = (unsigned)to & 0xf;
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
    conn->flags = 0;
    conn_state_set(conn, CONN_HTTP);
    loop->counters.accepted++;
    io_user_set(loop->io, fd, conn_id(conn));
    conn_receive_update(conn);
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

    wheel_cancel(loop->wheel, conn_slab_index(conn));
    conn_queues_drop(conn);
    conn_state_set(conn, CONN_FREE);
    *conn = (struct conn){.fd = -1, .generation = conn->generation, .flags = CONN_UNLINKED};
    conn_slab_put(&loop->slab, conn);
    loop->counters.closed++;
}
