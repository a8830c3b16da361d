/* What is queued, what goes out, and when the owner is notified. */
#include "conn/output.h"

#include "support/loop_fixture.h"

#include <stdlib.h>
#include <unistd.h>

static unsigned released;

static void release(void *arg)
{
    *(unsigned *)arg += 1;
}

WITH_CONN(conn_output, what_is_written_in_one_turn_goes_out_in_order_and_in_one_send)
{
    char *room;

    cr_expect_eq(conn_write(conn, "one ", 4), SHUNT_OK);
    cr_expect_eq(conn_write_borrowed(conn, "two ", 4, release, &released), SHUNT_OK);
    room = conn_write_reserve(conn, 100);
    cr_assert_not_null(room);
    memcpy(room, "three", 5);
    cr_expect_eq(conn_write_commit(conn, 5), SHUNT_OK);
    cr_expect_eq(conn_queued(conn), 13);
    cr_expect_eq(released, 0);
    cr_expect_str_eq(loop_read(loop, far, NULL), "one two three");
    cr_expect_eq(io_counters(loop->io)->sends, 1);
    cr_expect_eq(released, 1);
    cr_expect_eq(conn_queued(conn), 0);
    cr_expect_null(conn->queues, "an idle connection has its slot and nothing else");
}

WITH_CONN(conn_output, more_pieces_than_a_send_takes_go_out_in_order)
{
    static char want[IO_SEND_PARTS * 20 * 2 + 1];

    for (unsigned i = 0; i < IO_SEND_PARTS * 5; i++) {
        cr_expect_eq(conn_write_borrowed(conn, "abcd", 4, release, &released), SHUNT_OK);
        cr_expect_eq(conn_write(conn, "efgh", 4), SHUNT_OK);
        memcpy(want + i * 8, "abcdefgh", 8);
    }
    cr_expect_str_eq(loop_read(loop, far, NULL), want);
    cr_expect_eq(released, IO_SEND_PARTS * 5);
}

BACKEND_TEST(conn_output, empty_writes_are_done_at_once)
{
    struct shunt_worker *loop = loop_open(backend, NULL);
    int far;
    struct conn *conn = loop_conn(loop, &far);

    cr_expect_eq(conn_write(conn, "", 0), SHUNT_OK);
    cr_expect_eq(conn_write_borrowed(conn, "", 0, release, &released), SHUNT_OK);
    cr_expect_eq(released, 1);
    loop_turn(loop, 2);
    cr_expect_null(conn->queues);
    conn_loop_destroy(loop);
    cr_expect_eq(released, 1);
    close(far);
}

static void traces_queued(struct conn *conn)
{
    cr_expect_leq(conn_queued(conn), 1000);
}

WITH_CONN(conn_output, drained_comes_once_when_the_queue_falls_to_low_after_it_passed_high)
{
    static char much[3 << 20];

    loop_on_drained = traces_queued;
    cr_expect_eq(conn_set_marks(conn, 5, 5), SHUNT_EINVAL);
    cr_expect_eq(conn_set_marks(conn, 5, (4 << 20) + 1), SHUNT_EINVAL);
    cr_expect_eq(conn_set_marks(conn, 1000, 2000), SHUNT_OK);
    cr_expect_eq(conn_write(conn, much, 2000), SHUNT_OK, "high itself is not above");
    cr_expect_eq(conn_write(conn, "x", 1), SHUNT_AGAIN, "queued, and above");
    cr_expect_eq(conn_write(conn, much, sizeof much), SHUNT_AGAIN);
    loop_turn(loop, 5);
    cr_expect_str_eq(loop_trace, "opened ", "the peer has not read");
    for (size_t left = sizeof much + 2001; left > 0;) {
        ssize_t got = read(far, much, sizeof much);

        left -= got > 0 ? (size_t)got : 0;
        loop_turn(loop, 1);
    }
    loop_turn(loop, 5);
    cr_expect_str_eq(loop_trace, "opened drained ");
    cr_expect_eq(conn_write(conn, "x", 1), SHUNT_OK);
}

BACKEND_TEST(conn_output, what_does_not_fit_closes_and_is_counted_and_what_is_borrowed_comes_back)
{
    struct loop_options options = loop_options();
    struct shunt_worker *loop;
    struct conn *conn;
    int far, end;

    options.limits.queue_bytes_max = 1000;
    options.limits.queue_high_bytes = 900;
    loop = loop_open(backend, &options);
    conn = loop_conn(loop, &far);
    cr_expect_eq(conn_write_borrowed(conn, loop_trace, 1000, release, &released), SHUNT_AGAIN);
    cr_expect_eq(conn_write_borrowed(conn, "x", 1, release, &released), SHUNT_EFULL);
    cr_expect_eq(released, 1);
    cr_expect_eq(conn_write(conn, "x", 1), SHUNT_ESTATE);
    cr_expect_null(conn_write_reserve(conn, 1));
    cr_expect_eq(conn_write_borrowed(conn, "x", 1, release, &released), SHUNT_ESTATE);
    cr_expect_eq(released, 2);
    cr_expect_eq(loop->counters.queue_overflows, 1);
    cr_expect_str_eq(loop_read(loop, far, &end), "");
    cr_expect_neq(end, 0);
    cr_expect_eq(released, 3);
    cr_expect_str_eq(loop_trace, "opened closed(4) ");
    conn_loop_destroy(loop);
    close(far);
}

WITH_CONN(conn_output, what_an_owner_did_not_write_is_counted_and_closes_nothing)
{
    conn_queue_refused(conn, (size_t)1 << 30);
    cr_expect_eq(loop->counters.queue_overflows, 1);
    cr_expect_eq(conn_write(conn, "open", 4), SHUNT_OK);
    cr_expect_str_eq(loop_read(loop, far, NULL), "open");
}

WITH_CONN(conn_output, a_cork_holds_until_uncork)
{
    conn_cork(conn);
    cr_expect_eq(conn_write(conn, "one ", 4), SHUNT_OK);
    cr_expect_str_eq(loop_read(loop, far, NULL), "");
    cr_expect_eq(conn_write(conn, "two", 3), SHUNT_OK);
    conn_uncork(conn);
    cr_expect_str_eq(loop_read(loop, far, NULL), "one two");
}

/* A plugin's worker_stop follows, so nothing of its own may be called back later. */
BACKEND_TEST(conn_output, closing_the_table_releases_what_is_borrowed_also_of_a_send_in_flight)
{
    static uint8_t much[4 << 20];
    struct shunt_worker *loop = loop_open(backend, NULL);
    int far;
    struct conn *conn = loop_conn(loop, &far);

    cr_expect_eq(conn_write_borrowed(conn, much, sizeof much, release, &released), SHUNT_AGAIN);
    loop_turn(loop, 3);
    cr_expect_eq(released, 0, "the peer does not read");
    conn_loop_close(loop);
    cr_expect_eq(released, 1);
    cr_expect_eq(loop->slab.live, 0);
    conn_loop_destroy(loop);
    cr_expect_eq(released, 1);
    close(far);
}

/* Sanitizers have allocators that end the process for a size that cannot be had. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
WITH_CONN(conn_output, output_that_the_system_has_no_memory_for_ends_the_connection_and_counts)
{
    cr_expect_null(conn_write_reserve(conn, SIZE_MAX / 2));
    cr_expect_eq(conn->state, CONN_CLOSING);
    cr_expect_eq(loop->counters.allocation_failures, 1);
    cr_expect_eq(loop->counters.queue_overflows, 0);
    loop_turn(loop, 2);
}
#endif

BACKEND_TEST(conn_output, marks_may_be_as_high_as_the_queue_and_low_is_below_high)
{
    struct loop_options options = loop_options();
    struct shunt_worker *loop;
    struct conn *conn;
    int far;

    options.limits.queue_bytes_max = 1000;
    options.limits.queue_high_bytes = 900;
    loop = loop_open(backend, &options);
    conn = loop_conn(loop, &far);
    cr_expect_eq(conn_set_marks(conn, 10, 1000), SHUNT_OK);
    cr_expect_eq(conn_set_marks(conn, 10, 1001), SHUNT_EINVAL);
    cr_expect_eq(conn_set_marks(conn, 10, 10), SHUNT_EINVAL);
    cr_expect_eq(conn_set_marks(conn, 9, 10), SHUNT_OK);
    cr_expect_eq(conn_write(conn, loop_trace, 10), SHUNT_OK, "at the mark is not above it");
    cr_expect_eq(conn_write(conn, loop_trace, 1), SHUNT_AGAIN);
    conn_loop_destroy(loop);
    close(far);
}
