/* io_accept, its pause, and what happens when descriptors run out. */
#include "conformance/io_fixture.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static void note_flags(struct fixture *f, int fd)
{
    int *flags = f->data;

    flags[0] = fcntl(fd, F_GETFL);
    flags[1] = fcntl(fd, F_GETFD);
    io_close(f->io, fd, false);
}

WITH_IO(an_accepted_descriptor_is_nonblocking_and_close_on_exec)
{
    int flags[2] = {0}, client;
    uint16_t port;

    f->on_accepted = note_flags;
    f->data = flags;
    (void)fixture_accepting(f, 1, &port);
    client = fixture_client(port);
    TURN_UNTIL(f, f->users[1].accepted == 1);
    cr_expect(flags[0] & O_NONBLOCK);
    cr_expect(flags[1] & FD_CLOEXEC);
    close(client);
}

static void receive_as_nobody(struct fixture *f, int fd)
{
    io_receive(f->io, fd, true);
}

WITH_IO(an_accepted_descriptor_belongs_to_user_0)
{
    uint16_t port;
    int client;

    f->on_accepted = receive_as_nobody;
    (void)fixture_accepting(f, 5, &port);
    client = fixture_client(port);
    fixture_write(client, "x", 1);
    TURN_UNTIL(f, f->users[0].bytes == 1);
    cr_expect_eq(f->users[5].accepted, 1, "accepted has the listener's own user");
    close(client);
}

WITH_IO(accepting_goes_on_until_the_listener_is_closed)
{
    int clients[100], listener;
    uint16_t port;
    unsigned accepted;

    listener = fixture_accepting(f, 1, &port);
    for (unsigned i = 0; i < 100; i++) {
        clients[i] = fixture_client(port);
        if (i % 10 == 0) {
            TURN_UNTIL(f, f->users[1].accepted == i + 1);
        }
    }
    TURN_UNTIL(f, f->users[1].accepted == 100);
    io_close(f->io, listener, false);
    accepted = f->users[1].accepted;
    fixture_idle(f);
    cr_expect_eq(f->users[1].accepted, accepted);
    for (unsigned i = 0; i < 100; i++) {
        close(clients[i]);
    }
}

WITH_IO(a_pause_leaves_clients_in_the_backlog_and_resume_takes_them)
{
    int clients[10], listener;
    uint16_t port;

    listener = fixture_accepting(f, 1, &port);
    io_accept_resume(f->io, listener);
    fixture_turn(f, 0);
    io_accept_pause(f->io, listener);
    io_accept_pause(f->io, listener);
    fixture_idle(f);
    for (int i = 0; i < 10; i++) {
        clients[i] = fixture_client(port);
    }
    fixture_idle(f);
    cr_expect_eq(f->users[1].accepted, 0);
    io_accept_resume(f->io, listener);
    TURN_UNTIL(f, f->users[1].accepted == 10);
    cr_expect_eq(f->accept_errors, 0);
    for (int i = 0; i < 10; i++) {
        close(clients[i]);
    }
}

WITH_IO(a_pause_taken_back_at_once_changes_nothing)
{
    int listener, client;
    uint16_t port;

    listener = fixture_accepting(f, 1, &port);
    fixture_turn(f, 0);
    io_accept_pause(f->io, listener);
    io_accept_resume(f->io, listener);
    client = fixture_client(port);
    TURN_UNTIL(f, f->users[1].accepted == 1);
    close(client);
}

/* Take every descriptor number that is left; the highest one taken comes back. */
static int exhaust(void)
{
    int last = -1, fd;

    while ((fd = dup(STDERR_FILENO)) >= 0) {
        last = fd;
    }
    cr_assert_eq(errno, EMFILE);
    return last;
}

IO_TEST(no_descriptor_left_is_reported_once_and_accepting_recovers)
{
    struct fixture f;
    struct rlimit limit;
    int clients[5], listener, last, open_fds[8];
    uint16_t port;

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 64;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    fixture_open(&f, backend, NULL);
    listener = fixture_listener(&port);
    for (int i = 0; i < 5; i++) {
        clients[i] = fixture_client(port);
    }
    for (int i = 0; i < 8; i++) {
        open_fds[i] = dup(STDERR_FILENO);
    }
    last = exhaust();
    cr_assert_eq(io_add(f.io, listener, 1), SHUNT_OK);
    cr_assert_eq(io_accept(f.io, listener, false), SHUNT_OK);
    f.next_user = 2;
    TURN_UNTIL(&f, f.accept_errors == 1);
    cr_expect_eq(f.accept_error, -EMFILE);
    for (int i = 0; i < 20; i++) {
        fixture_turn(&f, 5);
    }
    cr_expect_eq(f.accept_errors, 1, "paused: reported once");
    io_accept_resume(f.io, listener);
    TURN_UNTIL(&f, f.accept_errors == 2);
    for (int i = 0; i < 8; i++) {
        close(open_fds[i]);
    }
    io_accept_resume(f.io, listener);
    TURN_UNTIL(&f, f.users[1].accepted == 5);
    for (int i = 0; i < 5; i++) {
        fixture_write(clients[i], "x", 1);
        io_receive(f.io, f.users[2 + i].fd, false);
    }
    TURN_UNTIL(&f, f.users[2].bytes + f.users[3].bytes + f.users[4].bytes + f.users[5].bytes +
                           f.users[6].bytes ==
                       5);
    cr_expect_gt(last, 0);
    fixture_close(&f);
}

IO_TEST(a_number_beyond_the_table_is_refused_as_out_of_descriptors)
{
    struct io_options options = {.descriptors_max = 32};
    struct fixture f;
    uint16_t port;
    char byte;
    int client, spare[32], count = 0;

    fixture_open(&f, backend, &options);
    (void)fixture_accepting(&f, 1, &port);
    client = fixture_client(port);
    do {
        cr_assert_lt(count, 32);
        spare[count] = dup(STDERR_FILENO);
    } while (spare[count++] < 31);
    TURN_UNTIL(&f, f.accept_errors == 1);
    cr_expect_eq(f.accept_error, -EMFILE);
    cr_expect_leq(fixture_read(client, &byte, 1), 0, "the connection is closed");
    cr_expect_eq(io_add(f.io, dup(spare[count - 1]), 3), SHUNT_EFULL);
    fixture_close(&f);
}

static void close_accepted(struct fixture *f, int fd)
{
    io_close(f->io, fd, false);
}

IO_TEST(a_storm_of_connects_strands_nobody_in_a_completion_queue_of_8)
{
    struct io_options options = {.cq_entries = 8, .sq_entries = 8, .buffer_count = 8};
    enum { ROUNDS = 5, CLIENTS = 200 };
    struct fixture f;
    int clients[CLIENTS];
    uint16_t port;
    char byte;

    fixture_open(&f, backend, &options);
    f.on_accepted = close_accepted;
    (void)fixture_accepting(&f, 1, &port);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < CLIENTS; i++) {
            clients[i] = fixture_client(port);
        }
        TURN_UNTIL(&f, f.users[1].accepted == (round + 1) * CLIENTS);
        fixture_turn(&f, 0);
        for (int i = 0; i < CLIENTS; i++) {
            cr_assert_eq(fixture_read(clients[i], &byte, 1), 0, "client %d is closed", i);
            close(clients[i]);
        }
    }
    fixture_close(&f);
}

static void receive_accepted(struct fixture *f, int fd)
{
    io_user_set(f->io, fd, 2);
    io_receive(f->io, fd, true);
}

IO_TEST(a_completion_queue_of_8_loses_no_byte)
{
    struct io_options options = {.cq_entries = 8, .sq_entries = 8, .buffer_count = 64};
    enum { CLIENTS = 150, MESSAGES = 20 };
    struct fixture f;
    int clients[CLIENTS];
    uint16_t port;

    fixture_open(&f, backend, &options);
    f.on_accepted = receive_accepted;
    (void)fixture_accepting(&f, 1, &port);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = fixture_client(port);
    }
    for (unsigned m = 0; m < MESSAGES; m++) {
        for (int i = 0; i < CLIENTS; i++) {
            fixture_write(clients[i], "0123456789", 10);
        }
        TURN_UNTIL(&f, f.users[2].bytes == (m + 1) * CLIENTS * 10u);
    }
    for (int i = 0; i < CLIENTS; i++) {
        close(clients[i]);
    }
    TURN_UNTIL(&f, f.users[2].lasts == CLIENTS);
    fixture_close(&f);
}
