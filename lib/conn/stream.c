/* From the owner's callbacks to those of struct shunt_protocol; what a protocol leaves out is done
 * here. */
#include "conn/stream.h"

#include "base/assert.h"
#include "conn/close.h"
#include "conn/conn.h"

static const struct registry_protocol *entry_of(const struct conn *conn)
{
    return &conn_loop_of(conn)->registry->protocols[conn->protocol];
}

void *conn_stream_local(const struct conn *conn)
{
    return conn_loop_of(conn)->locals[entry_of(conn)->plugin];
}

void conn_attach(struct conn *conn, unsigned protocol)
{
    conn_state_set(conn, CONN_PROTOCOL);
    conn->protocol = (uint8_t)protocol;
    conn->flags |= CONN_STREAM;
}

void conn_stream_open(struct conn *conn, const struct shunt_request *request)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    const struct conn *outer = loop->opening; /* that decided an upgrade in its own open() */
    const struct shunt_request *outer_request = loop->opening_request;

    loop->opening = conn;
    loop->opening_request = request;
    entry_of(conn)->protocol.open(conn_stream_local(conn), conn_stream(conn));
    loop->opening = outer;
    loop->opening_request = outer_request;
}

static void stream_data(struct conn *conn, uint8_t *bytes, size_t len)
{
    entry_of(conn)->protocol.data(conn_stream(conn), bytes, len);
}

static void stream_drained(struct conn *conn)
{
    if (entry_of(conn)->protocol.drained) {
        entry_of(conn)->protocol.drained(conn_stream(conn));
    }
}

static void stream_end(struct conn *conn)
{
    if (entry_of(conn)->protocol.end) {
        entry_of(conn)->protocol.end(conn_stream(conn));
    } else {
        conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PEER);
    }
}

static void stream_timer(struct conn *conn)
{
    if (entry_of(conn)->protocol.timer) {
        entry_of(conn)->protocol.timer(conn_stream(conn));
    }
}

static void stream_shutdown(struct conn *conn)
{
    if (entry_of(conn)->protocol.shutdown) {
        entry_of(conn)->protocol.shutdown(conn_stream(conn));
    } else {
        conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    }
}

static void stream_closed(struct conn *conn, enum shunt_close_reason reason)
{
    if (entry_of(conn)->protocol.close) {
        entry_of(conn)->protocol.close(conn_stream(conn), reason);
    }
}

const struct conn_owner conn_stream_owner = {
    .data = stream_data,
    .drained = stream_drained,
    .end = stream_end,
    .timer = stream_timer,
    .shutdown = stream_shutdown,
    .closed = stream_closed,
};
