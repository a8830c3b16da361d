/* Descriptors of a plugin's own on a loop. */
#include "conn/watch.h"

#include "support/loop_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned ran, dropped, seen;

static void watched(struct shunt_worker *worker, int fd, unsigned events, void *arg)
{
    (void)worker, (void)fd, (void)arg;
    ran++;
    seen = events;
}

static void drop(void *arg)
{
    (void)arg;
    dropped++;
}

static shunt_id watch(struct shunt_worker *loop, int fd, unsigned events)
{
    shunt_id id = 0;

    cr_assert_eq(conn_watch(loop, fd, events, watched, drop, NULL, &id), SHUNT_OK);
    cr_assert_neq(id, 0);
    return id;
}

static void pair_open(int fds[2])
{
    ran = dropped = seen = 0;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
}

static void pair_close(const int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

WITH_LOOP(conn_watch, runs_its_task_in_each_turn_as_long_as_there_is_something_to_read)
{
    char byte;
    int fds[2];

    pair_open(fds);
    watch(loop, fds[0], SHUNT_READABLE);
    loop_turn(loop, 3);
    cr_expect_eq(ran, 0);
    loop_write(fds[1], "x");
    loop_turn(loop, 8);
    cr_expect_geq(ran, 3);
    cr_expect_eq(seen, SHUNT_READABLE);
    cr_expect_eq(read(fds[0], &byte, 1), 1);
    loop_turn(loop, 3);
    ran = 0;
    loop_turn(loop, 8);
    cr_expect_eq(ran, 0);
    cr_expect_eq(close(fds[1]), 0);
    fds[1] = -1;
    loop_turn(loop, 4);
    cr_expect_gt(ran, 0, "the end is readable");
    close(fds[0]);
}

WITH_LOOP(conn_watch, wakes_a_turn_that_sleeps)
{
    int fds[2];

    pair_open(fds);
    watch(loop, fds[0], SHUNT_READABLE);
    loop_turn(loop, 1);
    loop_write(fds[1], "x");
    for (int turns = 0; ran == 0 && turns < 1000; turns++) {
        cr_assert_eq(conn_loop_turn(loop, 10000), SHUNT_OK);
    }
    cr_expect_gt(ran, 0);
    pair_close(fds);
}

WITH_LOOP(conn_watch, waits_for_room_to_write_where_it_is_asked_to)
{
    char bytes[4096] = {0};
    int fds[2];

    pair_open(fds);
    while (send(fds[0], bytes, sizeof bytes, MSG_NOSIGNAL) > 0) {
    }
    shunt_id id = watch(loop, fds[0], SHUNT_READABLE | SHUNT_WRITABLE);

    loop_turn(loop, 4);
    cr_expect_eq(ran, 0);
    while (read(fds[1], bytes, sizeof bytes) > 0) {
    }
    loop_turn(loop, 4);
    cr_expect_gt(ran, 0);
    cr_expect_eq(seen, SHUNT_WRITABLE);
    cr_expect_eq(conn_watch_change(loop, id, SHUNT_READABLE), SHUNT_OK);
    loop_turn(loop, 2);
    ran = 0;
    loop_turn(loop, 4);
    cr_expect_eq(ran, 0);
    loop_write(fds[1], "x");
    loop_turn(loop, 4);
    cr_expect_eq(seen, SHUNT_READABLE);
    cr_expect_eq(conn_watch_change(loop, id, 0), SHUNT_OK);
    close(fds[1]);
    loop_turn(loop, 2);
    ran = 0;
    loop_turn(loop, 4);
    cr_expect_eq(ran, 0, "nor is an end looked for");
    cr_expect_eq(conn_watch_change(loop, id, SHUNT_WRITABLE), SHUNT_OK);
    loop_turn(loop, 4);
    cr_expect_eq(seen, SHUNT_WRITABLE, "an error is what is watched for");
    close(fds[0]);
}

static shunt_id other;

static void ends_the_other(struct shunt_worker *worker, int fd, unsigned events, void *arg)
{
    watched(worker, fd, events, arg);
    if (other) {
        cr_expect_eq(conn_unwatch(worker, other), SHUNT_OK);
        cr_expect_eq(conn_unwatch(worker, *(shunt_id *)arg), SHUNT_OK, "and itself");
        other = 0;
    }
}

WITH_LOOP(conn_watch, that_is_ended_by_a_task_of_the_same_turn_does_not_run)
{
    int one[2], two[2];
    shunt_id ids[2];

    pair_open(one);
    pair_open(two);
    cr_assert_eq(conn_watch(loop, one[0], SHUNT_READABLE, ends_the_other, drop, &ids[0], &ids[0]),
                 SHUNT_OK);
    ids[1] = other = watch(loop, two[0], SHUNT_READABLE);
    loop_write(one[1], "x");
    loop_write(two[1], "x");
    loop_turn(loop, 6);
    cr_expect(ran == 1 || ran == 2, "%u: whichever came first, and none behind the end", ran);
    ran = 0;
    loop_turn(loop, 6);
    cr_expect_eq(ran, 0);
    cr_expect_eq(conn_unwatch(loop, ids[1]), SHUNT_ENOTFOUND);
    cr_expect_eq(conn_watch_change(loop, ids[0], SHUNT_READABLE), SHUNT_ENOTFOUND);
    cr_expect_eq(dropped, 0);
    pair_close(one);
    pair_close(two);
}

WITH_LOOP(conn_watch, gives_the_descriptor_back_at_once)
{
    int fds[2];

    pair_open(fds);
    cr_expect_eq(conn_unwatch(loop, watch(loop, fds[0], SHUNT_READABLE)), SHUNT_OK);
    pair_close(fds);
    pair_open(fds); /* the same numbers */
    loop_write(fds[1], "x");
    loop_turn(loop, 4);
    cr_expect_eq(ran, 0);
    watch(loop, fds[0], SHUNT_READABLE);
    loop_turn(loop, 4);
    cr_expect_gt(ran, 0);
    pair_close(fds);
}

WITH_LOOP(conn_watch, is_refused_for_what_cannot_be_polled_and_for_what_is_watched_already)
{
    int fds[2], file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    shunt_id id;

    pair_open(fds);
    cr_expect_eq(conn_watch(loop, file, SHUNT_READABLE, watched, drop, NULL, &id), SHUNT_ESYS);
    cr_expect_eq(errno, EPERM);
    watch(loop, fds[0], SHUNT_READABLE);
    cr_expect_eq(conn_watch(loop, fds[0], SHUNT_READABLE, watched, drop, NULL, &id), SHUNT_ESYS);
    cr_expect_eq(errno, EEXIST);
    cr_expect_eq(loop->watches.handles.live, 1);
    cr_expect_eq(dropped, 0);
    close(file);
    pair_close(fds);
}

WITH_LOOP(conn_watch, is_refused_and_counted_beyond_the_limit_and_dropped_at_the_end)
{
    int fds[100];
    shunt_id id;

    ran = dropped = 0;
    cr_assert_eq(loop->limits.watches_max, sizeof fds / sizeof *fds);
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        fds[i] = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
        watch(loop, fds[i], SHUNT_READABLE);
    }
    cr_expect_eq(conn_watch(loop, fds[0], SHUNT_READABLE, watched, drop, NULL, &id), SHUNT_EFULL);
    cr_expect_eq(loop->counters.watches_refused, 1);
    loop_turn(loop, 8);
    cr_expect_geq(ran, 100, "more than one look finds");
    conn_loop_close(loop);
    cr_expect_eq(dropped, 100);
    ran = 0;
    cr_expect_eq(conn_watch(loop, fds[0], SHUNT_READABLE, watched, drop, NULL, &id), SHUNT_ESTATE);
    loop_turn(loop, 4);
    cr_expect_eq(ran, 0);
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        close(fds[i]);
    }
}
