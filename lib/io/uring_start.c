/* Starting, cancelling and closing: what goes into the submission queue. Nothing here calls back
 * but uring_starved_drain(), which runs inside a turn. */
#include "io/uring_start.h"

#include "io/file.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEND_BYTES_MAX (1u << 30) /* the SQE's length has 32 bits, the result 31 */
#define REFUSED_MAX    3u         /* in a row; then the ring is lost */

/*
 * Let the kernel take what is queued. A refusal is short of memory (EAGAIN) or, before 5.19, a full
 * completion queue (EBUSY), which get_events flushes into the kernel's list; both pass. Any other
 * may be the only one, and is not when it comes again and again.
 */
static void submit(struct uring *u, unsigned *refused)
{
    int rc = io_uring_submit(&u->ring);

    if (rc < 0) {
        (void)io_uring_get_events(&u->ring);
        sched_yield();
        u->io.lost |= rc != -EAGAIN && rc != -EBUSY && rc != -EINTR && ++*refused == REFUSED_MAX;
    }
}

/* The queue is full. */
static struct io_uring_sqe *sqe_after_submit(struct uring *u)
{
    struct io_uring_sqe *sqe = NULL;
    unsigned refused = 0;

    uring_buffers_publish(&u->buffers);
    while (!sqe && !u->io.lost) {
        submit(u, &refused);
        sqe = io_uring_get_sqe(&u->ring);
    }
    return sqe ? sqe : &u->nowhere;
}

static struct io_uring_sqe *sqe_take(struct uring *u)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

    return __builtin_expect(sqe != NULL, 1) ? sqe : sqe_after_submit(u);
}

static void name_set(struct uring *u, struct io_uring_sqe *sqe, enum uring_kind kind, int fd)
{
    sqe->user_data = descriptors_name(&u->io.table, kind, fd);
}

static struct uring_message *message_take(struct uring *u)
{
    if (u->messages_used == URING_MESSAGES || io_uring_sq_ready(&u->ring) == 0) {
        unsigned refused = 0;

        while (io_uring_sq_ready(&u->ring) != 0 && !u->io.lost) {
            submit(u, &refused);
        }
        u->messages_used = 0;
    }
    return &u->messages[u->messages_used++];
}

/* By name, never by descriptor: that would walk all requests of the ring. */
static void cancel(struct uring *u, enum uring_kind kind, int fd)
{
    struct io_uring_sqe *sqe = sqe_take(u);

    io_uring_prep_cancel64(sqe, descriptors_name(&u->io.table, kind, fd), 0);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = (uint64_t)URING_SILENT << 56;
}

/* ---- accept ---- */

/* A multishot accept keeps its place at the head of those that wait for the socket, and the kernel
 * wakes the first: of several workers it would have every client. One that is armed again each time
 * goes to the end of the line. */
void uring_accept_arm(struct uring *u, int fd, struct descriptor *d)
{
    struct io_uring_sqe *sqe;

    if (d->flags & (DESCRIPTOR_ARMED | DESCRIPTOR_PAUSED)) {
        return;
    }
    sqe = sqe_take(u);
    io_uring_prep_accept(sqe, fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (!u->accept_once && d->link != DESCRIPTOR_SHARED) {
        sqe->ioprio |= IORING_ACCEPT_MULTISHOT;
    }
    name_set(u, sqe, URING_ACCEPT, fd);
    d->flags |= DESCRIPTOR_ARMED;
}

enum shunt_status uring_accept(struct io *io, int fd, struct descriptor *d)
{
    d->flags |= DESCRIPTOR_ACCEPT;
    uring_accept_arm(uring_of(io), fd, d);
    return SHUNT_OK;
}

/* A cancel that is still under way ends the old accept; its completion arms the new one. */
void uring_accept_resume(struct io *io, int fd, struct descriptor *d)
{
    uring_accept_arm(uring_of(io), fd, d);
}

void uring_accept_pause(struct io *io, int fd, struct descriptor *d)
{
    if (d->flags & DESCRIPTOR_ARMED) {
        cancel(uring_of(io), URING_ACCEPT, fd);
    }
}

/* ---- receive and ready ---- */

void uring_receive_arm(struct uring *u, int fd, struct descriptor *d)
{
    struct io_uring_sqe *sqe = sqe_take(u);

    io_uring_prep_recv(sqe, fd, NULL, 0, 0);
    if ((d->flags & DESCRIPTOR_UNTIL_END) && !u->receive_once &&
        !uring_buffers_scarce(&u->buffers)) {
        sqe->ioprio |= IORING_RECV_MULTISHOT;
    }
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
    name_set(u, sqe, URING_RECEIVE, fd);
    d->flags |= DESCRIPTOR_ARMED;
}

void uring_receive(struct io *io, int fd, struct descriptor *d)
{
    uring_receive_arm(uring_of(io), fd, d);
}

void uring_ready(struct io *io, int fd, struct descriptor *d)
{
    struct uring *u = uring_of(io);
    struct io_uring_sqe *sqe = sqe_take(u);

    io_uring_prep_poll_add(sqe, fd, POLLIN | POLLRDHUP);
    name_set(u, sqe, URING_READY, fd);
    d->flags |= DESCRIPTOR_ARMED;
}

/* A starved one is reported by uring_starved_drain(). */
void uring_receive_cancel(struct io *io, int fd, struct descriptor *d)
{
    if (d->flags & DESCRIPTOR_ARMED) {
        cancel(uring_of(io), d->flags & DESCRIPTOR_READY ? URING_READY : URING_RECEIVE, fd);
    }
}

void uring_starved_add(struct uring *u, int fd, struct descriptor *d)
{
    d->flags |= DESCRIPTOR_STARVED;
    d->link = URING_LIST_END;
    if (u->starved_first == URING_LIST_END) {
        u->starved_first = (uint32_t)fd;
    } else {
        descriptors_at(&u->io.table, (int)u->starved_last)->link = (uint32_t)fd;
    }
    u->starved_last = (uint32_t)fd;
}

/*
 * As many as circulate and no more: each that is armed either gets a buffer or waits without one,
 * so the list shrinks with every turn, and n starved receives cost n submissions and not n squared.
 */
bool uring_starved_drain(struct uring *u)
{
    unsigned budget = u->buffers.target;
    bool reported = false;

    while (u->starved_first != URING_LIST_END && budget > 0) {
        int fd = (int)u->starved_first;
        struct descriptor *d = descriptors_at(&u->io.table, fd);

        u->starved_first = d->link;
        d->flags &= (uint16_t)~DESCRIPTOR_STARVED;
        if (d->flags & DESCRIPTOR_CLOSING) {
            uring_close_finish(u, fd, d);
        } else if (d->flags & DESCRIPTOR_CANCEL) {
            d->flags &= (uint16_t) ~(DESCRIPTOR_RECEIVE | DESCRIPTOR_UNTIL_END | DESCRIPTOR_CANCEL);
            u->io.handler.received(u->io.context, d->user, NULL, -ECANCELED, false);
            reported = true;
        } else {
            uring_receive_arm(u, fd, d);
            budget--;
        }
    }
    return reported;
}

/* ---- send and connect ---- */

static void send_message(struct uring *u, struct io_uring_sqe **sqe, int fd,
                         const struct iovec *parts, int count)
{
    struct uring_message *message = message_take(u);

    memcpy(message->body.parts, parts, (size_t)count * sizeof *parts);
    message->header = (struct msghdr){.msg_iov = message->body.parts, .msg_iovlen = (size_t)count};
    *sqe = sqe_take(u);
    io_uring_prep_sendmsg(*sqe, fd, &message->header, MSG_NOSIGNAL);
}

/*
 * Without MSG_WAITALL: the kernel would go on by itself after a short send, but shows no progress
 * until all is sent, and gives up with EAGAIN when it has had to wait 128 times.
 */
void uring_send(struct io *io, int fd, struct descriptor *d, const struct iovec *parts, int count)
{
    struct uring *u = uring_of(io);
    struct io_uring_sqe *sqe;

    (void)d;
    if (count == 1) {
        size_t len = parts->iov_len < SEND_BYTES_MAX ? parts->iov_len : SEND_BYTES_MAX;

        sqe = sqe_take(u);
        io_uring_prep_send(sqe, fd, parts->iov_base, len, MSG_NOSIGNAL);
    } else {
        send_message(u, &sqe, fd, parts, count);
    }
    name_set(u, sqe, URING_SEND, fd);
}

/*
 * Read what is about to be sent, by the kernel's own means to wait for a disk, so that it lies in
 * the page cache. The bytes themselves are of no use, and all such reads share the room for them.
 */
static bool read_first(struct uring *u, int fd, struct descriptor *d, const struct io_file *file)
{
    struct io_uring_sqe *sqe;

    if (!u->sink) {
        void *room = mmap(NULL, IO_FILE_TRY_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (room == MAP_FAILED) {
            return false;
        }
        u->sink = room;
    }
    sqe = sqe_take(u);
    io_uring_prep_read(sqe, file->fd, u->sink, (unsigned)io_file_try_bytes(file), file->offset);
    name_set(u, sqe, URING_READ, fd);
    d->flags |= DESCRIPTOR_READING;
    return true;
}

/* Sent at once, by a system call of its own: see io/file.c for what that saves. */
void uring_send_file(struct io *io, int fd, struct descriptor *d, const struct iovec *parts,
                     int count, const struct io_file *file)
{
    struct uring *u = uring_of(io);
    int result;

    if (!(d->flags & DESCRIPTOR_READ) && io_file_is_cold(file) && read_first(u, fd, d, file)) {
        return;
    }
    d->flags &= (uint16_t)~DESCRIPTOR_READ;
    result = io_file_send(fd, parts, count, file);
    if (io_base_transient(result)) {
        IO_COUNT(io, retries);
        uring_writable_arm(u, fd, d);
        return;
    }
    ASSERT(u->results_count < io->table.max);
    u->results[u->results_count++] = (struct uring_result){(uint32_t)fd, result};
}

void uring_writable_arm(struct uring *u, int fd, struct descriptor *d)
{
    struct io_uring_sqe *sqe = sqe_take(u);

    io_uring_prep_poll_add(sqe, fd, POLLOUT);
    name_set(u, sqe, URING_WRITABLE, fd);
    d->flags |= DESCRIPTOR_BLOCKED;
}

void uring_connect(struct io *io, int fd, struct descriptor *d, const struct sockaddr *address,
                   socklen_t len)
{
    struct uring *u = uring_of(io);
    struct uring_message *message = message_take(u);
    struct io_uring_sqe *sqe;

    (void)d;
    memcpy(&message->body.address, address, len);
    sqe = sqe_take(u);
    io_uring_prep_connect(sqe, fd, (struct sockaddr *)&message->body.address, len);
    name_set(u, sqe, URING_CONNECT, fd);
}

/* ---- close ---- */

void uring_close_finish(struct uring *u, int fd, struct descriptor *d)
{
    if (d->flags & URING_UNFINISHED) {
        return;
    }
    if (u->io.lost) {
        close(fd);
    } else {
        struct io_uring_sqe *sqe = sqe_take(u);

        io_uring_prep_close(sqe, fd);
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        sqe->user_data = (uint64_t)URING_SILENT << 56;
    }
    IO_COUNT(&u->io, closes);
    descriptors_forget(&u->io.table, fd);
}

static void cancel_all(struct uring *u, int fd, const struct descriptor *d)
{
    if (d->flags & DESCRIPTOR_SEND) {
        cancel(u,
               d->flags & DESCRIPTOR_BLOCKED   ? URING_WRITABLE
               : d->flags & DESCRIPTOR_READING ? URING_READ
                                               : URING_SEND,
               fd);
    }
    if (d->flags & DESCRIPTOR_CONNECT) {
        cancel(u, URING_CONNECT, fd);
    }
    if (d->flags & DESCRIPTOR_ARMED) {
        cancel(u,
               d->flags & DESCRIPTOR_ACCEPT  ? URING_ACCEPT
               : d->flags & DESCRIPTOR_READY ? URING_READY
                                             : URING_RECEIVE,
               fd);
    }
}

/*
 * shutdown(2) ends an armed receive and sends FIN in one system call. It is no good where a send
 * may still be in the queue (its bytes would be refused: the cancel lies behind it instead, so the
 * send has been tried), for a listener (others may share it), and where RST and not FIN is wanted.
 */
void uring_close(struct io *io, int fd, struct descriptor *d, bool reset)
{
    struct uring *u = uring_of(io);
    bool soft = !reset && !(d->flags & (DESCRIPTOR_SEND | DESCRIPTOR_CONNECT | DESCRIPTOR_ACCEPT));

    if (reset) {
        io_base_linger_reset(fd);
    }
    d->flags |= DESCRIPTOR_CLOSING;
    if (d->flags & URING_IN_KERNEL) {
        if (!soft || shutdown(fd, SHUT_RDWR) != 0) {
            cancel_all(u, fd, d);
        }
    }
    uring_close_finish(u, fd, d);
}

void uring_release(struct io *io, int fd, struct descriptor *d)
{
    (void)io, (void)fd;
    ASSERT(!(d->flags & URING_UNFINISHED));
}

/* ---- wake-ups ---- */

/* Multishot and never read: each write(2) posts one more completion. */
void uring_wake_arm(struct uring *u, enum uring_kind kind)
{
    struct io_uring_sqe *sqe = sqe_take(u);

    io_uring_prep_poll_multishot(sqe, kind == URING_WAKE ? u->io.wake_fd : u->io.alarm_fd, POLLIN);
    sqe->user_data = (uint64_t)kind << 56;
}
