/* Rule 7 of io.h: running out of receive buffers is io's own affair. */
#include "conformance/io_fixture.h"

#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void receive_accepted(struct fixture *f, int fd)
{
    uint64_t user = f->next_user++;

    io_user_set(f->io, fd, user);
    f->users[user].fd = fd;
    io_receive(f->io, fd, true);
}

IO_TEST(two_buffers_serve_a_hundred_talking_clients_without_spinning)
{
    struct io_options options = {.buffer_count = 2, .buffer_bytes = 256};
    enum { CLIENTS = 100, MESSAGES = 10, LEN = 700 };
    struct fixture f;
    int clients[CLIENTS];
    uint64_t hash = FIXTURE_HASH, turns, start;
    uint16_t port;
    char bytes[LEN];

    fixture_open(&f, backend, &options);
    f.on_accepted = receive_accepted;
    (void)fixture_accepting(&f, 1, &port);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = fixture_client(port);
    }
    TURN_UNTIL(&f, f.users[1].accepted == CLIENTS);
    turns = io_counters(f.io)->turns;
    for (unsigned m = 1; m <= MESSAGES; m++) {
        memset(bytes, (int)('a' + m), LEN);
        hash = fixture_hash(hash, bytes, LEN);
        for (int i = 0; i < CLIENTS; i++) {
            fixture_write(clients[i], bytes, LEN);
        }
        for (unsigned i = 0; i < CLIENTS; i++) {
            TURN_UNTIL(&f, f.users[2 + i].bytes == m * LEN);
        }
    }
    /* Each turn moves two buffers at least; some turns only arm again. */
    turns = io_counters(f.io)->turns - turns;
    cr_expect_lt(turns, CLIENTS * MESSAGES * 2 * ((LEN + 255) / 256), "%lu turns", turns);
    for (unsigned i = 0; i < CLIENTS; i++) {
        cr_expect_eq(f.users[2 + i].hash, hash, "client %u", i);
        cr_expect_eq(f.users[2 + i].lasts, 0, "nobody sees ENOBUFS");
    }
    fixture_idle(&f);
    start = fixture_now_ms();
    fixture_turn(&f, 60);
    cr_expect_geq(fixture_now_ms() - start, 55, "sleeps when all is read");
    for (int i = 0; i < CLIENTS; i++) {
        close(clients[i]);
    }
    fixture_close(&f);
}

static void stop_one_and_close_one(struct fixture *f, uint64_t user, uint8_t *bytes, int len,
                                   bool more)
{
    (void)user, (void)bytes, (void)more;
    if (len > 0) {
        f->on_received = NULL;
        for (uint64_t other = 1; other <= 40; other++) {
            if (other % 2 == 0) {
                io_receive_cancel(f->io, f->users[other].fd);
            } else if (other != user) {
                io_close(f->io, f->users[other].fd, false);
            }
        }
    }
}

IO_TEST(a_receive_that_waits_for_a_buffer_can_be_cancelled_and_closed)
{
    struct io_options options = {.buffer_count = 2, .buffer_bytes = 16};
    struct fixture f;
    int far[41];
    char byte;

    fixture_open(&f, backend, &options);
    for (uint64_t user = 1; user <= 40; user++) {
        int near = fixture_pair(&f, user, &far[user]);

        io_receive(f.io, near, true);
    }
    fixture_turn(&f, 0);
    for (uint64_t user = 1; user <= 40; user++) {
        fixture_write(far[user], "hello", 5);
    }
    f.on_received = stop_one_and_close_one;
    TURN_UNTIL(&f, f.on_received == NULL);
    fixture_idle(&f);
    for (uint64_t user = 1; user <= 40; user++) {
        if (user % 2 == 0) {
            cr_expect_eq(f.users[user].lasts, 1, "cancelled: user %lu", user);
            cr_expect_not(io_receive_pending(f.io, f.users[user].fd));
            io_receive(f.io, f.users[user].fd, true);
            TURN_UNTIL(&f, f.users[user].bytes == 5);
        } else if (f.users[user].bytes == 0) {
            cr_expect_leq(fixture_read(far[user], &byte, 1), 0, "closed: user %lu", user);
            cr_expect_eq(f.users[user].received, 0);
        }
    }
    fixture_close(&f);
}

/* Until `len` bytes wait in the user's socket. The kernel may leave them to a thread of its own,
 * ksoftirqd, and turns before that are no matter of the loop. */
static void wait_until_there(const struct fixture *f, uint64_t user, int len)
{
    int there = 0;

    while (there < len) {
        cr_assert_eq(ioctl(f->users[user].fd, FIONREAD, &there), 0);
        sched_yield();
    }
}

IO_TEST(a_flooder_does_not_keep_others_waiting)
{
    struct io_options options = {.buffer_count = 8, .buffer_bytes = 1024};
    struct fixture f;
    static char flood[1 << 20];
    int far[12];
    uint64_t turns;

    fixture_open(&f, backend, &options);
    for (uint64_t user = 1; user <= 11; user++) {
        io_receive(f.io, fixture_pair(&f, user, &far[user]), true);
    }
    fixture_turn(&f, 0);
    for (int round = 0; round < 20; round++) {
        (void)!send(far[1], flood, sizeof flood, MSG_DONTWAIT);
        for (uint64_t user = 2; user <= 11; user++) {
            fixture_write(far[user], "small", 5);
            wait_until_there(&f, user, 5);
        }
        turns = io_counters(f.io)->turns;
        for (uint64_t user = 2; user <= 11; user++) {
            TURN_UNTIL(&f, f.users[user].bytes == 5u * (unsigned)(round + 1));
        }
        cr_expect_leq(io_counters(f.io)->turns - turns, 40, "round %d", round);
    }
    cr_expect_geq(f.users[1].bytes, 20 * 1024, "the flooder is served too");
    fixture_close(&f);
}

IO_TEST(a_burst_after_quiet_finds_buffers)
{
    struct io_options options = {.buffer_bytes = 4096};
    enum { CLIENTS = 200 };
    struct fixture f;
    int far[CLIENTS + 1];
    char bytes[2000];

    memset(bytes, 'x', sizeof bytes);
    fixture_open(&f, backend, &options);
    for (uint64_t user = 1; user <= CLIENTS; user++) {
        io_receive(f.io, fixture_pair(&f, user, &far[user]), true);
    }
    for (unsigned burst = 1; burst <= 3; burst++) {
        for (int quiet = 0; quiet < 1000; quiet++) {
            fixture_turn(&f, 0);
        }
        for (uint64_t user = 1; user <= CLIENTS; user++) {
            fixture_write(far[user], bytes, sizeof bytes);
        }
        for (uint64_t user = 1; user <= CLIENTS; user++) {
            TURN_UNTIL(&f, f.users[user].bytes == burst * sizeof bytes);
        }
    }
    fixture_close(&f);
}
