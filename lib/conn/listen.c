/* Listeners: accepting, pausing where descriptors run out, and an end that loses no client. */
#include "conn/listen.h"

#include "conn/loop.h"

#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RETRY_MS = 100 };

enum shunt_status conn_listen(struct shunt_worker *loop, int fd, bool shared)
{
    struct conn_listeners *listeners = &loop->listeners;
    enum shunt_status status;

    if (listeners->count == CONN_LISTENERS_MAX) {
        return SHUNT_EFULL;
    }
    status = io_add(loop->io, fd, (uint64_t)fd);
    if (status == SHUNT_OK) {
        status = io_accept(loop->io, fd, shared);
        if (status != SHUNT_OK) {
            io_release(loop->io, fd); /* it stays the caller's */
        }
    }
    if (status == SHUNT_OK) {
        listeners->shared |= (uint16_t)((unsigned)shared << listeners->count);
        listeners->fds[listeners->count++] = fd;
    }
    return status;
}

/* One more than a peer may have is reset before it costs anything. */
static struct conn *open_counted(struct shunt_worker *loop, int fd)
{
    struct conn_address address;
    bool counted;
    struct conn *conn;

    if (!conn_peers_may(loop->peers, fd, &address, &counted)) {
        char text[CONN_ADDRESS_TEXT_BYTES];

        conn_address_write(&address, text);
        loop->counters.refused_peer++;
        log_limit_line(&loop->peers_log, loop->now_ms, SHUNT_LOG_WARNING,
                       "%s has peer_connections_max (%u) connections: one more is reset", text,
                       loop->limits.peer.connections_max);
        io_close(loop->io, fd, true);
        return NULL;
    }
    conn = conn_open(loop, fd);
    if (conn && counted) {
        conn_peers_add(loop->peers, conn_slab_index(conn), &address);
    }
    return conn;
}

struct conn *conn_listen_accepted(struct shunt_worker *loop, int fd)
{
    struct conn *conn;

    if (fd < 0) {
        loop->counters.accept_failures++;
        loop->listeners.paused++;
        loop->listeners.retry_ms = loop->now_ms + RETRY_MS;
        return NULL;
    }
    conn = loop->peers ? open_counted(loop, fd) : conn_open(loop, fd);
    if (conn) {
        loop->counters.accepted++;
        loop->http->opened(conn);
    }
    return conn;
}

void conn_listen_retry(struct shunt_worker *loop)
{
    struct conn_listeners *listeners = &loop->listeners;

    if (listeners->paused && loop->now_ms >= listeners->retry_ms) {
        listeners->paused = 0;
        for (unsigned i = 0; i < listeners->count; i++) {
            io_accept_resume(loop->io, listeners->fds[i]);
        }
    }
}

/*
 * Closing a listener resets whatever the kernel has completed for it and was not accepted, and
 * whatever handshake is under way. So SYNs are dropped first: no handshake begins any more, and
 * those that have begun complete. A connection inherits the filter and has no use for SYN either.
 */
void conn_listen_refuse_syn(struct shunt_worker *loop)
{
    enum { FLAGS_AT = 13, SYN = 0x02, ACK = 0x10 }; /* RFC 9293 section 3.1 */
    struct sock_filter no_syn[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS_AT),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SYN | ACK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
    struct sock_fprog program = {sizeof no_syn / sizeof *no_syn, no_syn};

    for (unsigned i = 0; i < loop->listeners.count; i++) {
        (void)setsockopt(loop->listeners.fds[i], SOL_SOCKET, SO_ATTACH_FILTER, &program,
                         sizeof program);
    }
}

void conn_listen_pause(struct shunt_worker *loop)
{
    for (unsigned i = 0; i < loop->listeners.count; i++) {
        io_accept_pause(loop->io, loop->listeners.fds[i]);
    }
    loop->listeners.paused = 0;
}

void conn_listen_drain(struct shunt_worker *loop)
{
    for (unsigned i = 0; i < loop->listeners.count; i++) {
        int fd;

        while ((fd = accept4(loop->listeners.fds[i], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
               0) {
            if (io_add(loop->io, fd, 0) == SHUNT_OK) {
                (void)conn_listen_accepted(loop, fd);
            } else {
                close(fd);
            }
        }
    }
}

void conn_listen_close(struct shunt_worker *loop)
{
    for (unsigned i = 0; i < loop->listeners.count; i++) {
        io_close(loop->io, loop->listeners.fds[i], false);
    }
    loop->listeners.count = 0;
}
