/* One turn of the io_uring back end: enter the kernel once, then hand each completion to its
 * descriptor. Starting operations is in uring_start.c. */
#include "io/uring.h"

#include "io/uring_start.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A turn ends after so many completions, for timers and messages to have their time. */
#define COMPLETIONS_MAX 1024u

static void clear(struct descriptor *d, unsigned flags)
{
    d->flags &= (uint16_t)~flags;
}

static void complete_accept(struct uring *u, int fd, struct descriptor *d, int result, bool more)
{
    uint64_t name = descriptors_name(&u->io.table, URING_ACCEPT, fd);

    if (!more) {
        clear(d, DESCRIPTOR_ARMED);
    }
    if (d->flags & DESCRIPTOR_CLOSING) {
        if (result >= 0) {
            close(result);
        }
        uring_close_finish(u, fd, d);
        return;
    }
    if (result >= 0) {
        result = io_base_accepted(&u->io, d->user, result);
    } else if (result == -EINVAL && !u->accept_once) {
        u->accept_once = true; /* before 5.19; armed again below, one at a time */
        result = 0;
    }
    if (descriptors_find(&u->io.table, name) != d || d->flags & DESCRIPTOR_CLOSING) {
        return;
    }
    if (result < 0 && result != -ECANCELED && io_base_accept_failed(-result)) {
        if (!(d->flags & DESCRIPTOR_PAUSED)) {
            d->flags |= DESCRIPTOR_PAUSED;
            uring_accept_pause(&u->io, fd, d);
        }
        u->io.handler.accepted(u->io.context, d->user, result);
        if (descriptors_find(&u->io.table, name) != d || d->flags & DESCRIPTOR_CLOSING) {
            return;
        }
    }
    uring_accept_arm(u, fd, d);
}

/* Nothing is pending any longer: forget the receive, then report it. */
static void receive_last(struct uring *u, struct descriptor *d, uint8_t *bytes, int result)
{
    clear(d, DESCRIPTOR_RECEIVE | DESCRIPTOR_UNTIL_END | DESCRIPTOR_CANCEL);
    u->io.handler.received(u->io.context, d->user, bytes, result, false);
}

static void receive_bytes(struct uring *u, int fd, struct descriptor *d, unsigned buffer,
                          int result)
{
    uint8_t *bytes = uring_buffers_at(&u->buffers, buffer);

    IO_COUNT(&u->io, receives);
    if (d->flags & DESCRIPTOR_ARMED) {
        u->receive_multishot_seen = true;
        u->io.handler.received(u->io.context, d->user, bytes, result, true);
    } else if ((d->flags & (DESCRIPTOR_UNTIL_END | DESCRIPTOR_CANCEL)) == DESCRIPTOR_UNTIL_END) {
        /* The kernel ended it (the completion queue was full), the layer above did not. On the list
         * before the callback, which may cancel or close it there. */
        uring_starved_add(u, fd, d);
        u->io.handler.received(u->io.context, d->user, bytes, result, true);
    } else {
        receive_last(u, d, bytes, result);
    }
}

/* A result <= 0: always the last completion of its receive. */
static void receive_end(struct uring *u, int fd, struct descriptor *d, int result)
{
    if (result == -ENOBUFS) {
        IO_COUNT(&u->io, starved);
        uring_buffers_starved(&u->buffers);
        uring_starved_add(u, fd, d);
    } else if (result == -EINVAL && !u->receive_multishot_seen && !u->receive_once &&
               (d->flags & DESCRIPTOR_UNTIL_END)) {
        u->receive_once = true; /* before 6.0 */
        uring_starved_add(u, fd, d);
    } else if (io_base_transient(result) ||
               (result == -ECANCELED && !(d->flags & DESCRIPTOR_CANCEL))) {
        IO_COUNT(&u->io, retries);
        uring_starved_add(u, fd, d);
    } else {
        receive_last(u, d, NULL, result);
    }
}

static void complete_receive(struct uring *u, int fd, struct descriptor *d, int result,
                             unsigned flags)
{
    unsigned buffer = flags >> IORING_CQE_BUFFER_SHIFT;

    if (!(flags & IORING_CQE_F_MORE)) {
        clear(d, DESCRIPTOR_ARMED);
    }
    if (d->flags & DESCRIPTOR_CLOSING) {
        uring_close_finish(u, fd, d);
    } else if (result > 0 && flags & IORING_CQE_F_BUFFER) {
        receive_bytes(u, fd, d, buffer, result);
    } else {
        receive_end(u, fd, d, result);
    }
    if (flags & IORING_CQE_F_BUFFER) {
        uring_buffers_return(&u->buffers, buffer);
    }
}

static void complete_ready(struct uring *u, int fd, struct descriptor *d, int result)
{
    clear(d, DESCRIPTOR_ARMED);
    if (d->flags & DESCRIPTOR_CLOSING) {
        uring_close_finish(u, fd, d);
        return;
    }
    clear(d, DESCRIPTOR_READY | DESCRIPTOR_CANCEL);
    u->io.handler.ready(u->io.context, d->user, result == -ECANCELED ? result : 0);
}

/* Nothing is pending any longer: forget the send, then report it. */
static void send_last(struct uring *u, int fd, struct descriptor *d, int result)
{
    bool closing = d->flags & DESCRIPTOR_CLOSING;

    IO_COUNT(&u->io, sends);
    clear(d, DESCRIPTOR_SEND | DESCRIPTOR_BLOCKED | DESCRIPTOR_READING);
    u->io.handler.sent(u->io.context, d->user, result);
    if (closing) {
        uring_close_finish(u, fd, d);
    }
}

static void complete_send(struct uring *u, int fd, struct descriptor *d, int result)
{
    bool closing = d->flags & DESCRIPTOR_CLOSING;

    if (!closing && (io_base_transient(result) || result == -ECANCELED)) {
        IO_COUNT(&u->io, retries);
        uring_writable_arm(u, fd, d);
        return;
    }
    send_last(u, fd, d, closing && io_base_transient(result) ? -ECANCELED : result);
}

/* There is room, or an error that the next send reports. */
static void complete_writable(struct uring *u, int fd, struct descriptor *d)
{
    send_last(u, fd, d, d->flags & DESCRIPTOR_CLOSING ? -ECANCELED : 0);
}

/* What was to be sent is in the page cache now, or cannot be had: the next send finds out. */
static void complete_read(struct uring *u, int fd, struct descriptor *d)
{
    d->flags |= DESCRIPTOR_READ;
    send_last(u, fd, d, d->flags & DESCRIPTOR_CLOSING ? -ECANCELED : 0);
}

static void complete_connect(struct uring *u, int fd, struct descriptor *d, int result)
{
    clear(d, DESCRIPTOR_CONNECT);
    if (d->flags & DESCRIPTOR_CLOSING) {
        uring_close_finish(u, fd, d);
        return;
    }
    u->io.handler.connected(u->io.context, d->user, result);
}

static void complete_wake(struct uring *u, enum uring_kind kind, unsigned flags)
{
    if (!(flags & IORING_CQE_F_MORE)) {
        uring_wake_arm(u, kind);
    }
    if (kind == URING_WAKE) {
        io_base_woken(&u->io);
    }
}

/* What came for a descriptor that has been forgotten is dropped, but its resources come back. */
static void complete_stray(struct uring *u, unsigned kind, int result, unsigned flags)
{
    if (kind == URING_RECEIVE && flags & IORING_CQE_F_BUFFER) {
        uring_buffers_return(&u->buffers, flags >> IORING_CQE_BUFFER_SHIFT);
    } else if (kind == URING_ACCEPT && result >= 0) {
        close(result);
    }
}

static void complete(struct uring *u, uint64_t name, int result, unsigned flags)
{
    unsigned kind = descriptors_name_kind(name);
    int fd = descriptors_name_fd(name);
    struct descriptor *d;

    if (kind == URING_SILENT) {
        return;
    }
    if (kind == URING_WAKE || kind == URING_ALARM) {
        complete_wake(u, (enum uring_kind)kind, flags);
        return;
    }
    d = descriptors_find(&u->io.table, name);
    if (!d) {
        complete_stray(u, kind, result, flags);
        return;
    }
    switch ((enum uring_kind)kind) {
    case URING_RECEIVE:
        complete_receive(u, fd, d, result, flags);
        break;
    case URING_SEND:
        complete_send(u, fd, d, result);
        break;
    case URING_WRITABLE:
        complete_writable(u, fd, d);
        break;
    case URING_READ:
        complete_read(u, fd, d);
        break;
    case URING_ACCEPT:
        complete_accept(u, fd, d, result, flags & IORING_CQE_F_MORE);
        break;
    case URING_READY:
        complete_ready(u, fd, d, result);
        break;
    case URING_CONNECT:
        complete_connect(u, fd, d, result);
        break;
    case URING_WAKE:
    case URING_ALARM:
    case URING_SILENT:
        break;
    }
}

/*
 * Each completion is copied and its place given back before it is handled: a callback may enter the
 * kernel (the submission queue was full), and the kernel then wants room.
 */
static void complete_all(struct uring *u)
{
    struct io_uring_cq *cq = &u->ring.cq;

    for (unsigned i = 0; i < COMPLETIONS_MAX; i++) {
        unsigned head = *cq->khead;
        struct io_uring_cqe cqe;

        if (head == io_uring_smp_load_acquire(cq->ktail)) {
            return;
        }
        cqe = (struct io_uring_cqe){.user_data = cq->cqes[head & *cq->kring_mask].user_data,
                                    .res = cq->cqes[head & *cq->kring_mask].res,
                                    .flags = cq->cqes[head & *cq->kring_mask].flags};
        io_uring_smp_store_release(cq->khead, head + 1);
        if (descriptors_name_kind(cqe.user_data) != URING_ALARM) {
            IO_COUNT(&u->io, completions); /* of operations: the end of a wait is none */
        }
        complete(u, cqe.user_data, cqe.res, cqe.flags);
    }
}

/* One system call: submit what is queued, run the deferred work, wait. 0 or -errno. */
static int enter(struct uring *u, int timeout_ms)
{
    struct __kernel_timespec limit;
    struct io_uring_cqe *cqe;
    int rc;

    if (timeout_ms < 0) {
        rc = io_uring_submit_and_wait(&u->ring, 1);
    } else if (timeout_ms == 0) {
        rc = io_uring_submit_and_get_events(&u->ring);
    } else {
        limit.tv_sec = timeout_ms / 1000;
        limit.tv_nsec = (long long)(timeout_ms % 1000) * 1000000;
        rc = io_uring_submit_and_wait_timeout(&u->ring, &cqe, 1, &limit, NULL);
    }
    switch (rc) {
    case -EINTR:
    case -ETIME:
    case -EAGAIN: /* no memory for requests now; they stay queued */
    case -EBUSY:
        return 0;
    default:
        return rc < 0 ? rc : 0;
    }
}

/* Files that were sent since the last turn. What callbacks send is for the next one. */
static bool report_results(struct uring *u)
{
    uint32_t count = u->results_count;

    for (uint32_t i = 0; i < count; i++) {
        struct uring_result what = u->results[i];

        IO_COUNT(&u->io, completions);
        send_last(u, (int)what.fd, descriptors_at(&u->io.table, (int)what.fd), what.result);
    }
    u->results_count -= count;
    memmove(u->results, u->results + count, u->results_count * sizeof *u->results);
    return count > 0;
}

enum shunt_status uring_turn(struct io *io, int timeout_ms)
{
    struct uring *u = uring_of(io);
    bool drained = uring_starved_drain(u), reported = report_results(u) || drained;
    bool deferred = u->ring.flags & IORING_SETUP_DEFER_TASKRUN;
    int rc;

    uring_buffers_tick(&u->buffers, deferred && !io_uring_cq_ready(&u->ring) &&
                                        !io_uring_cq_has_overflow(&u->ring));
    uring_buffers_publish(&u->buffers);
    if (reported || u->starved_first != URING_LIST_END || io_uring_cq_ready(&u->ring)) {
        timeout_ms = 0;
    }
    rc = enter(u, timeout_ms);
    if (rc < 0) {
        /* EBADR: there was no memory to keep a completion. Whose it was, and what bytes it had,
         * is lost. */
        io->lost |= *u->ring.cq.koverflow != 0;
        errno = -rc;
        return SHUNT_ESYS;
    }
    /* The kernel keeps what had no room and posts it when it is entered for events. */
    if (io_uring_cq_has_overflow(&u->ring)) {
        IO_COUNT(io, overflows);
    }
    complete_all(u);
    return SHUNT_OK;
}
