/* Choosing a back end, the preconditions of io.h, and wake-ups. The operations themselves are in
 * uring*.c and epoll*.c. */
#include "io/io.h"

#include "base/clock.h"
#include "io/backend.h"
#include "io/epoll.h"
#include "io/uring_setup.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define BUFFERS_DEFAULT      1024u
#define BUFFERS_MAX          32768u
#define BUFFER_BYTES_DEFAULT 4096u
#define SQ_ENTRIES_DEFAULT   4096u
#define CQ_ENTRIES_DEFAULT   16384u
#define REFUSED_MAX          3u /* waits in a row; then the io is lost */

static unsigned power_of_two(unsigned value)
{
    unsigned power = 2;

    while (power < value && power < BUFFERS_MAX) {
        power *= 2;
    }
    return power;
}

static struct io_options with_defaults(const struct io_options *options)
{
    struct io_options o = *options;

    o.buffer_count = power_of_two(o.buffer_count ? o.buffer_count : BUFFERS_DEFAULT);
    o.buffer_bytes = o.buffer_bytes ? o.buffer_bytes : BUFFER_BYTES_DEFAULT;
    o.sq_entries = o.sq_entries ? o.sq_entries : SQ_ENTRIES_DEFAULT;
    o.cq_entries = o.cq_entries ? o.cq_entries : CQ_ENTRIES_DEFAULT;
    return o;
}

/* What a sandbox or an old kernel answers: the other back end may well work. */
static bool is_permanent(int error)
{
    return error == EPERM || error == EACCES || error == ENOSYS || error == ENOMEM ||
           error == EINVAL || error == ENOTSUP;
}

enum shunt_status io_create(const struct io_options *options, const struct io_handler *handler,
                            void *context, struct io **io, struct error *why)
{
    struct io_options o = with_defaults(options);
    enum shunt_status status = SHUNT_ENOTSUP;

    error_clear(why);
    if (o.create || o.backend != IO_EPOLL) {
        status = (o.create ? o.create : uring_create)(&o, handler, context, io, why);
    }
    if (status != SHUNT_OK && !o.create &&
        (o.backend == IO_EPOLL || (o.backend == IO_AUTO && is_permanent(errno)))) {
        status = epoll_create_backend(&o, handler, context, io, why);
    }
    return status;
}

void io_destroy(struct io *io)
{
    io->ops->destroy(io);
}

const char *io_backend_name(const struct io *io)
{
    return io->ops->name;
}

const struct io_counters *io_counters(const struct io *io)
{
    return &io->counters;
}

unsigned io_buffer_bytes(const struct io *io)
{
    return io->buffer_bytes;
}

/*
 * A time-out of the wait itself is set up and taken down by every system call that sleeps, which is
 * a twentieth of what a handshake costs. So one alarm stays set over many turns and is moved only
 * when a wait must end before it; one that rings early costs a turn. The time-out left for the
 * wait: none.
 */
static int alarm_instead(struct io *io, int timeout_ms)
{
    uint64_t now_ns = clock_now_ns(), due_ns = now_ns + (uint64_t)timeout_ms * 1000000u;
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(due_ns / 1000000000u),
                                           .tv_nsec = (long)(due_ns % 1000000000u)}};

    if (io->alarm_ns <= now_ns || io->alarm_ns > due_ns) {
        if (timerfd_settime(io->alarm_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0) {
            return timeout_ms;
        }
        io->alarm_ns = due_ns;
    }
    return -1;
}

/* A signal handler's work or a shortage that no code expects must not cost every connection
 * of a worker; a loop that only turns and never waits must end. */
static enum shunt_status refused(struct io *io)
{
    io->refusal = errno;
    IO_COUNT(io, refusals);
    io->lost |= ++io->refused == REFUSED_MAX;
    return io->lost ? SHUNT_ESYS : SHUNT_OK;
}

enum shunt_status io_turn(struct io *io, int timeout_ms)
{
    IO_COUNT(io, turns);
    if (io->lost) {
        return SHUNT_ESYS;
    }
    if (io->ops->turn(io, timeout_ms > 0 ? alarm_instead(io, timeout_ms) : timeout_ms) !=
        SHUNT_OK) {
        return refused(io);
    }
    io->refused = 0;
    return SHUNT_OK;
}

bool io_lost(const struct io *io)
{
    return io->lost;
}

int io_refusal(const struct io *io)
{
    return io->refusal;
}

void io_wake(struct io *io)
{
    static const uint64_t one = 1;
    int saved = errno;

    /* Until the loop has seen the first, more wake-ups would mean the same. */
    if (!atomic_exchange_explicit(&io->wake_pending, true, memory_order_acq_rel)) {
        ssize_t wrote = write(io->wake_fd, &one, sizeof one);

        (void)wrote; /* fails only when the count is full, and then the loop is awake */
    }
    errno = saved;
}

/* ---- descriptors and operations: the rules of io.h, then the back end ---- */

static struct descriptor *known(const struct io *io, int fd)
{
    struct descriptor *d;

    ASSERT(fd >= 0 && (uint32_t)fd < io->table.max);
    d = descriptors_at(&io->table, fd);
    ASSERT((d->flags & (DESCRIPTOR_KNOWN | DESCRIPTOR_CLOSING)) == DESCRIPTOR_KNOWN);
    return d;
}

enum shunt_status io_add(struct io *io, int fd, uint64_t user)
{
    return descriptors_add(&io->table, fd, user);
}

void io_user_set(struct io *io, int fd, uint64_t user)
{
    known(io, fd)->user = user;
}

void io_close(struct io *io, int fd, bool reset)
{
    struct descriptor *d = known(io, fd);

    io->ops->close(io, fd, d, reset);
}

void io_shut(struct io *io, int fd)
{
    ASSERT(!(known(io, fd)->flags & DESCRIPTOR_SEND));
    io->ops->shut(io, fd);
}

void io_release(struct io *io, int fd)
{
    struct descriptor *d = known(io, fd);

    ASSERT(!(d->flags & (DESCRIPTOR_RECEIVING | DESCRIPTOR_SEND | DESCRIPTOR_CONNECT)));
    io->ops->release(io, fd, d);
    descriptors_forget(&io->table, fd);
}

enum shunt_status io_accept(struct io *io, int fd, bool shared)
{
    struct descriptor *d = known(io, fd);

    ASSERT(!(d->flags & (DESCRIPTOR_ACCEPT | DESCRIPTOR_RECEIVING)));
    d->link = shared ? DESCRIPTOR_SHARED : 0;
    return io->ops->accept(io, fd, d);
}

void io_accept_resume(struct io *io, int fd)
{
    struct descriptor *d = known(io, fd);

    ASSERT(d->flags & DESCRIPTOR_ACCEPT);
    if (d->flags & DESCRIPTOR_PAUSED) {
        d->flags &= (uint16_t)~DESCRIPTOR_PAUSED;
        io->ops->accept_resume(io, fd, d);
    }
}

void io_accept_pause(struct io *io, int fd)
{
    struct descriptor *d = known(io, fd);

    ASSERT(d->flags & DESCRIPTOR_ACCEPT);
    if (!(d->flags & DESCRIPTOR_PAUSED)) {
        d->flags |= DESCRIPTOR_PAUSED;
        io->ops->accept_pause(io, fd, d);
    }
}

void io_receive(struct io *io, int fd, bool until_end)
{
    struct descriptor *d = known(io, fd);

    ASSERT(!(d->flags & (DESCRIPTOR_RECEIVING | DESCRIPTOR_ACCEPT)));
    d->flags |= (uint16_t)(DESCRIPTOR_RECEIVE | (until_end ? DESCRIPTOR_UNTIL_END : 0));
    io->ops->receive(io, fd, d);
}

void io_ready(struct io *io, int fd)
{
    struct descriptor *d = known(io, fd);

    ASSERT(!(d->flags & (DESCRIPTOR_RECEIVING | DESCRIPTOR_ACCEPT)));
    d->flags |= DESCRIPTOR_READY;
    io->ops->ready(io, fd, d);
}

void io_receive_cancel(struct io *io, int fd)
{
    struct descriptor *d = known(io, fd);

    if ((d->flags & DESCRIPTOR_RECEIVING) && !(d->flags & DESCRIPTOR_CANCEL)) {
        d->flags |= DESCRIPTOR_CANCEL;
        io->ops->receive_cancel(io, fd, d);
    }
}

bool io_receive_pending(const struct io *io, int fd)
{
    return known(io, fd)->flags & DESCRIPTOR_RECEIVING;
}

void io_send(struct io *io, int fd, const struct iovec *parts, int count)
{
    struct descriptor *d = known(io, fd);

    ASSERT(count >= 1 && count <= IO_SEND_PARTS);
    ASSERT(!(d->flags & DESCRIPTOR_SEND));
    d->flags |= DESCRIPTOR_SEND;
    io->ops->send(io, fd, d, parts, count);
}

void io_send_file(struct io *io, int fd, const struct iovec *parts, int count,
                  const struct io_file *file)
{
    struct descriptor *d = known(io, fd);

    ASSERT(count >= 0 && count <= IO_SEND_PARTS && file->len >= 1);
    ASSERT(!(d->flags & DESCRIPTOR_SEND));
    d->flags |= DESCRIPTOR_SEND;
    io->ops->send_file(io, fd, d, parts, count, file);
}

bool io_send_pending(const struct io *io, int fd)
{
    return known(io, fd)->flags & DESCRIPTOR_SEND;
}

uint64_t io_unacknowledged(const struct io *io, int fd)
{
    int held = 0;

    (void)known(io, fd);
    return ioctl(fd, SIOCOUTQ, &held) == 0 && held > 0 ? (uint64_t)held : 0;
}

void io_connect(struct io *io, int fd, const struct sockaddr *address, socklen_t len)
{
    struct descriptor *d = known(io, fd);

    ASSERT(len <= sizeof(struct sockaddr_storage));
    ASSERT(!(d->flags & (DESCRIPTOR_CONNECT | DESCRIPTOR_SEND | DESCRIPTOR_RECEIVING)));
    d->flags |= DESCRIPTOR_CONNECT;
    io->ops->connect(io, fd, d, address, len);
}
