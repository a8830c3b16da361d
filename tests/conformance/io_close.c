/* io_add, io_close, io_release: once, after what is pending, and nobody inherits what is late. */
#include "conformance/io_fixture.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

IO_TEST(a_close_with_nothing_pending_sends_fin)
{
    struct fixture f;
    unsigned before = fixture_descriptors();
    int far;
    char byte;

    fixture_open(&f, backend, NULL);
    io_close(f.io, fixture_pair(&f, 1, &far), false);
    fixture_turn(&f, 0);
    cr_expect_eq(fixture_read(far, &byte, 1), 0);
    close(far);
    fixture_close(&f);
    cr_expect_eq(fixture_descriptors(), before);
}

WITH_IO(a_shut_sends_fin_and_goes_on_receiving)
{
    int far, near;
    char byte;

    near = fixture_pair(f, 1, &far);
    io_receive(f->io, near, true);
    fixture_turn(f, 0);
    io_shut(f->io, near);
    fixture_turn(f, 0);
    cr_expect_eq(fixture_read(far, &byte, 1), 0);
    cr_expect(io_receive_pending(f->io, near));
    fixture_write(far, "late", 4);
    TURN_UNTIL(f, f->users[1].bytes == 4);
    cr_expect_str_eq(f->users[1].text, "late");
    close(far);
}

/* How the near end is engaged when it is closed. */
static const struct {
    const char *why;
    bool receive, until_end, ready, turn;
} engagements[] = {
    {"receive until the end, armed", true, true, false, true},
    {"receive until the end, not yet seen by the kernel", true, true, false, false},
    {"receive once, armed", true, false, false, true},
    {"receive once, not yet seen by the kernel", true, false, false, false},
    {"ready, armed", false, false, true, true},
    {"ready, not yet seen by the kernel", false, false, true, false},
};

static void engage(struct fixture *f, int near, size_t how)
{
    if (engagements[how].receive) {
        io_receive(f->io, near, engagements[how].until_end);
    }
    if (engagements[how].ready) {
        io_ready(f->io, near);
    }
    if (engagements[how].turn) {
        fixture_turn(f, 0);
    }
}

IO_TEST(a_close_with_a_receive_pending_sends_fin_now_and_calls_nothing)
{
    for (size_t i = 0; i < sizeof engagements / sizeof *engagements; i++) {
        struct fixture f;
        int far, near;
        char byte;

        fixture_open(&f, backend, NULL);
        near = fixture_pair(&f, 1, &far);
        engage(&f, near, i);
        io_close(f.io, near, false);
        fixture_turn(&f, 0);
        fixture_turn(&f, 0);
        cr_expect_eq(fixture_read(far, &byte, 1), 0, "%s", engagements[i].why);
        fixture_idle(&f);
        cr_expect_eq(f.users[1].received + f.users[1].readies, 0, "%s", engagements[i].why);
        cr_expect_eq(io_counters(f.io)->closes, 1, "%s", engagements[i].why);
        close(far);
        fixture_close(&f);
    }
}

IO_TEST(a_close_with_reset_is_a_reset_for_the_peer)
{
    for (size_t i = 0; i < sizeof engagements / sizeof *engagements; i++) {
        struct fixture f;
        int far, near;
        char byte;

        fixture_open(&f, backend, NULL);
        near = fixture_pair(&f, 1, &far);
        engage(&f, near, i);
        io_close(f.io, near, true);
        fixture_idle(&f);
        cr_expect_eq(fixture_read(far, &byte, 1), -ECONNRESET, "%s", engagements[i].why);
        cr_expect_eq(f.users[1].received + f.users[1].readies, 0, "%s", engagements[i].why);
        close(far);
        fixture_close(&f);
    }
}

IO_TEST(a_send_started_before_the_close_goes_out_and_completes)
{
    for (int receiving = 0; receiving < 2; receiving++) {
        struct fixture f;
        char back[6] = "";
        int far, near;

        fixture_open(&f, backend, NULL);
        near = fixture_pair(&f, 1, &far);
        if (receiving) {
            io_receive(f.io, near, true);
            fixture_turn(&f, 0);
        }
        fixture_send(&f, near, "bye");
        io_close(f.io, near, false);
        TURN_UNTIL(&f, f.users[1].sents == 1);
        cr_expect_eq(f.users[1].sent_result, 3);
        fixture_idle(&f);
        cr_expect_eq(fixture_read(far, back, 6), 3, "the bytes, then the end");
        cr_expect_str_eq(back, "bye");
        cr_expect_eq(f.users[1].received, 0);
        cr_expect_eq(f.users[1].sents, 1);
        close(far);
        fixture_close(&f);
    }
}

IO_TEST(a_close_ends_a_send_that_waits_and_completes_it)
{
    static char bytes[16 << 20];

    for (int reset = 0; reset < 2; reset++) {
        struct iovec part = {bytes, sizeof bytes};
        struct fixture f;
        unsigned before = fixture_descriptors(), rounds = 0;
        int far, near;

        fixture_open(&f, backend, NULL);
        near = fixture_pair(&f, 1, &far);
        do {
            if (!io_send_pending(f.io, near)) {
                io_send(f.io, near, &part, 1);
            }
            fixture_turn(&f, 20);
        } while (++rounds < 10);
        cr_assert(io_send_pending(f.io, near));
        f.users[1].sents = 0;
        io_close(f.io, near, reset);
        TURN_UNTIL(&f, f.users[1].sents == 1);
        cr_expect(f.users[1].sent_result == -ECANCELED ||
                      (f.users[1].sent_result >= 0 && f.users[1].sent_result < (int)sizeof bytes),
                  "%d", f.users[1].sent_result);
        fixture_idle(&f);
        cr_expect_eq(f.users[1].sents, 1);
        close(far);
        fixture_close(&f);
        cr_expect_eq(fixture_descriptors(), before);
    }
}

/* ---- inside callbacks ---- */

static void close_self(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more)
{
    (void)bytes, (void)len, (void)more;
    io_close(f->io, f->users[user].fd, false);
}

IO_TEST(a_callback_may_close_its_own_descriptor)
{
    struct fixture f;
    int far;
    char byte;

    for (int until_end = 0; until_end < 2; until_end++) {
        fixture_open(&f, backend, NULL);
        f.on_received = close_self;
        io_receive(f.io, fixture_pair(&f, 1, &far), until_end);
        fixture_write(far, "one", 3);
        fixture_write(far, "two", 3);
        TURN_UNTIL(&f, f.users[1].received == 1);
        fixture_idle(&f);
        cr_expect_eq(f.users[1].received, 1, "nothing is called after the close");
        cr_expect_leq(fixture_read(far, &byte, 1), 0);
        close(far);
        fixture_close(&f);
    }
}

static void close_others(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more)
{
    (void)bytes, (void)len, (void)more;
    f->on_received = NULL;
    for (uint64_t other = 1; other <= 10; other++) {
        if (other != user) {
            io_close(f->io, f->users[other].fd, false);
        }
    }
}

WITH_IO(a_callback_may_close_others_whose_data_is_in_the_same_batch)
{
    int far[11];
    unsigned received = 0;

    f->on_received = close_others;
    for (uint64_t user = 1; user <= 10; user++) {
        io_receive(f->io, fixture_pair(f, user, &far[user]), true);
    }
    fixture_turn(f, 0);
    for (uint64_t user = 1; user <= 10; user++) {
        fixture_write(far[user], "x", 1);
    }
    TURN_UNTIL(f, f->on_received == NULL);
    fixture_idle(f);
    for (uint64_t user = 1; user <= 10; user++) {
        received += f->users[user].received;
        close(far[user]);
    }
    cr_expect_eq(received, 1);
    cr_expect_eq(io_counters(f->io)->closes, 9);
}

/* ---- numbers that are used again ---- */

struct reuse {
    int far_new;
    uint64_t closed_user;
};

/* In the batch that holds the other one's data: close that one, and have a new tenant as soon as
 * its number is free. */
static void close_and_replace(struct fixture *f, uint64_t user, uint8_t *bytes, int len, bool more)
{
    struct reuse *reuse = f->data;

    (void)bytes, (void)more;
    if (reuse->closed_user == 0 && len > 0) {
        reuse->closed_user = 3 - user;
        io_close(f->io, f->users[reuse->closed_user].fd, false);
        io_receive(f->io, fixture_unix_pair(f, 3, &reuse->far_new), true);
    }
}

WITH_IO(a_new_tenant_sees_nothing_of_the_former_one)
{
    struct reuse reuse = {0};
    int far[3], old_fd;

    f->on_received = close_and_replace;
    f->data = &reuse;
    for (uint64_t user = 1; user <= 2; user++) {
        io_receive(f->io, fixture_unix_pair(f, user, &far[user]), true);
    }
    fixture_turn(f, 0);
    fixture_write(far[1], "old", 3);
    fixture_write(far[2], "old", 3);
    TURN_UNTIL(f, reuse.closed_user != 0);
    fixture_idle(f);
    old_fd = f->users[reuse.closed_user].fd;
    cr_expect_eq(f->users[3].received, 0);
    cr_expect_eq(f->users[reuse.closed_user].received, 0);
    if (f->users[3].fd != old_fd) { /* io_uring: the number is free only now */
        int far_newer;

        io_receive(f->io, fixture_unix_pair(f, 4, &far_newer), true);
        cr_assert_eq(f->users[4].fd, old_fd, "the lowest free number is the closed one");
        fixture_idle(f);
        cr_expect_eq(f->users[4].received, 0);
        fixture_write(far_newer, "new", 3);
        TURN_UNTIL(f, f->users[4].bytes == 3);
        cr_expect_str_eq(f->users[4].text, "new");
        close(far_newer);
    }
    fixture_write(reuse.far_new, "new", 3);
    TURN_UNTIL(f, f->users[3].bytes == 3);
    cr_expect_str_eq(f->users[3].text, "new");
    close(reuse.far_new);
}

WITH_IO(a_hundred_thousand_cycles_leave_no_descriptor)
{
    enum { CYCLES = 100000, AT_ONCE = 100 };
    unsigned before;
    int far[AT_ONCE];
    char byte;

    before = fixture_descriptors();
    for (int cycle = 0; cycle < CYCLES / AT_ONCE; cycle++) {
        for (uint64_t i = 0; i < AT_ONCE; i++) {
            int near = fixture_unix_pair(f, i, &far[i]);

            io_receive(f->io, near, i % 2);
        }
        fixture_turn(f, 0);
        for (uint64_t i = 0; i < AT_ONCE; i++) {
            io_close(f->io, f->users[i].fd, false);
        }
        fixture_turn(f, 0);
        fixture_turn(f, 0);
        for (uint64_t i = 0; i < AT_ONCE; i++) {
            cr_assert_eq(recv(far[i], &byte, 1, MSG_DONTWAIT), 0, "the end is there at once");
            close(far[i]);
        }
    }
    fixture_idle(f);
    cr_expect_eq(fixture_descriptors(), before);
    cr_expect_eq(io_counters(f->io)->closes, CYCLES);
}

WITH_IO(a_closed_listener_frees_its_port)
{
    unsigned before;
    uint16_t port;

    before = fixture_descriptors();
    for (int i = 0; i < 20; i++) {
        int listener = fixture_accepting(f, 1, &port);
        struct pollfd far = {.fd = fixture_client(port), .events = POLLIN};

        if (i % 2) {
            fixture_turn(f, 0);
        }
        io_close(f->io, listener, false);
        fixture_idle(f);
        cr_expect_eq(poll(&far, 1, 0) == 1 || f->users[1].accepted > 0, true,
                     "a client is accepted or reset, never left");
        close(far.fd);
        for (uint64_t user = 2; user < f->next_user; user++) {
            io_close(f->io, f->users[user].fd, false);
        }
        f->next_user = 2;
        f->users[1].accepted = 0;
        fixture_idle(f);
    }
    cr_expect_eq(fixture_descriptors(), before);
}

WITH_IO(the_user_is_the_last_one_set)
{
    int far, near;

    near = fixture_pair(f, 1, &far);
    io_receive(f->io, near, true);
    fixture_write(far, "a", 1);
    TURN_UNTIL(f, f->users[1].bytes == 1);
    io_user_set(f->io, near, 2);
    fixture_write(far, "b", 1);
    TURN_UNTIL(f, f->users[2].bytes == 1);
    cr_expect_eq(f->users[1].bytes, 1);
    close(far);
}
