/* Starting, cancelling and closing on epoll: a send is tried at once, anything else is noted.
 * Nothing here calls back; results are queued for the next turn. */
#include "io/epoll_start.h"

#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int epoll_watch(struct epoll *e, int fd, struct descriptor *d, unsigned watch)
{
    unsigned watched = d->flags & DESCRIPTOR_WATCHED;
    int operation = watched == 0 ? EPOLL_CTL_ADD : watch == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    bool shared = d->flags & DESCRIPTOR_ACCEPT && d->link == DESCRIPTOR_SHARED;
    struct epoll_event event = {
        .events = (shared ? EPOLLEXCLUSIVE : 0u) | (watch & DESCRIPTOR_WATCH_IN ? EPOLLIN : 0u) |
                  (watch & DESCRIPTOR_WATCH_OUT ? EPOLLOUT : 0u),
        .data.u64 = descriptors_name(&e->io.table, 1, fd),
    };

    if (watched == watch) {
        return 0;
    }
    if (epoll_ctl(e->fd, operation, fd, &event) != 0) {
        return -errno;
    }
    d->flags = (uint16_t)((d->flags & ~DESCRIPTOR_WATCHED) | watch);
    return 0;
}

void epoll_result_add(struct epoll *e, int fd, enum epoll_kind kind, int result)
{
    ASSERT(e->results_count < 2 * e->io.table.max);
    e->results[e->results_count++] = (struct epoll_result){(uint32_t)fd, kind, result};
}

/* ---- accept ---- */

/* accept4(2) is called until it returns EAGAIN, so the listener must not block. */
enum shunt_status epoll_accept(struct io *io, int fd, struct descriptor *d)
{
    int flags = fcntl(fd, F_GETFL);
    int rc;

    if (flags < 0 || (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)) {
        return SHUNT_ESYS;
    }
    d->flags |= DESCRIPTOR_ACCEPT;
    rc = epoll_watch(epoll_of(io), fd, d, DESCRIPTOR_WATCH_IN);
    if (rc < 0) {
        d->flags &= (uint16_t)~DESCRIPTOR_ACCEPT;
        errno = -rc;
        return rc == -ENOMEM ? SHUNT_ENOMEM : SHUNT_ESYS;
    }
    return SHUNT_OK;
}

/* Kernel memory for the registration may be short: then accepting has paused again, and the layer
 * above is notified as of any failed accept. */
void epoll_accept_resume(struct io *io, int fd, struct descriptor *d)
{
    if (epoll_watch(epoll_of(io), fd, d, DESCRIPTOR_WATCH_IN) < 0) {
        d->flags |= DESCRIPTOR_PAUSED;
        if (!(d->flags & DESCRIPTOR_CANCEL)) {
            d->flags |= DESCRIPTOR_CANCEL;
            epoll_result_add(epoll_of(io), fd, EPOLL_RECEIVE, -ENOMEM);
        }
    }
}

void epoll_accept_pause(struct io *io, int fd, struct descriptor *d)
{
    (void)epoll_watch(epoll_of(io), fd, d, 0);
}

/* ---- receive and ready: the same here, a flag and a registration ---- */

void epoll_receive(struct io *io, int fd, struct descriptor *d)
{
    struct epoll *e = epoll_of(io);
    int rc;

    if (d->flags & DESCRIPTOR_WATCH_IN) {
        return;
    }
    rc = epoll_watch(e, fd, d, (d->flags & DESCRIPTOR_WATCHED) | DESCRIPTOR_WATCH_IN);
    if (rc < 0) {
        d->flags |= DESCRIPTOR_CANCEL;
        epoll_result_add(e, fd, EPOLL_RECEIVE, rc);
    }
}

/* From here on events pass it by: what is in the socket stays there, and only the list reports. */
void epoll_receive_cancel(struct io *io, int fd, struct descriptor *d)
{
    (void)d;
    epoll_result_add(epoll_of(io), fd, EPOLL_RECEIVE, -ECANCELED);
}

/* ---- send and connect ---- */

int epoll_send_try(int fd, const struct iovec *parts, int count, const struct io_file *file)
{
    struct msghdr message;
    ssize_t sent;

    if (file->len > 0) {
        return io_file_send(fd, parts, count, file);
    }
    do {
        if (count == 1) {
            sent = send(fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL | MSG_DONTWAIT);
        } else {
            message =
                (struct msghdr){.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
            sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : (int)sent;
}

static struct epoll_blocked *blocked_take(struct epoll *e, uint32_t *index)
{
    if (e->blocked_free == e->blocked_count) {
        uint32_t count = e->blocked_count ? e->blocked_count * 2 : 16;
        struct epoll_blocked *grown = reallocarray(e->blocked, count, sizeof *grown);

        if (!grown) {
            return NULL;
        }
        for (uint32_t i = e->blocked_count; i < count; i++) {
            grown[i].next_free = i + 1;
        }
        e->blocked = grown;
        e->blocked_free = e->blocked_count;
        e->blocked_count = count;
    }
    *index = e->blocked_free;
    e->blocked_free = e->blocked[*index].next_free;
    return &e->blocked[*index];
}

void epoll_blocked_put(struct epoll *e, struct descriptor *d)
{
    e->blocked[d->link].next_free = e->blocked_free;
    e->blocked_free = d->link;
    d->flags &= (uint16_t)~DESCRIPTOR_BLOCKED;
}

static int blocked_start(struct epoll *e, int fd, struct descriptor *d, const struct iovec *parts,
                         int count, const struct io_file *file)
{
    struct epoll_blocked *blocked;
    uint32_t index;
    int rc = epoll_watch(e, fd, d, (d->flags & DESCRIPTOR_WATCHED) | DESCRIPTOR_WATCH_OUT);

    if (rc < 0) {
        return rc;
    }
    blocked = blocked_take(e, &index);
    if (!blocked) {
        return -ENOMEM;
    }
    if (count > 0) {
        memcpy(blocked->parts, parts, (size_t)count * sizeof *parts);
    }
    blocked->count = count;
    blocked->file = *file;
    d->link = index;
    d->flags |= DESCRIPTOR_BLOCKED;
    return 0;
}

void epoll_send(struct io *io, int fd, struct descriptor *d, const struct iovec *parts, int count)
{
    static const struct io_file none = {.len = 0};

    epoll_send_file(io, fd, d, parts, count, &none);
}

void epoll_send_file(struct io *io, int fd, struct descriptor *d, const struct iovec *parts,
                     int count, const struct io_file *file)
{
    struct epoll *e = epoll_of(io);
    int result = epoll_send_try(fd, parts, count, file);

    if (io_base_transient(result)) {
        result = blocked_start(e, fd, d, parts, count, file);
        if (result == 0) {
            return;
        }
        result = result == -ENOMEM ? 0 : result; /* nothing taken; to be tried again */
    }
    epoll_result_add(e, fd, EPOLL_SEND, result);
}

static void connect_finish(struct epoll *e, int fd, struct descriptor *d, int result)
{
    d->flags |= DESCRIPTOR_CONNECT_DONE;
    epoll_result_add(e, fd, EPOLL_CONNECT, result);
}

void epoll_connect(struct io *io, int fd, struct descriptor *d, const struct sockaddr *address,
                   socklen_t len)
{
    struct epoll *e = epoll_of(io);
    int result = connect(fd, address, len) == 0 ? 0 : -errno;

    /* Over loopback the handshake is over inside the first call, which returns EINPROGRESS all the
     * same. Asking again costs less than two epoll_ctl and a wake-up. */
    if (result == -EINPROGRESS) {
        result = connect(fd, address, len) == 0 ? 0 : -errno;
    }
    if (result == -EINPROGRESS || result == -EALREADY || result == -EINTR) {
        result = epoll_watch(e, fd, d, (d->flags & DESCRIPTOR_WATCHED) | DESCRIPTOR_WATCH_OUT);
        if (result == 0) {
            return;
        }
    }
    connect_finish(e, fd, d, result);
}

/* ---- close ---- */

void epoll_close_finish(struct epoll *e, int fd, struct descriptor *d)
{
    if (d->flags & (DESCRIPTOR_SEND | DESCRIPTOR_CANCEL | DESCRIPTOR_CONNECT_DONE)) {
        return;
    }
    IO_COUNT(&e->io, closes);
    descriptors_forget(&e->io.table, fd);
    close(fd);
}

/* What waits is dropped; what is on the list goes first, and `sent` among it is reported. */
void epoll_close(struct io *io, int fd, struct descriptor *d, bool reset)
{
    struct epoll *e = epoll_of(io);

    if (reset) {
        io_base_linger_reset(fd);
    }
    d->flags |= DESCRIPTOR_CLOSING;
    if (d->flags & DESCRIPTOR_BLOCKED) {
        epoll_blocked_put(e, d);
        epoll_result_add(e, fd, EPOLL_SEND, -ECANCELED);
    }
    epoll_close_finish(e, fd, d);
}

void epoll_release(struct io *io, int fd, struct descriptor *d)
{
    (void)epoll_watch(epoll_of(io), fd, d, 0);
}
