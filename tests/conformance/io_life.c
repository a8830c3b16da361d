/* io_create, io_destroy, io_turn, io_wake and the counters. */
#include "conformance/io_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

IO_TEST(a_back_end_names_itself_and_the_reason_when_it_is_second_choice)
{
    struct fixture f;

    fixture_open(&f, backend, NULL);
    cr_expect_str_eq(io_backend_name(f.io), backend == IO_URING ? "io_uring" : "epoll");
    if (backend == IO_AUTO) {
        cr_expect_not_null(strstr(f.why, "io_uring is forbidden"), "%s", f.why);
        cr_expect_not_null(strstr(f.why, "EPERM"), "%s", f.why);
    } else {
        cr_expect_str_empty(f.why);
    }
    fixture_close(&f);
}

Test(io_choice, auto_takes_io_uring_where_it_is_permitted)
{
    struct fixture f;

    if (!fixture_uring_permitted()) {
        cr_skip_test("io_uring is not available here");
    }
    fixture_open(&f, IO_AUTO, NULL);
    cr_expect_str_eq(io_backend_name(f.io), "io_uring");
    cr_expect_str_empty(f.why);
    fixture_close(&f);
}

Test(io_choice, io_uring_asked_for_and_forbidden_is_not_supported_with_a_reason)
{
    struct io_options options = {.backend = IO_URING};
    struct io_handler handler = {0};
    struct io *io = NULL;
    char words[160];
    struct error why = {.text = words, .size = sizeof words};

    fixture_uring_deny();
    cr_assert_eq(io_create(&options, &handler, NULL, &io, &why), SHUNT_ENOTSUP);
    cr_expect_eq(errno, EPERM);
    cr_expect_not_null(strstr(words, "io_uring is forbidden"), "%s", words);
    cr_expect_null(io, "written only on SHUNT_OK");
}

Test(io_choice, a_reason_is_cut_to_the_room_that_it_has)
{
    struct io_options options = {.backend = IO_URING};
    struct io_handler handler = {0};
    struct io *io = NULL;
    char words[9] = "????????";
    struct error why = {.text = words, .size = 5};

    fixture_uring_deny();
    cr_assert_eq(io_create(&options, &handler, NULL, &io, &why), SHUNT_ENOTSUP);
    cr_expect_str_eq(words, "io_u");
    cr_expect_eq(words[5], '?');
    cr_assert_eq(io_create(&options, &handler, NULL, &io, NULL), SHUNT_ENOTSUP);
}

IO_TEST(destroy_closes_what_is_known_and_calls_nothing)
{
    struct fixture f;
    unsigned before = fixture_descriptors();
    int far[3];
    char byte;

    fixture_open(&f, backend, NULL);
    io_receive(f.io, fixture_pair(&f, 1, &far[0]), true);
    io_ready(f.io, fixture_pair(&f, 2, &far[1]));
    (void)fixture_pair(&f, 3, &far[2]);
    fixture_turn(&f, 0);
    fixture_close(&f);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(fixture_read(far[i], &byte, 1), 0, "connection %d ends", i);
        close(far[i]);
    }
    cr_expect_eq(f.users[1].received + f.users[2].readies, 0);
    cr_expect_eq(fixture_descriptors(), before);
}

WITH_IO(a_turn_waits_as_long_as_it_may)
{
    uint64_t start;

    fixture_idle(f);
    start = fixture_now_ms();
    fixture_turn(f, 0);
    cr_expect_lt(fixture_now_ms() - start, 1000, "0: not at all");
    start = fixture_now_ms();
    fixture_turn(f, 60);
    cr_expect_geq(fixture_now_ms() - start, 58, "60 ms");
}

static struct io *signalled_io;

static void on_signal(int number)
{
    (void)number;
    if (signalled_io) {
        io_wake(signalled_io);
    }
}

static void signal_soon(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct itimerval soon = {.it_value = {.tv_usec = 20000}};

    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    cr_assert_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
}

IO_TEST(a_turn_that_a_signal_interrupts_is_a_good_one)
{
    struct fixture f;
    uint64_t start;

    signalled_io = NULL;
    fixture_open(&f, backend, NULL);
    fixture_idle(&f);
    signal_soon();
    start = fixture_now_ms();
    fixture_turn(&f, 10000);
    cr_expect_lt(fixture_now_ms() - start, 5000);
    fixture_close(&f);
}

WITH_IO(a_signal_handler_may_wake)
{
    signalled_io = f->io;
    signal_soon();
    TURN_UNTIL(f, f->woken == 1);
}

static void *wake_from_thread(void *arg)
{
    io_wake(arg);
    return NULL;
}

WITH_IO(a_wake_from_another_thread_ends_a_turn_that_sleeps)
{
    pthread_t thread;

    fixture_idle(f);
    for (unsigned i = 1; i <= 100; i++) {
        cr_assert_eq(pthread_create(&thread, NULL, wake_from_thread, f->io), 0);
        TURN_UNTIL_IN(f, 2, f->woken == i);
        pthread_join(thread, NULL);
    }
    cr_expect_eq(io_counters(f->io)->wakes, 100);
}

WITH_IO(wakes_before_a_turn_are_reported_once_by_it)
{
    io_wake(f->io);
    io_wake(f->io);
    TURN_UNTIL_IN(f, 2, f->woken == 1);
    fixture_idle(f);
    cr_expect_eq(f->woken, 1);
    io_wake(f->io);
    TURN_UNTIL_IN(f, 2, f->woken == 2);
}

static void *wake_many(void *arg)
{
    for (int i = 0; i < 20000; i++) {
        io_wake(arg);
    }
    return NULL;
}

WITH_IO(no_wake_is_lost_when_threads_race)
{
    pthread_t threads[2];
    unsigned woken;

    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, wake_many, f->io), 0);
    }
    for (int i = 0; i < 1000; i++) {
        fixture_turn(f, 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    fixture_idle(f);
    cr_expect_gt(f->woken, 0);
    woken = f->woken;
    io_wake(f->io);
    TURN_UNTIL_IN(f, 2, f->woken == woken + 1);
}

WITH_IO(counters_count)
{
    const struct io_counters *c;
    uint16_t port;
    int client;

    c = io_counters(f->io);
    cr_expect_eq(c->turns + c->completions + c->accepts + c->receives + c->sends + c->closes, 0);
    f->accept_receives = true;
    (void)fixture_accepting(f, 1, &port);
    client = fixture_client(port);
    fixture_write(client, "x", 1);
    TURN_UNTIL(f, f->users[2].bytes == 1);
    fixture_send(f, f->users[2].fd, "y");
    TURN_UNTIL(f, f->users[2].sents == 1);
    close(client);
    TURN_UNTIL(f, f->users[2].lasts == 1);
    io_close(f->io, f->users[2].fd, false);
    fixture_idle(f);
    cr_expect_eq(c->accepts, 1);
    cr_expect_eq(c->receives, 1);
    cr_expect_eq(c->sends, 1);
    cr_expect_eq(c->closes, 1);
    cr_expect_geq(c->completions, 4);
    cr_expect_geq(c->turns, 3);
    cr_expect_eq(c->starved + c->overflows, 0);
}
