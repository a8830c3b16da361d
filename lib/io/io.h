/*
 * One interface, two back ends: completions of accept, receive, send, readiness and connect.
 *
 * io_uring gives completions; epoll does the system call itself and reports the result. The layers
 * above see no difference. One struct io belongs to one thread; only io_wake() and
 * io_backend_name() may be called from another.
 *
 * Rules of the house, true for both back ends:
 *   1. A descriptor is known to io from io_add() (or from `accepted`) until io_close() or
 *      io_release().
 *   2. At most one receive-side operation (receive or ready) and one send are pending a descriptor.
 *   3. Each operation that was started gets its last callback exactly once, also after a cancel.
 *   4. Callbacks run only inside io_turn(), never inside the call that starts an operation.
 *   5. Bytes shown by `received` belong to io and are valid until the callback returns: the buffer
 *      goes back to the pool then. Who needs them later copies them.
 *   6. A callback may start, cancel and close anything, its own descriptor included.
 *   7. Running out of buffers is io's own affair: it re-arms when buffers come back, without a
 *      timer, and no layer above sees ENOBUFS.
 */
#ifndef IO_IO_H
#define IO_IO_H

#include "base/error.h"

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct io;

enum io_backend { IO_AUTO, IO_URING, IO_EPOLL };

/* What became of an operation. `user` is the value given to io_add() or io_user_set(). */
struct io_handler {
    /* A listener took a connection: fd is nonblocking, close-on-exec, and known to io with user 0;
     * set it with io_user_set(). fd < 0 is -errno (EMFILE, ENFILE, ENOBUFS, ENOMEM, or what
     * means that this is no listener): accepting has paused and goes on by io_accept_resume(). */
    void (*accepted)(void *context, uint64_t listener, int fd);
    /* len > 0: bytes. 0: the peer's end. < 0: -errno, -ECANCELED after io_receive_cancel().
     * `more`: the receive is still armed and more will come. When !more nothing is pending any
     * longer; a result <= 0 always comes with !more. */
    void (*received)(void *context, uint64_t user, uint8_t *bytes, int len, bool more);
    /* A ready operation: 0 readable (or ended, or failed: a receive shows it), or -ECANCELED. */
    void (*ready)(void *context, uint64_t user, int result);
    /* A send: result >= 0 bytes taken, which may be fewer than were given and may be none (the
     * system was short of something for a moment): the rest is the caller's to send again. Or
     * -errno: the connection has failed, or was closed. -ENODATA: nothing was taken, for the file
     * ends before what was to be sent of it. */
    void (*sent)(void *context, uint64_t user, int result);
    /* A connect: 0 or -errno. */
    void (*connected)(void *context, uint64_t user, int result);
    /* io_wake() was called at least once since the last time. */
    void (*woken)(void *context);
};

struct io_options;
/* What creates a back end of another kind; io/backend.h has the rules. */
typedef enum shunt_status io_creator(const struct io_options *options,
                                     const struct io_handler *handler, void *context,
                                     struct io **io, struct error *why);

struct io_options {
    enum io_backend backend; /* IO_AUTO: io_uring, else epoll */
    io_creator *create;      /* another one than these, or NULL; `backend` has no meaning then */
    unsigned buffer_count; /* receive buffers, 2 to 32768, rounded up to a power of two; 0: 1024 */
    unsigned buffer_bytes; /* each; 0: 4096 */
    unsigned sq_entries;   /* 0: 4096 */
    unsigned cq_entries;   /* 0: 16384; rounded by the kernel. Tests use 8 */
    unsigned descriptors_max; /* highest number + 1; 0: RLIMIT_NOFILE. At most 4,194,304 */
};

/* Counters since creation; written by the io's thread, read by anyone (relaxed). */
struct io_counters {
    uint64_t turns, completions, accepts, receives, sends, closes, wakes;
    uint64_t starved;   /* receives that met an empty buffer pool */
    uint64_t retries;   /* results that were no end, so that io tried again: EAGAIN and its like */
    uint64_t overflows; /* times the completion queue overflowed */
    uint64_t refusals;  /* waits that the kernel refused without reason; nothing was lost */
};

/* ---- life: create on the thread that will drive it, after the last fork ---- */

/*
 * Blocks SIGPIPE on this thread: a file that is sent to a peer that has gone would raise it.
 *
 * SHUNT_OK, SHUNT_ENOMEM, SHUNT_ESYS, or SHUNT_ENOTSUP when IO_URING was asked for and is
 * forbidden; errno is the cause of a failure. `why` (may be NULL) gets a sentence: for IO_AUTO why
 * epoll was taken, for a failure its reason; none otherwise.
 */
enum shunt_status io_create(const struct io_options *options, const struct io_handler *handler,
                            void *context, struct io **io, struct error *why) SHUNT_MUST_USE;
/* Descriptors that are still known are closed; no callback runs. */
void io_destroy(struct io *io);

/* "io_uring" or "epoll". Any thread. */
const char *io_backend_name(const struct io *io);
const struct io_counters *io_counters(const struct io *io);
/* The most that `received` shows at once: buffer_bytes, or its default. */
unsigned io_buffer_bytes(const struct io *io);

/* Submit what was queued, wait for completions (at most timeout_ms; -1 for ever, 0 not at all), run
 * the callbacks. It handles a bounded batch, and does not sleep after a callback has run.
 *
 * SHUNT_OK, also after EINTR, when nothing came, and after a refusal that may have been the only
 * one. SHUNT_ESYS: this io is lost, because the kernel refuses again and again or has dropped
 * completions (EBADR). Each further turn fails, what was pending gets no last callback, and no call
 * but io_close() and io_destroy() has an effect. */
enum shunt_status io_turn(struct io *io, int timeout_ms) SHUNT_MUST_USE;
bool io_lost(const struct io *io);
/* The errno value of the last wait that was refused; 0: none was. */
int io_refusal(const struct io *io);
/* Make a sleeping or future io_turn() return and call `woken`. Any thread, async-signal-safe. */
void io_wake(struct io *io);

/* ---- descriptors ---- */

/* Make a descriptor known. It is set nonblocking where the back end needs it. SHUNT_OK,
 * SHUNT_ENOMEM, SHUNT_EFULL (number too high). */
enum shunt_status io_add(struct io *io, int fd, uint64_t user) SHUNT_MUST_USE;
void io_user_set(struct io *io, int fd, uint64_t user);
/*
 * Close fd, once, after whatever is pending on it has completed. Nothing is called back for fd
 * after this call but `sent` of a send that is pending (its result or -ECANCELED), because that
 * is when its bytes are free. A send that was just started goes out as far as the socket takes
 * it; one that waits for a peer that does not read is cut short: to have all of it sent, wait for
 * `sent` before closing. A pending receive is ended at once, so that the peer sees FIN now; `reset`
 * makes it RST (SO_LINGER 0). Until its number is free again the descriptor is not known any
 * longer: no other call may name it.
 *
 * A descriptor that others share (dup, fork, SCM_RIGHTS) is released and then closed by close(2):
 * here a pending receive ends by shutdown(2), which they would feel, and epoll forgets only what
 * no process has open any longer.
 */
void io_close(struct io *io, int fd, bool reset);
/* End our direction: the peer sees FIN behind what has been sent. What it sends still comes. Not
 * while a send is pending. */
void io_shut(struct io *io, int fd);
/* Forget fd without closing it. Nothing may be pending on it: cancel first and wait. A listener:
 * pause it and let a turn pass. */
void io_release(struct io *io, int fd);

/* ---- operations: each result comes by callback ---- */

/* Accept on a listening socket, which io_add() has made known, until io_close(). `shared`: others
 * accept on the same socket with an io of their own, and shall have their share: each takes one and
 * stands in line again. SHUNT_OK, SHUNT_ENOMEM or SHUNT_ESYS. Connections that were taken before a
 * pause still come after it. */
enum shunt_status io_accept(struct io *io, int fd, bool shared) SHUNT_MUST_USE;
/* Go on after a failed accept; no effect when accepting is on. */
void io_accept_resume(struct io *io, int fd);
/* Stop accepting without closing; what is in the backlog stays there. */
void io_accept_pause(struct io *io, int fd);

/* Receive once (more == false after the first result), or until it ends. */
void io_receive(struct io *io, int fd, bool until_end);
/* Park: wait for readability only, the cheapest thing the kernel can hold. One result. */
void io_ready(struct io *io, int fd);
/* End a pending receive or ready. Its remaining completions still come, in order; the last one has
 * !more. No effect when none is pending. */
void io_receive_cancel(struct io *io, int fd);
/* Is a receive or ready pending? */
bool io_receive_pending(const struct io *io, int fd);

/*
 * Send parts[0..count), count 1 to IO_SEND_PARTS; `parts` itself is copied, the bytes must stay
 * until `sent` has been called, also when the descriptor is closed before that.
 */
#define IO_SEND_PARTS 8
void io_send(struct io *io, int fd, const struct iovec *parts, int count);

/* Bytes [offset, offset + len) of a regular file, len at least 1. */
struct io_file {
    int fd;
    uint64_t offset, len;
};

/*
 * Send parts[0..count), count 0 to IO_SEND_PARTS, and bytes of a file behind them; a send as the
 * other, so `sent` has how much was taken of both together. `file` is copied; its descriptor must
 * stay open until `sent` has been called. On io_uring a disk is waited for without the thread; on
 * epoll the call waits for it.
 */
void io_send_file(struct io *io, int fd, const struct iovec *parts, int count,
                  const struct io_file *file);
/* Is a send pending? */
bool io_send_pending(const struct io *io, int fd);

/* Bytes that fd's socket holds because the peer's kernel has not acknowledged them; of a unix
 * socket the memory they take. 0 where the kernel does not know. A system call. */
uint64_t io_unacknowledged(const struct io *io, int fd);

/* Connect a nonblocking socket. `address` is copied. */
void io_connect(struct io *io, int fd, const struct sockaddr *address, socklen_t len);

#endif
