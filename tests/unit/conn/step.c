/* What the step decides, without a socket: io is a script, and the trace has what io is asked for
 * beside how the owner is notified. */
#include "conn/step.h"

#include "conn/close.h"
#include "conn/input.h"
#include "conn/loop.h"
#include "conn/move.h"
#include "conn/output.h"
#include "conn/queues.h"
#include "conn/stream.h"
#include "support/loop_fixture.h"
#include "unit/conn/io_script.h"

#include <errno.h>

/* ---- a loop over it ---- */

static const struct registry registry = {
    .protocols = {{{.size = sizeof(struct shunt_protocol), .token = "test"}, 0}},
    .protocol_count = 1};
enum { FD_FIRST = 1000 };

static struct shunt_worker *loop;
static struct conn *conns[2];

static void script_open(void)
{
    const struct io_options io = {.create = io_script_create, .descriptors_max = IO_SCRIPT_FDS_MAX};
    struct loop_options o = loop_options();

    o.limits.queue_low_bytes = 4;
    o.limits.queue_high_bytes = 8;
    cr_assert_eq(conn_loop_create(&io, &o.limits, &registry, &loop_owner, NULL, &loop, NULL),
                 SHUNT_OK);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(io_add(loop->io, FD_FIRST + i, 0), SHUNT_OK);
        conns[i] = conn_open(loop, FD_FIRST + i);
        cr_assert_not_null(conns[i]);
    }
}

static void turn(void)
{
    loop_trace[0] = '\0';
    cr_assert_eq(conn_loop_turn(loop, 0), SHUNT_OK);
}

static void comes(const struct conn *conn, const char *bytes)
{
    io_script_add(
        (struct io_script_event){IO_SCRIPT_RECEIVED, conn->fd, (int)strlen(bytes), true, bytes});
}

static void ends(const struct conn *conn, int result)
{
    io_script_add((struct io_script_event){IO_SCRIPT_RECEIVED, conn->fd, result, false, NULL});
}

static void sent(const struct conn *conn, int result)
{
    io_script_add((struct io_script_event){IO_SCRIPT_SENT, conn->fd, result, false, NULL});
}

/* Is the trace of this turn so? */
#define TURN(...)                                                                                  \
    do {                                                                                           \
        turn();                                                                                    \
        cr_expect_str_eq(loop_trace, __VA_ARGS__);                                                 \
    } while (0)

static void setup(void)
{
    script_open();
    turn();
}

static void teardown(void)
{
    loop_on_data = NULL;
    loop_on_drained = NULL;
    loop_on_closed = NULL;
    io_script_cancel_sends();
    conn_loop_destroy(loop);
}

TestSuite(conn_step, .init = setup, .fini = teardown, .timeout = 30);

Test(conn_step, arms_the_receive_of_a_new_connection)
{
    cr_expect_str_eq(loop_trace, "RECEIVE RECEIVE ");
    TURN("");
}

/* ---- data and output ---- */

static void writes_to_both(struct conn *conn, uint8_t *bytes, size_t len)
{
    (void)bytes, (void)len;
    for (int i = 0; i < 2; i++) {
        (void)conn_write(conn, "x", 1);
        (void)conn_write(conns[0], "y", 1);
    }
}

Test(conn_step, sends_in_the_turn_and_at_one_go_what_is_written_in_it)
{
    loop_on_data = writes_to_both;
    comes(conns[1], "a");
    TURN("data(a) SEND(xx) SEND(yy) ");
}

static void writes_y(struct conn *conn)
{
    if (conn != conns[0]) {
        (void)conn_write(conns[0], "y", 1);
    }
}

Test(conn_step, sends_at_one_go_what_a_closed_callback_writes_to_one_that_was_written_to)
{
    loop_on_closed = writes_y;
    (void)conn_write(conns[0], "x", 1);
    conn_close(conns[1], SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_SERVER);
    TURN("closed(3) SEND(xy) RESET ");
}

Test(conn_step, has_one_send_in_flight_and_waits_for_a_cork)
{
    (void)conn_write(conns[0], "one", 3);
    TURN("SEND(one) ");
    (void)conn_write(conns[0], "two", 3);
    TURN("");
    sent(conns[0], 2);
    TURN("SEND(etwo) ");
    conn_cork(conns[0]);
    sent(conns[0], 4);
    (void)conn_write(conns[0], "six", 3);
    TURN("");
    conn_uncork(conns[0]);
    TURN("SEND(six) ");
    sent(conns[0], 3);
    TURN("");
    cr_expect_null(conns[0]->queues);
}

Test(conn_step, notifies_that_the_output_has_drained_once_and_not_while_closing)
{
    for (int closing = 0; closing <= 1; closing++) {
        cr_expect_eq(conn_write(conns[closing], "123456789", 9), SHUNT_AGAIN);
        TURN("SEND(123456789) ");
        sent(conns[closing], 2);
        TURN("SEND(3456789) ");
        if (closing) {
            conn_close(conns[closing], SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
        }
        sent(conns[closing], 3);
        TURN(closing ? "closed(3) SEND(6789) " : "drained SEND(6789) ");
        sent(conns[closing], 4);
        TURN(closing ? "SHUT " : "");
    }
}

/* ---- pause, hold, end ---- */

Test(conn_step, cancels_nothing_where_a_pause_is_over_by_the_end_of_the_turn)
{
    conn_pause(conns[0]);
    conn_resume(conns[0]);
    TURN("");
}

Test(conn_step, gives_what_was_held_and_then_the_end)
{
    conn_pause(conns[0]);
    TURN("CANCEL ");
    comes(conns[0], "a");
    ends(conns[0], -ECANCELED);
    TURN("");
    conn_resume(conns[0]);
    TURN("data(a) RECEIVE ");
    conn_pause(conns[0]);
    comes(conns[0], "b");
    ends(conns[0], 0);
    TURN("");
    conn_resume(conns[0]);
    TURN("data(b) end ");
    TURN("");
}

Test(conn_step, receives_again_when_a_cancel_was_under_way_at_the_resume)
{
    conn_pause(conns[0]);
    TURN("CANCEL ");
    conn_resume(conns[0]);
    TURN("");
    ends(conns[0], -ECANCELED);
    TURN("RECEIVE ");
}

static unsigned calls;

static void gives_all_back(struct conn *conn, uint8_t *bytes, size_t len)
{
    calls++;
    conn_input_later(conn, bytes, len);
}

Test(conn_step, lets_the_turn_end_when_an_owner_asks_for_more_without_end)
{
    calls = 0;
    loop_on_data = gives_all_back;
    comes(conns[0], "a");
    turn();
    cr_expect_lt(calls, 20);
    loop_on_data = NULL;
    TURN("data(a) ");
}

/* ---- closing ---- */

Test(conn_step, ends_a_connection_as_its_closing_asks)
{
    static const struct {
        const char *why;
        enum shunt_close_mode mode;
        bool queued, peer_ended;
        const char *first, *sent, *ended;
    } rows[] = {
        {"nothing to send", SHUNT_CLOSE_GRACEFUL, false, false, "closed(3) SHUT ", NULL, "CLOSE "},
        {"the peer has ended", SHUNT_CLOSE_GRACEFUL, false, true, "closed(3) CLOSE ", NULL, NULL},
        {"something to send", SHUNT_CLOSE_GRACEFUL, true, false, "closed(3) SEND(x) ", "SHUT ",
         "CLOSE "},
        {"that, and the peer has ended", SHUNT_CLOSE_GRACEFUL, true, true, "closed(3) SEND(x) ",
         "CLOSE ", NULL},
        {"at once", SHUNT_CLOSE_NOW, false, false, "closed(3) RESET ", NULL, NULL},
        {"at once with output", SHUNT_CLOSE_NOW, true, false, "closed(3) RESET ", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct conn *conn;

        cr_assert_eq(io_add(loop->io, FD_FIRST + 2, 0), SHUNT_OK);
        conn = conn_open(loop, FD_FIRST + 2);
        cr_assert_not_null(conn);
        TURN("RECEIVE ");
        if (rows[i].peer_ended) {
            ends(conn, 0);
            TURN("end ");
        }
        if (rows[i].queued) {
            (void)conn_write(conn, "x", 1);
        }
        conn_close(conn, rows[i].mode, SHUNT_CLOSED_BY_SERVER);
        turn();
        cr_expect_str_eq(loop_trace, rows[i].first, "%s: %s", rows[i].why, loop_trace);
        if (rows[i].sent) {
            sent(conn, 1);
            turn();
            cr_expect_str_eq(loop_trace, rows[i].sent, "%s: %s", rows[i].why, loop_trace);
        }
        if (rows[i].ended) {
            cr_expect_eq(loop->slab.live, 3, "%s", rows[i].why);
            ends(conn, 0);
            turn();
            cr_expect_str_eq(loop_trace, rows[i].ended, "%s: %s", rows[i].why, loop_trace);
        }
        cr_expect_eq(loop->slab.live, 2, "%s", rows[i].why);
    }
}

Test(conn_step, keeps_the_slot_until_io_needs_its_bytes_no_longer)
{
    (void)conn_write(conns[0], "x", 1);
    TURN("SEND(x) ");
    conn_close(conns[0], SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_SERVER);
    TURN("closed(3) RESET ");
    cr_expect_eq(loop->slab.live, 2);
    cr_expect_lt(conns[0]->fd, 0);
    io_script_add((struct io_script_event){IO_SCRIPT_SENT, FD_FIRST, -ECANCELED, false, NULL});
    TURN("");
    cr_expect_eq(loop->slab.live, 1);
}

static void closes_the_first(struct conn *conn)
{
    (void)conn;
    conn_close(conns[0], SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_PROTOCOL);
}

Test(conn_step, notifies_one_that_is_closed_when_its_first_half_has_passed_before_it_is_reset)
{
    loop_on_closed = closes_the_first;
    (void)conn_write(conns[0], "x", 1); /* the first on the list */
    conn_close(conns[1], SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_SERVER);
    TURN("closed(3) RESET closed(0) RESET ");
    cr_expect_eq(loop->slab.live, 0);
}

Test(conn_step, takes_a_failure_for_the_end_and_sends_no_reset_on_a_dead_socket)
{
    ends(conns[0], -ECONNRESET);
    TURN("closed(2) CLOSE ");
    ends(conns[1], -EIO);
    TURN("closed(2) RESET ");
}

static uint64_t fake_now_ms;

static uint64_t fake_clock_ms(void)
{
    return fake_now_ms;
}

Test(conn_step, ends_a_lingering_connection_when_its_time_is_over_and_counts_it)
{
    fake_now_ms = loop->now_ms;
    loop->clock_ms = fake_clock_ms;
    conn_close(conns[0], SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    TURN("closed(3) SHUT ");
    fake_now_ms += loop->limits.close_ms / 2;
    TURN("");
    fake_now_ms += loop->limits.close_ms;
    TURN("CLOSE ");
    cr_expect_eq(loop->counters.close_timeouts, 1);
    cr_expect_eq(loop->slab.live, 1);
}

Test(conn_step, does_not_reset_a_peer_that_has_been_sent_all_and_does_not_read)
{
    conn_close(conns[0], SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    TURN("closed(3) SHUT ");
    conn_close(conns[0], SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_SERVER);
    TURN("CLOSE ");
}

Test(conn_step, keeps_receiving_for_a_connection_that_closes_whatever_its_owner_wants)
{
    conn_close(conns[0], SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    conn_pause(conns[0]);
    TURN("closed(3) SHUT ");
    conn_resume(conns[0]);
    conn_pause(conns[0]);
    comes(conns[0], "dropped");
    TURN("");
    cr_expect_null(conns[0]->queues);
    ends(conns[0], 0);
    TURN("CLOSE ");
}

Test(conn_step, awaits_the_end_of_a_peer_that_was_paused_when_it_closed)
{
    conn_pause(conns[0]);
    TURN("CANCEL ");
    ends(conns[0], -ECANCELED);
    TURN("");
    conn_close(conns[0], SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    TURN("closed(3) SHUT RECEIVE ");
    ends(conns[0], 0);
    TURN("CLOSE ");
}

static void marks_it(void *arg)
{
    conn_mark(arg);
}

Test(conn_step, survives_a_slot_that_is_freed_while_it_is_marked)
{
    struct conn *conn = conns[0];

    (void)conn_write_borrowed(conn, "x", 1, marks_it, conn);
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_SERVER);
    turn();
    cr_expect_eq(conn->state, CONN_FREE);
    cr_assert_eq(io_add(loop->io, FD_FIRST, 0), SHUNT_OK);
    cr_expect_eq(conn_open(loop, FD_FIRST), conn);
    TURN("RECEIVE ");
    cr_expect_eq(loop->slab.dirty_count, 0);
}

/* ---- parking ---- */

Test(conn_step, receives_once_for_a_parked_connection_and_then_polls_again)
{
    conns[0]->flags &= (uint16_t)~CONN_ACTIVE; /* as the sweep does */
    conns[0]->flags |= CONN_PARKED;
    ends(conns[0], -ECANCELED);
    TURN("POLL ");
    io_script_add((struct io_script_event){IO_SCRIPT_READY, FD_FIRST, 0, false, NULL});
    TURN("RECEIVE-ONCE ");
    io_script_add((struct io_script_event){IO_SCRIPT_RECEIVED, FD_FIRST, 1, false, "a"});
    TURN("data(a) POLL ");
    io_script_add((struct io_script_event){IO_SCRIPT_READY, FD_FIRST, 0, false, NULL});
    TURN("RECEIVE ");
}

/* ---- moving ---- */

static void taken(void *arg, int fd, const uint8_t *bytes, size_t len, bool end)
{
    (void)arg;
    io_script_trace("taken(%d, %.*s%s) ", fd, (int)len, (const char *)bytes, end ? ", end" : "");
}

Test(conn_step, hands_over_when_both_directions_have_come_to_rest)
{
    conn_attach(conns[0], 0);
    (void)conn_write(conns[0], "x", 1);
    TURN("SEND(x) ");
    cr_assert_eq(conn_take_fd(conns[0], taken, NULL), SHUNT_OK);
    TURN("CANCEL ");
    comes(conns[0], "a");
    TURN("");
    sent(conns[0], 1);
    TURN("");
    comes(conns[0], "b");
    ends(conns[0], -ECANCELED);
    TURN("RELEASE taken(1000, ab) ");
    cr_expect_eq(loop->slab.live, 1);
}

Test(conn_step, hands_over_nothing_of_a_connection_that_died)
{
    conn_attach(conns[0], 0);
    cr_assert_eq(conn_take_fd(conns[0], taken, NULL), SHUNT_OK);
    TURN("CANCEL ");
    ends(conns[0], -ECONNRESET);
    TURN("taken(-1, , end) CLOSE ");
}

/* ---- the table of states ---- */
