/* One turn of the epoll back end: report what is queued, wait, do what became possible. */
#include "io/epoll.h"

#include "io/epoll_start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Connections taken for one readiness of a listener, before others have their turn. */
#define ACCEPT_BATCH 64
#define WAKE_NAME    UINT64_MAX

static void clear(struct descriptor *d, unsigned flags)
{
    d->flags &= (uint16_t)~flags;
}

/* Still the same tenant, and its owner has not closed it? Asked after each callback. */
static bool alive(const struct epoll *e, uint64_t name)
{
    const struct descriptor *d = descriptors_find(&e->io.table, name);

    return d && !(d->flags & DESCRIPTOR_CLOSING);
}

/* ---- what is queued ---- */

static void report_receive(struct epoll *e, struct descriptor *d, int result)
{
    unsigned ready = d->flags & DESCRIPTOR_READY;

    clear(d, DESCRIPTOR_RECEIVING | DESCRIPTOR_UNTIL_END | DESCRIPTOR_CANCEL);
    if (d->flags & DESCRIPTOR_CLOSING) {
        return;
    }
    if (d->flags & DESCRIPTOR_ACCEPT) {
        e->io.handler.accepted(e->io.context, d->user, result);
    } else if (ready) {
        e->io.handler.ready(e->io.context, d->user, result == -ECANCELED ? result : 0);
    } else {
        e->io.handler.received(e->io.context, d->user, NULL, result, false);
    }
}

static void report_connect(struct epoll *e, struct descriptor *d, int result)
{
    clear(d, DESCRIPTOR_CONNECT | DESCRIPTOR_CONNECT_DONE);
    if (!(d->flags & DESCRIPTOR_CLOSING)) {
        e->io.handler.connected(e->io.context, d->user, result);
    }
}

static void report_send(struct epoll *e, struct descriptor *d, int result)
{
    IO_COUNT(&e->io, sends);
    clear(d, DESCRIPTOR_SEND);
    e->io.handler.sent(e->io.context, d->user, result);
}

static void report(struct epoll *e, const struct epoll_result *what)
{
    int fd = (int)what->fd;
    struct descriptor *d = descriptors_at(&e->io.table, fd);
    bool closing = d->flags & DESCRIPTOR_CLOSING;

    IO_COUNT(&e->io, completions);
    switch (what->kind) {
    case EPOLL_RECEIVE:
        report_receive(e, d, what->result);
        break;
    case EPOLL_SEND:
        report_send(e, d, what->result);
        break;
    case EPOLL_CONNECT:
        report_connect(e, d, what->result);
        break;
    }
    if (closing) {
        epoll_close_finish(e, fd, d);
    }
}

/* What callbacks queue is for the next turn, so that a fast peer cannot hold the loop. */
static void report_all(struct epoll *e)
{
    uint32_t count = e->results_count;

    for (uint32_t i = 0; i < count; i++) {
        struct epoll_result what = e->results[i];

        report(e, &what);
    }
    e->results_count -= count;
    memmove(e->results, e->results + count, e->results_count * sizeof *e->results);
}

/* ---- what became possible ---- */

static void accept_failed(struct epoll *e, int fd, struct descriptor *d, int error)
{
    d->flags |= DESCRIPTOR_PAUSED;
    (void)epoll_watch(e, fd, d, 0);
    e->io.handler.accepted(e->io.context, d->user, error);
}

/*
 * EPOLLEXCLUSIVE: of all that wait for a shared listener the kernel wakes one. Linux 6.18 takes
 * turns; older ones are known to take the first that sleeps, which then has every client of a quiet
 * server. Each takes one client and registers anew, at the end of the line. 0 or -errno.
 */
static int stand_in_line(struct epoll *e, int fd, struct descriptor *d)
{
    int rc = epoll_watch(e, fd, d, 0);

    return rc == 0 ? epoll_watch(e, fd, d, DESCRIPTOR_WATCH_IN) : rc;
}

static void accept_some(struct epoll *e, int fd, struct descriptor *d)
{
    uint64_t name = descriptors_name(&e->io.table, 1, fd);
    bool shared = d->link == DESCRIPTOR_SHARED;

    for (int i = 0; i < (shared ? 1 : ACCEPT_BATCH); i++) {
        int result = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (result < 0 && errno == EAGAIN) {
            return;
        }
        IO_COUNT(&e->io, completions);
        if (result >= 0) {
            result = io_base_accepted(&e->io, d->user, result);
        } else {
            result = io_base_accept_failed(errno) ? -errno : 0;
        }
        if (!alive(e, name) || d->flags & DESCRIPTOR_PAUSED) {
            return;
        }
        if (shared && result >= 0) {
            result = stand_in_line(e, fd, d);
        }
        if (result < 0) {
            accept_failed(e, fd, d, result);
            return;
        }
    }
}

static void receive_now(struct epoll *e, int fd, struct descriptor *d)
{
    ssize_t result = recv(fd, e->buffer, e->io.buffer_bytes, MSG_DONTWAIT);
    bool more;

    if (result < 0) {
        result = -errno;
        if (io_base_transient((int)result)) {
            IO_COUNT(&e->io, retries);
            return;
        }
    }
    IO_COUNT(&e->io, completions);
    more = result > 0 && d->flags & DESCRIPTOR_UNTIL_END;
    if (result > 0) {
        IO_COUNT(&e->io, receives);
    }
    if (!more) {
        clear(d, DESCRIPTOR_RECEIVE | DESCRIPTOR_UNTIL_END);
    }
    e->io.handler.received(e->io.context, d->user, result > 0 ? e->buffer : NULL, (int)result,
                           more);
}

/* Level-triggered: what no operation wants would come again and again, so it is taken off. */
static void readable(struct epoll *e, int fd, struct descriptor *d)
{
    if (d->flags & DESCRIPTOR_ACCEPT) {
        accept_some(e, fd, d);
    } else if (d->flags & DESCRIPTOR_CANCEL || !(d->flags & DESCRIPTOR_RECEIVING)) {
        (void)epoll_watch(e, fd, d, d->flags & DESCRIPTOR_WATCH_OUT);
    } else if (d->flags & DESCRIPTOR_READY) {
        IO_COUNT(&e->io, completions);
        clear(d, DESCRIPTOR_READY);
        e->io.handler.ready(e->io.context, d->user, 0);
    } else {
        receive_now(e, fd, d);
    }
}

static void connect_done(struct epoll *e, int fd, struct descriptor *d)
{
    int error = 0;
    socklen_t len = sizeof error;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }
    IO_COUNT(&e->io, completions);
    clear(d, DESCRIPTOR_CONNECT);
    e->io.handler.connected(e->io.context, d->user, -error);
}

static void send_again(struct epoll *e, int fd, struct descriptor *d)
{
    const struct epoll_blocked *blocked = &e->blocked[d->link];
    int result = epoll_send_try(fd, blocked->parts, blocked->count, &blocked->file);

    if (io_base_transient(result)) {
        IO_COUNT(&e->io, retries);
        return;
    }
    IO_COUNT(&e->io, completions);
    epoll_blocked_put(e, d);
    report_send(e, d, result);
}

static void writable(struct epoll *e, int fd, struct descriptor *d, uint64_t name)
{
    if (d->flags & DESCRIPTOR_BLOCKED) {
        send_again(e, fd, d);
    } else if ((d->flags & (DESCRIPTOR_CONNECT | DESCRIPTOR_CONNECT_DONE)) == DESCRIPTOR_CONNECT) {
        connect_done(e, fd, d);
    }
    /* The callback may have filled the socket again; if not, EPOLLOUT would come for ever. */
    if (alive(e, name) && !(d->flags & (DESCRIPTOR_BLOCKED | DESCRIPTOR_CONNECT))) {
        (void)epoll_watch(e, fd, d, d->flags & DESCRIPTOR_WATCH_IN);
    }
}

static void event_handle(struct epoll *e, const struct epoll_event *event)
{
    const uint32_t broken = EPOLLERR | EPOLLHUP;
    uint64_t name = event->data.u64;
    int fd = descriptors_name_fd(name);
    struct descriptor *d;

    if (name == WAKE_NAME) {
        io_base_woken(&e->io);
        return;
    }
    d = descriptors_find(&e->io.table, name);
    if (!d) {
        return; /* closed by a callback of this batch */
    }
    if (d->flags & DESCRIPTOR_CLOSING) {
        (void)epoll_watch(e, fd, d, 0);
        return;
    }
    if (d->flags & DESCRIPTOR_WATCH_OUT && event->events & (EPOLLOUT | broken)) {
        writable(e, fd, d, name);
    }
    if (event->events & (EPOLLIN | broken) && alive(e, name) && d->flags & DESCRIPTOR_WATCH_IN) {
        readable(e, fd, d);
    }
}

static enum shunt_status epoll_turn(struct io *io, int timeout_ms)
{
    struct epoll *e = epoll_of(io);
    int count;

    /* A turn that has called back does not sleep afterwards: its caller may have work from it. */
    if (e->results_count) {
        timeout_ms = 0;
        report_all(e);
    }
    count = epoll_wait(e->fd, e->events, EPOLL_EVENTS, timeout_ms);
    if (count < 0) {
        return errno == EINTR ? SHUNT_OK : SHUNT_ESYS;
    }
    for (int i = 0; i < count; i++) {
        event_handle(e, &e->events[i]);
    }
    /* What this batch sent is reported in the same turn, so that the next one may sleep. */
    if (count > 0) {
        report_all(e);
    }
    return SHUNT_OK;
}

/* ---- life ---- */

static size_t results_bytes(const struct epoll *e)
{
    return 2 * (size_t)e->io.table.max * sizeof *e->results;
}

static void epoll_destroy(struct io *io)
{
    struct epoll *e = epoll_of(io);

    if (e->fd >= 0) {
        close(e->fd);
    }
    if (e->results) {
        munmap(e->results, results_bytes(e));
    }
    free(e->blocked);
    free(e->buffer);
    io_base_fini(io);
    free(e);
}

static const struct io_backend_ops epoll_ops = {
    .name = "epoll",
    .destroy = epoll_destroy,
    .turn = epoll_turn,
    .close = epoll_close,
    .shut = io_base_shut,
    .release = epoll_release,
    .accept = epoll_accept,
    .accept_resume = epoll_accept_resume,
    .accept_pause = epoll_accept_pause,
    .receive = epoll_receive,
    .ready = epoll_receive,
    .receive_cancel = epoll_receive_cancel,
    .send = epoll_send,
    .send_file = epoll_send_file,
    .connect = epoll_connect,
};

/* Edge-triggered, so that neither need be read: the alarm only ends a wait, and a look for wake-ups
 * that finds none costs nothing. 0 or -errno. */
static int wake_watch(struct epoll *e)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = WAKE_NAME};

    return epoll_ctl(e->fd, EPOLL_CTL_ADD, e->io.wake_fd, &event) == 0 &&
                   epoll_ctl(e->fd, EPOLL_CTL_ADD, e->io.alarm_fd, &event) == 0
               ? 0
               : -errno;
}

static int epoll_init(struct epoll *e)
{
    /* Address space for the worst case; pages become resident as far as the list is ever long. */
    void *results = mmap(NULL, results_bytes(e), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (results == MAP_FAILED) {
        return -ENOMEM;
    }
    (void)madvise(results, results_bytes(e), MADV_NOHUGEPAGE);
    e->results = results;
    e->buffer = malloc(e->io.buffer_bytes);
    if (!e->buffer) {
        return -ENOMEM;
    }
    e->fd = epoll_create1(EPOLL_CLOEXEC);
    return e->fd < 0 ? -errno : wake_watch(e);
}

enum shunt_status epoll_create_backend(const struct io_options *options,
                                       const struct io_handler *handler, void *context,
                                       struct io **io, struct error *why)
{
    static const char no_memory[] = "no memory for epoll";
    struct epoll *e = aligned_alloc(64, (sizeof *e + 63) / 64 * 64);
    int rc;

    if (!e) {
        return io_base_refuse(why, SHUNT_ENOMEM, ENOMEM, no_memory);
    }
    *e = (struct epoll){.fd = -1};
    if (io_base_init(&e->io, &epoll_ops, options, handler, context) != SHUNT_OK) {
        rc = errno;
        free(e);
        return rc == ENOMEM
                   ? io_base_refuse(why, SHUNT_ENOMEM, rc, no_memory)
                   : io_base_refuse(why, SHUNT_ESYS, rc, "epoll got no wake-up descriptor");
    }
    rc = epoll_init(e);
    if (rc < 0) {
        epoll_destroy(&e->io);
        return rc == -ENOMEM ? io_base_refuse(why, SHUNT_ENOMEM, -rc, no_memory)
                             : io_base_refuse(why, SHUNT_ESYS, -rc, "epoll cannot be set up");
    }
    *io = &e->io;
    return SHUNT_OK;
}
