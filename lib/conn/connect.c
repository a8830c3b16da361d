/* A connect has a record of its own; it gets a slot once it is a connection. */
#include "conn/connect.h"

#include "conn/loop.h"
#include "conn/stream.h"
#include "io/sockets.h"

#include <errno.h>
#include <unistd.h>

struct connecting {
    struct handle handle;
    int fd;
    unsigned protocol;
    shunt_connect_failed *failed;
    void *user;
    struct shunt_worker *loop;
    shunt_id timer; /* 0: none */
};

/* io's `user` of one that is under way: no connection's id, because its slot would be number 0. */
static uint64_t io_user_of(const struct connecting *one)
{
    return (uint64_t)1 << 62 | (uint64_t)one->handle.number << CONN_SLOT_BITS;
}

static struct connecting *find(const struct conn_connects *connects, uint64_t user)
{
    return handles_at(&connects->handles,
                      (uint32_t)(user >> CONN_SLOT_BITS) & UINT32_C(0x3fffffff));
}

/* It is a connection, or none. */
static void over(struct connecting *one)
{
    if (one->timer) {
        (void)conn_worker_timer_cancel(one->loop, one->timer);
    }
    handles_put(&one->loop->connects.handles, one);
}

static void fail(struct connecting *one, int error)
{
    struct connecting failed = *one;

    one->loop->counters.connect_failures++;
    io_close(one->loop->io, one->fd, false);
    over(one);
    failed.failed(failed.loop, error, failed.user);
}

static void timed_out(struct shunt_worker *loop, void *arg)
{
    struct connecting *one = arg;

    (void)loop;
    one->timer = 0;
    fail(one, ETIMEDOUT);
}

/* ---- begin ---- */

static enum shunt_status begin(struct shunt_worker *loop, struct connecting *one,
                               const struct sockaddr *address, socklen_t len, uint32_t ms)
{
    enum shunt_status status = sockets_open(address->sa_family, &loop->limits.tcp, &one->fd);

    if (status != SHUNT_OK) {
        return status;
    }
    status = io_add(loop->io, one->fd, io_user_of(one));
    if (status != SHUNT_OK) {
        close(one->fd);
        return status;
    }
    if (ms > 0) {
        status = conn_worker_timer_set(loop, ms, 0, timed_out, NULL, one, &one->timer);
    }
    if (status != SHUNT_OK) {
        io_close(loop->io, one->fd, false);
        return status;
    }
    io_connect(loop->io, one->fd, address, len);
    return SHUNT_OK;
}

enum shunt_status conn_connect(struct shunt_worker *loop, const struct sockaddr *address,
                               socklen_t len, uint32_t ms, const char *token,
                               shunt_connect_failed *failed, void *user, shunt_id *id)
{
    struct conn_connects *connects = &loop->connects;
    int protocol = registry_protocol_find(loop->registry, shunt_span_of(token));
    enum shunt_status status;
    struct connecting *one;
    shunt_id taken;

    if (loop->closed) {
        return SHUNT_ESTATE;
    }
    if (protocol < 0) {
        return SHUNT_ENOTFOUND;
    }
    if (len < sizeof address->sa_family || len > sizeof(struct sockaddr_storage)) {
        return SHUNT_EINVAL;
    }
    if (loop->slab.live + connects->handles.live >= loop->limits.connections_max) {
        loop->counters.refused_full++;
        return SHUNT_EFULL;
    }
    connects->handles.item_bytes = sizeof *one;
    one = handles_take(&connects->handles, &taken);
    if (!one) {
        return SHUNT_ENOMEM;
    }
    one->protocol = (unsigned)protocol;
    one->failed = failed;
    one->user = user;
    one->loop = loop;
    status = begin(loop, one, address, len, ms);
    if (status != SHUNT_OK) {
        handles_put(&connects->handles, one);
    } else if (id) {
        *id = taken;
    }
    return status;
}

enum shunt_status conn_connect_cancel(struct shunt_worker *loop, shunt_id id)
{
    struct connecting *one = handles_find(&loop->connects.handles, id);

    if (!one) {
        return SHUNT_ENOTFOUND;
    }
    io_close(loop->io, one->fd, false);
    over(one);
    return SHUNT_OK;
}

/* ---- the end ---- */

static void become_stream(struct connecting *one)
{
    struct shunt_worker *loop = one->loop;
    struct connecting now = *one;
    struct conn *conn;

    over(one);
    conn = conn_open(loop, now.fd);
    if (!conn) { /* which has closed it: a slot, or memory for one, was there when it began */
        loop->counters.connect_failures++;
        now.failed(loop, ENOMEM, now.user);
        return;
    }
    loop->counters.connects++;
    conn_attach(conn, now.protocol);
    conn->user = now.user;
    conn_stream_open(conn, NULL);
    if (loop->draining && conn->state == CONN_PROTOCOL) {
        conn_owner_of(conn)->shutdown(conn);
    }
}

void conn_connected(struct shunt_worker *loop, uint64_t user, int result)
{
    struct connecting *one = find(&loop->connects, user);

    if (result == 0) {
        become_stream(one);
    } else {
        fail(one, -result);
    }
}

void conn_connects_close(struct shunt_worker *loop)
{
    struct connecting *one;
    uint32_t number = 0;

    while ((one = handles_next(&loop->connects.handles, number)) != NULL) {
        number = one->handle.number;
        fail(one, ECANCELED);
    }
}
