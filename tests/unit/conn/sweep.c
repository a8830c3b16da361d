/* Who is quiet, and who does not read. A pass is what the tests wait for, however long one takes.
 */
#include "conn/sweep.h"

#include "conn/move.h"
#include "conn/output.h"
#include "conn/stream.h"
#include "conn/timer.h"
#include "support/loop_fixture.h"

#include <stdlib.h>
#include <unistd.h>

/* A unix socket has room again when three quarters of its buffer are free, and a piece of it, at
 * most 36 KB, is free once it has been read whole. */
enum {
    SNDBUF = 200000 /* the kernel doubles it */,
    MUCH = 8 << 20,
    STEP = 40000,
    STEPS = 3,
    HASTY_MS = 40,
    PART_MS = 10,
    LONG_MS = 600000
};

static const struct registry registry = {
    .protocols = {{{.size = sizeof(struct shunt_protocol), .token = "bench"}, 0}},
    .protocol_count = 1};
static char much[MUCH];
static uint64_t clock_now_ms;

static uint64_t fake_clock_ms(void)
{
    return clock_now_ms;
}

static struct shunt_worker *table_open(enum io_backend backend, uint32_t write_ms, uint32_t park_ms)
{
    struct loop_options options = loop_options();
    struct shunt_worker *loop;

    options.registry = &registry;
    options.limits.queue_bytes_max = 2 * MUCH;
    options.limits.write_ms = write_ms;
    options.limits.park_ms = park_ms;
    loop = loop_open(backend, &options);
    clock_now_ms = loop->now_ms;
    loop->clock_ms = fake_clock_ms;
    return loop;
}

/* A stream that has more to send than its socket takes; nothing is taken any more. */
static struct conn *blocked(struct shunt_worker *loop, int *far)
{
    struct conn *conn = loop_conn(loop, far);
    int size = SNDBUF;

    conn_attach(conn, 0);
    cr_assert_eq(setsockopt(conn->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size), 0);
    cr_assert_eq(conn_write_borrowed(conn, much, sizeof much, NULL, NULL), SHUNT_AGAIN);
    loop_turn(loop, 5);
    cr_assert_gt(conn_queued(conn), 0);
    return conn;
}

/* Every slot has been looked at once more. */
static void pass(struct shunt_worker *loop)
{
    uint32_t seen = 0, at = loop->write_sweep.at;

    while (seen < (loop->slab.chunk_count << CONN_CHUNK_SHIFT)) {
        uint32_t slots = loop->slab.chunk_count << CONN_CHUNK_SHIFT;

        clock_now_ms += PART_MS;
        loop_turn(loop, 1);
        seen += (loop->write_sweep.at + slots - at) % slots;
        at = loop->write_sweep.at;
    }
}

static size_t read_some(int far, size_t most)
{
    static char bytes[STEP];
    size_t got = 0;

    while (got < most) {
        ssize_t here = recv(far, bytes, most - got < STEP ? most - got : STEP, MSG_DONTWAIT);

        if (here <= 0) {
            break;
        }
        got += (size_t)here;
    }
    return got;
}

BACKEND_TEST(conn_sweep, a_long_park_time_does_not_put_the_write_time_out_off)
{
    struct shunt_worker *loop = table_open(backend, HASTY_MS, LONG_MS);
    uint64_t began;
    int far;

    blocked(loop, &far);
    began = loop->now_ms;
    while (loop->counters.write_timeouts == 0 && clock_now_ms < began + LONG_MS) {
        clock_now_ms += PART_MS;
        loop_turn(loop, 1);
    }
    cr_expect_geq(loop->now_ms - began, HASTY_MS);
    cr_expect_lt(loop->now_ms - began, 1000);
    conn_loop_destroy(loop);
    close(far);
}

BACKEND_TEST(conn_sweep, a_short_write_time_out_parks_no_connection_early)
{
    struct shunt_worker *loop = table_open(backend, HASTY_MS, LONG_MS);
    int far;

    loop_conn(loop, &far);
    for (int i = 0; i < 4; i++) {
        pass(loop);
    }
    cr_expect_eq(loop->counters.parks, 0);
    conn_loop_destroy(loop);
    close(far);
}

/* So little at a time that the socket does not become writable: the kernel takes nothing. */
static void reads_steadily(struct shunt_worker *loop, int far)
{
    pass(loop); /* the first look has nothing to compare with */
    for (int i = 0; i < STEPS; i++) {
        cr_assert_eq(read_some(far, STEP), STEP);
        pass(loop);
        cr_assert_eq(loop->counters.write_timeouts, 0, "after %d steps", i);
    }
}

BACKEND_TEST(conn_sweep, who_reads_steadily_is_not_cut_off_though_the_socket_takes_nothing)
{
    struct shunt_worker *loop = table_open(backend, HASTY_MS, LONG_MS);
    int far;
    struct conn *conn = blocked(loop, &far);
    size_t queued = conn_queued(conn);

    reads_steadily(loop, far);
    cr_expect_eq(conn_queued(conn), queued, "the socket took some: the test shows nothing");
    pass(loop); /* now it has stopped reading */
    cr_expect_eq(loop->counters.write_timeouts, 1);
    conn_loop_destroy(loop);
    close(far);
}

static void takes(void *arg, int fd, const uint8_t *bytes, size_t len, bool end)
{
    (void)bytes, (void)len, (void)end;
    *(int *)arg = fd;
}

BACKEND_TEST(conn_sweep, a_move_goes_on_as_long_as_the_peer_reads_and_ends_when_it_stops)
{
    for (int stops = 0; stops <= 1; stops++) {
        struct shunt_worker *loop = table_open(backend, HASTY_MS, LONG_MS);
        int far, taken = -2;
        struct conn *conn = blocked(loop, &far);
        size_t left = sizeof much;

        conn_timer(conn, 1); /* the owner's timer does not run any more */
        cr_assert_eq(conn_take_fd(conn, takes, &taken), SHUNT_OK);
        conn_timer(conn, 1);
        reads_steadily(loop, far);
        cr_assert_eq(taken, -2);
        left -= STEPS * (size_t)STEP;
        for (int i = 0; i < 1000 && taken == -2; i++) {
            left -= stops ? 0 : read_some(far, MUCH);
            clock_now_ms += PART_MS;
            loop_turn(loop, 1);
        }
        cr_assert_neq(taken, -2);
        cr_expect_eq(taken >= 0, !stops);
        cr_expect_eq(loop->counters.write_timeouts, stops ? 1 : 0);
        cr_expect(stops || left - read_some(far, MUCH) == 0, "%zu bytes are missing", left);
        conn_loop_destroy(loop);
        close(far);
        if (taken >= 0) {
            close(taken);
        }
    }
}

/* What was corked has not waited for its peer. */
BACKEND_TEST(conn_sweep, the_write_time_begins_when_the_cork_is_pulled)
{
    struct shunt_worker *loop = table_open(backend, HASTY_MS, LONG_MS);
    int far;
    struct conn *conn = loop_conn(loop, &far);
    uint64_t began;

    conn_cork(conn);
    (void)conn_write_borrowed(conn, much, sizeof much, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        pass(loop);
    }
    began = loop->now_ms;
    conn_uncork(conn);
    cr_expect_eq(conn->queues->progress_ms, began);
    conn_loop_destroy(loop);
    close(far);
}
