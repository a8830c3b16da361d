/*
 * Results that mean nothing for the connection: io tries again, and no layer above sees an end.
 * They cannot be had from a healthy kernel, so the test makes them: for epoll in place of the
 * system call, for io_uring as completions that the ring posts to itself.
 */
#include "io/uring.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int transient[] = {EAGAIN, EINTR, ENOBUFS, ENOMEM};
enum { TRANSIENT = sizeof transient / sizeof *transient };

/* ---- epoll: the next so many calls fail ---- */

static int fail_errno;
static unsigned fail_calls;

static bool fails(void)
{
    if (fail_calls == 0) {
        return false;
    }
    fail_calls--;
    errno = fail_errno;
    return true;
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    return fails() ? -1 : syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

ssize_t recv(int fd, void *bytes, size_t len, int flags)
{
    return fails() ? -1 : syscall(SYS_recvfrom, fd, bytes, len, flags, NULL, NULL);
}

/* ---- what came ---- */

struct seen {
    struct io *io;
    unsigned received, sent;
    int received_result, sent_result;
    bool more;
};

static void received(void *context, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct seen *seen = context;

    (void)user, (void)bytes;
    seen->received++;
    seen->received_result = len;
    seen->more = more;
}

static void sent(void *context, uint64_t user, int result)
{
    struct seen *seen = context;

    (void)user;
    seen->sent++;
    seen->sent_result = result;
}

static void open_on(struct seen *seen, enum io_backend backend)
{
    static const struct io_handler handler = {.received = received, .sent = sent};
    struct io_options options = {.backend = backend};
    char words[160];
    struct error why = {.text = words, .size = sizeof words};

    *seen = (struct seen){0};
    if (io_create(&options, &handler, seen, &seen->io, &why) != SHUNT_OK) {
        cr_skip_test("%s", words);
    }
}

static int pair(struct seen *seen, int *far)
{
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    cr_assert_eq(io_add(seen->io, ends[0], 1), SHUNT_OK);
    *far = ends[1];
    return ends[0];
}

static void turn_until(struct seen *seen, const unsigned *count, unsigned want)
{
    for (int i = 0; i < 1000 && *count < want; i++) {
        cr_assert_eq(io_turn(seen->io, 1000), SHUNT_OK);
    }
    cr_assert_eq(*count, want);
}

static void all_is_well(struct seen *seen, int near, int far)
{
    cr_assert_eq(io_turn(seen->io, 0), SHUNT_OK);
    cr_expect_eq(seen->received, 0, "received %d", seen->received_result);
    cr_assert_eq(write(far, "in", 2), 2);
    turn_until(seen, &seen->received, 1);
    cr_expect_eq(seen->received_result, 2);
    cr_expect(seen->more);
    cr_expect_gt(io_counters(seen->io)->retries, 0);
    io_close(seen->io, near, false);
    close(far);
    io_destroy(seen->io);
}

Test(io_transient, epoll_receives_again, .timeout = 20)
{
    for (unsigned i = 0; i < TRANSIENT; i++) {
        struct seen seen;
        int near, far;

        open_on(&seen, IO_EPOLL);
        near = pair(&seen, &far);
        io_receive(seen.io, near, true);
        fail_errno = transient[i];
        fail_calls = 3;
        all_is_well(&seen, near, far);
        cr_expect_eq(fail_calls, 0);
    }
}

Test(io_transient, epoll_sends_again, .timeout = 20)
{
    for (unsigned i = 0; i < TRANSIENT; i++) {
        struct iovec part = {(void *)"out", 3};
        struct seen seen;
        char back[4] = "";
        int near, far;

        open_on(&seen, IO_EPOLL);
        near = pair(&seen, &far);
        fail_errno = transient[i];
        fail_calls = 3;
        io_send(seen.io, near, &part, 1);
        turn_until(&seen, &seen.sent, 1);
        cr_expect_eq(seen.sent_result, 3, "errno %d: %d", transient[i], seen.sent_result);
        cr_expect_eq(fail_calls, 0);
        cr_expect_eq(read(far, back, 3), 3);
        io_close(seen.io, near, false);
        close(far);
        io_destroy(seen.io);
    }
}

/* ---- io_uring: a completion that the kernel might have posted ---- */

static void post(struct seen *seen, enum uring_kind kind, int fd, int result)
{
    struct uring *u = uring_of(seen->io);
    struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

    io_uring_prep_msg_ring(sqe, u->ring.ring_fd, (unsigned)result,
                           descriptors_name(&u->io.table, kind, fd), 0);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = (uint64_t)URING_SILENT << 56;
}

static const int posted[] = {-EAGAIN, -EINTR, -ENOMEM, -ECANCELED};
enum { POSTED = sizeof posted / sizeof *posted };

Test(io_transient, uring_receives_again, .timeout = 20)
{
    for (unsigned i = 0; i < POSTED; i++) {
        struct seen seen;
        int near, far;

        open_on(&seen, IO_URING);
        near = pair(&seen, &far);
        descriptors_at(&seen.io->table, near)->flags |=
            DESCRIPTOR_RECEIVE | DESCRIPTOR_UNTIL_END | DESCRIPTOR_ARMED;
        post(&seen, URING_RECEIVE, near, posted[i]);
        all_is_well(&seen, near, far);
    }
}

/* It waits for room and then reports that nothing was taken: the caller sends the bytes again. */
Test(io_transient, uring_reports_that_a_send_took_nothing, .timeout = 20)
{
    for (unsigned i = 0; i < POSTED; i++) {
        struct seen seen;
        int near, far;

        open_on(&seen, IO_URING);
        near = pair(&seen, &far);
        descriptors_at(&seen.io->table, near)->flags |= DESCRIPTOR_SEND;
        post(&seen, URING_SEND, near, posted[i]);
        turn_until(&seen, &seen.sent, 1);
        cr_expect_eq(seen.sent_result, 0, "%d reported as %d", posted[i], seen.sent_result);
        cr_expect_not(io_send_pending(seen.io, near));
        cr_expect_eq(io_counters(seen.io)->retries, 1);
        io_close(seen.io, near, false);
        close(far);
        io_destroy(seen.io);
    }
}

Test(io_transient, uring_waits_for_room_and_a_close_ends_that_too, .timeout = 20)
{
    static const char bytes[4096];
    struct seen seen;
    int near, far;

    open_on(&seen, IO_URING);
    near = pair(&seen, &far);
    while (syscall(SYS_sendto, near, bytes, sizeof bytes, MSG_DONTWAIT, NULL, 0) > 0) {
    }
    descriptors_at(&seen.io->table, near)->flags |= DESCRIPTOR_SEND;
    post(&seen, URING_SEND, near, -EAGAIN);
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(io_turn(seen.io, 0), SHUNT_OK);
    }
    cr_expect_eq(seen.sent, 0, "there is no room");
    io_close(seen.io, near, false);
    turn_until(&seen, &seen.sent, 1);
    cr_expect_eq(seen.sent_result, -ECANCELED);
    cr_expect_eq(io_counters(seen.io)->closes, 1);
    close(far);
    io_destroy(seen.io);
}
