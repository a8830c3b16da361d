/* What both back ends do alike. */
#include "io/backend.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

/* sendfile(2) has no MSG_NOSIGNAL. */
static void sigpipe_block(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

enum shunt_status io_base_init(struct io *io, const struct io_backend_ops *ops,
                               const struct io_options *options, const struct io_handler *handler,
                               void *context)
{
    enum shunt_status status = descriptors_init(&io->table, options->descriptors_max);

    if (status != SHUNT_OK) {
        errno = ENOMEM;
        return status;
    }
    io->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    io->alarm_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (io->wake_fd < 0 || io->alarm_fd < 0) {
        int error = errno;

        close_if_open(io->wake_fd);
        close_if_open(io->alarm_fd);
        descriptors_fini(&io->table);
        errno = error;
        return SHUNT_ESYS;
    }
    sigpipe_block();
    io->alarm_ns = 0;
    io->buffer_bytes = options->buffer_bytes;
    io->refusal = 0;
    io->refused = 0;
    io->lost = false;
    io->ops = ops;
    io->handler = *handler;
    io->context = context;
    atomic_init(&io->wake_pending, false);
    return SHUNT_OK;
}

enum shunt_status io_base_refuse(struct error *why, enum shunt_status status, int error,
                                 const char *reason)
{
    error_set(why, status, "%s (%s)", reason, strerrorname_np(error));
    errno = error;
    return status;
}

void io_base_fini(struct io *io)
{
    for (uint32_t fd = 0; fd < io->table.used; fd++) {
        if (io->table.slots[fd].flags & DESCRIPTOR_KNOWN) {
            close((int)fd);
        }
    }
    close(io->wake_fd);
    close(io->alarm_fd);
    descriptors_fini(&io->table);
}

void io_base_woken(struct io *io)
{
    /* Cleared before the call: what is asked for during it wakes the next turn. */
    if (atomic_exchange_explicit(&io->wake_pending, false, memory_order_acq_rel)) {
        IO_COUNT(io, wakes);
        io->handler.woken(io->context);
    }
}

int io_base_accepted(struct io *io, uint64_t listener, int fd)
{
    if (descriptors_add(&io->table, fd, 0) != SHUNT_OK) {
        close(fd);
        return -EMFILE;
    }
    IO_COUNT(io, accepts);
    io->handler.accepted(io->context, listener, fd);
    return 0;
}

/* accept(2): errors of the network that already belong to the new socket mean "try the next". */
bool io_base_accept_failed(int error)
{
    switch (error) {
    case EAGAIN:
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EPERM: /* a firewall rule */
        return false;
    default:
        return true;
    }
}

bool io_base_transient(int result)
{
    return result == -EAGAIN || result == -EINTR || result == -ENOBUFS || result == -ENOMEM;
}

void io_base_linger_reset(int fd)
{
    static const struct linger now = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void io_base_shut(struct io *io, int fd)
{
    (void)io;
    (void)shutdown(fd, SHUT_WR); /* a peer that is gone shows in the receive */
}
