/*
 * What a back end is to io.c: a table of functions, and a struct that begins with struct io.
 * The functions have the contracts of io.h; io.c asserts its preconditions before it calls them.
 */
#ifndef IO_BACKEND_H
#define IO_BACKEND_H

#include "base/assert.h"
#include "io/descriptors.h"
#include "io/io.h"

#include <stdatomic.h>

struct io_backend_ops {
    const char *name;
    void (*destroy)(struct io *io);
    /* SHUNT_ESYS: the wait was refused, errno has the reason; the next may do. May set `lost`. */
    enum shunt_status (*turn)(struct io *io, int timeout_ms);
    void (*close)(struct io *io, int fd, struct descriptor *d, bool reset);
    void (*shut)(struct io *io, int fd);
    void (*release)(struct io *io, int fd, struct descriptor *d);
    enum shunt_status (*accept)(struct io *io, int fd, struct descriptor *d);
    void (*accept_resume)(struct io *io, int fd, struct descriptor *d);
    void (*accept_pause)(struct io *io, int fd, struct descriptor *d);
    void (*receive)(struct io *io, int fd, struct descriptor *d);
    void (*ready)(struct io *io, int fd, struct descriptor *d);
    void (*receive_cancel)(struct io *io, int fd, struct descriptor *d);
    void (*send)(struct io *io, int fd, struct descriptor *d, const struct iovec *parts, int count);
    void (*send_file)(struct io *io, int fd, struct descriptor *d, const struct iovec *parts,
                      int count, const struct io_file *file);
    void (*connect)(struct io *io, int fd, struct descriptor *d, const struct sockaddr *address,
                    socklen_t len);
};

/* The part that both back ends share, and the head of each. */
struct io {
    const struct io_backend_ops *ops;
    struct io_handler handler;
    void *context;
    struct descriptors table;
    unsigned buffer_bytes;
    int wake_fd;       /* an eventfd, never read: each write wakes, the count means nothing */
    int alarm_fd;      /* a timerfd, never read: it ends a wait */
    uint64_t alarm_ns; /* when it does, once; in the past: it has */
    int refusal;       /* errno value of the last refused wait */
    unsigned refused;  /* waits in a row */
    bool lost;         /* as io_turn() has it */
    struct io_counters counters;
    /* Written by any thread, so away from the lines that the loop writes. */
    _Alignas(64) atomic_bool wake_pending;
};

/* One writer, so a load and a store are enough; atomic for the readers in other threads. */
#define IO_COUNT(io, counter)                                                                      \
    __atomic_store_n(&(io)->counters.counter, (io)->counters.counter + 1, __ATOMIC_RELAXED)

enum shunt_status io_base_init(struct io *io, const struct io_backend_ops *ops,
                               const struct io_options *options, const struct io_handler *handler,
                               void *context) SHUNT_MUST_USE;
void io_base_fini(struct io *io);
/* Why a back end could not be created: errno and, with its name, `why`. Always `status`. */
enum shunt_status io_base_refuse(struct error *why, enum shunt_status status, int error,
                                 const char *reason);

/* Take wake-ups together and call `woken`, when there was one. */
void io_base_woken(struct io *io);

/* A connection has been accepted: make it known and report it, or close it. 0 or -EMFILE. */
int io_base_accepted(struct io *io, uint64_t listener, int fd);
/* Does accepting stop on this failure (true), or is it one connection's bad luck? */
bool io_base_accept_failed(int error);

/*
 * Has this result (-errno) of a send or receive nothing to do with the connection? A signal, a
 * shortage of kernel memory, or a wait that the kernel gave up: io_uring polls a request again at
 * most 128 times, and then a nonblocking socket returns EAGAIN; for want of memory for the poll
 * it returns that at once.
 */
bool io_base_transient(int result);

/* close() shall send RST. */
void io_base_linger_reset(int fd);
/* `shut` of descriptors that are sockets. */
void io_base_shut(struct io *io, int fd);

#endif
