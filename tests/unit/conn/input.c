/* Receiving, holding back, and in which order things are given. */
#include "conn/input.h"

#include "conn/close.h"
#include "support/loop_fixture.h"

#include <unistd.h>

WITH_CONN(conn_input, data_and_end_come_as_they_arrive)
{
    loop_write(far, "one");
    loop_turn(loop, 3);
    loop_write(far, "two");
    shutdown(far, SHUT_WR);
    loop_turn(loop, 4);
    cr_expect_str_eq(loop_trace, "opened data(one) data(two) end ");
}

WITH_CONN(conn_input, nothing_comes_while_paused_and_everything_after_it)
{
    conn_pause(conn);
    conn_pause(conn); /* not counted */
    loop_write(far, "one");
    shutdown(far, SHUT_WR);
    loop_turn(loop, 10);
    cr_expect_str_eq(loop_trace, "opened ");
    conn_resume(conn);
    cr_expect_str_eq(loop_trace, "opened ", "never within the call");
    loop_turn(loop, 10);
    cr_expect_str_eq(loop_trace, "opened data(one) end ");
    conn_resume(conn);
    loop_turn(loop, 3);
    cr_expect_str_eq(loop_trace, "opened data(one) end ");
}

static void pauses(struct conn *conn, uint8_t *bytes, size_t len)
{
    (void)bytes, (void)len;
    conn_pause(conn);
}

WITH_CONN(conn_input, what_is_held_is_given_in_order_and_the_end_behind_it)
{
    uint8_t two[] = "two ", three[] = "three ";

    loop_on_data = pauses;
    conn_input(conn, (uint8_t *)two, 0);
    cr_expect_str_eq(loop_trace, "opened ", "no bytes are no data");
    conn_pause(conn);
    conn_input(conn, two, 4);
    conn_input(conn, three, 6);
    conn_input_later(conn, (const uint8_t *)"one ", 4);
    loop_turn(loop, 3);
    cr_expect_str_eq(loop_trace, "opened ");
    loop_write(far, "four");
    shutdown(far, SHUT_WR);
    loop_turn(loop, 3);
    for (int i = 0; i < 4; i++) { /* it pauses at each run */
        conn_resume(conn);
        loop_turn(loop, 5);
    }
    cr_expect_str_eq(loop_trace, "opened data(one two three ) data(four) end ");
}

/* ---- pieces ---- */

enum { RUN = 3 * 4096 + 1000 };

static uint8_t run[RUN], run_got[RUN];
static size_t run_len;
static unsigned run_pieces;

static void run_make(void)
{
    for (size_t i = 0; i < RUN; i++) {
        run[i] = (uint8_t)(i * 7 + i / 256);
    }
    run_len = run_pieces = 0;
}

static void piece_take(struct conn *conn, const uint8_t *bytes, size_t len)
{
    cr_assert_leq(len, 4096);
    cr_assert_leq(run_len + len, RUN);
    cr_expect_eq(conn_loop_of(conn)->data_bytes_max, 4096);
    memcpy(run_got + run_len, bytes, len);
    run_len += len;
    run_pieces++;
}

static void takes_pieces(struct conn *conn, uint8_t *bytes, size_t len)
{
    piece_take(conn, bytes, len);
}

static void takes_a_piece_and_pauses(struct conn *conn, uint8_t *bytes, size_t len)
{
    piece_take(conn, bytes, len);
    conn_pause(conn);
}

/* As when a request in it is followed by what belongs to the next owner. */
static void takes_half_and_gives_the_rest_back(struct conn *conn, uint8_t *bytes, size_t len)
{
    piece_take(conn, bytes, len > 1 ? len / 2 : len);
    conn_input_later(conn, bytes + (len > 1 ? len / 2 : len), len > 1 ? len - len / 2 : 0);
}

BACKEND_TEST(conn_input, data_gets_a_bounded_piece_at_a_time_and_may_pause_at_each)
{
    static const struct {
        const char *why;
        void (*data)(struct conn *conn, uint8_t *bytes, size_t len);
        bool held;
        unsigned pieces;
    } rows[] = {
        {"held and then given at one go", takes_pieces, true, 4},
        {"given at once", takes_pieces, false, 4},
        {"held, and paused at each", takes_a_piece_and_pauses, true, 4},
        {"given, and paused at the first", takes_a_piece_and_pauses, false, 4},
        {"half of each given back", takes_half_and_gives_the_rest_back, true, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_worker *loop = loop_open(backend, NULL);
        int far;
        struct conn *conn = loop_conn(loop, &far);

        run_make();
        loop_on_data = rows[i].data;
        if (rows[i].held) {
            conn_pause(conn);
        }
        conn_input(conn, run, RUN);
        for (int turn = 0; turn < 1000 && run_len < RUN; turn++) {
            unsigned before = run_pieces;

            conn_resume(conn);
            loop_turn(loop, 1);
            cr_expect(rows[i].data != takes_a_piece_and_pauses || run_pieces == before + 1, "%s",
                      rows[i].why);
        }
        cr_expect_eq(run_len, RUN, "%s", rows[i].why);
        cr_expect_eq(memcmp(run, run_got, RUN), 0, "%s", rows[i].why);
        cr_expect(rows[i].pieces == 0 || rows[i].pieces == run_pieces, "%s: %u pieces", rows[i].why,
                  run_pieces);
        conn_resume(conn);
        loop_turn(loop, 2);
        cr_expect_null(conn->queues, "%s: nothing is held any more", rows[i].why);
        conn_loop_destroy(loop);
        close(far);
    }
}

WITH_CONN(conn_input, what_is_given_later_comes_at_the_end_of_the_turn_before_what_arrives)
{
    loop_write(far, "two");
    conn_input_later(conn, (const uint8_t *)"one ", 4);
    cr_expect_str_eq(loop_trace, "opened ");
    loop_turn(loop, 5);
    cr_expect(strcmp(loop_trace, "opened data(one ) data(two) ") == 0 ||
                  strcmp(loop_trace, "opened data(one two) ") == 0,
              "%s", loop_trace);
}

WITH_CONN(conn_input, an_end_that_is_given_later_comes_at_the_end_of_the_turn)
{
    conn_end_later(conn);
    cr_expect_str_eq(loop_trace, "opened ", "never within the call");
    loop_turn(loop, 3);
    cr_expect_str_eq(loop_trace, "opened end ");
}

WITH_CONN(conn_input, who_closes_gets_neither_bytes_nor_the_end_later)
{
    conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    conn_input_later(conn, (const uint8_t *)"late", 4);
    conn_end_later(conn);
    close(far);
    loop_turn(loop, 5);
    cr_expect_null(strstr(loop_trace, "late"), "%s", loop_trace);
    cr_expect_null(strstr(loop_trace, "end"), "%s", loop_trace);
}

/* ---- parking ---- */

enum { PARK_MS = 1000 };

static uint64_t park_clock_ms;

static uint64_t fake_clock_ms(void)
{
    return park_clock_ms;
}

static struct shunt_worker *parking_table(enum io_backend backend)
{
    struct loop_options options = loop_options();
    struct shunt_worker *loop;

    options.limits.park_ms = PARK_MS;
    loop = loop_open(backend, &options);
    park_clock_ms = loop->now_ms;
    loop->clock_ms = fake_clock_ms;
    return loop;
}

/* At least a pass of the sweep, and less than two. */
static void pass(struct shunt_worker *loop)
{
    for (unsigned i = 0; i < 20; i++) {
        park_clock_ms += PARK_MS / 16;
        loop_turn(loop, 1);
    }
}

static void park(struct shunt_worker *loop)
{
    pass(loop);
    pass(loop);
    loop_turn(loop, 3);
    cr_assert_eq(loop->counters.parks, loop->counters.unparks + 1);
}

BACKEND_TEST(conn_input, a_quiet_connection_is_parked_and_wakes_for_data_and_end)
{
    struct shunt_worker *loop = parking_table(backend);
    int far;

    loop_conn(loop, &far);
    park(loop);
    loop_write(far, "one");
    loop_turn(loop, 5);
    cr_expect_str_eq(loop_trace, "opened data(one) ");
    pass(loop);
    shutdown(far, SHUT_WR);
    loop_turn(loop, 5);
    cr_expect_str_eq(loop_trace, "opened data(one) end ");
    conn_loop_destroy(loop);
    close(far);
}

BACKEND_TEST(conn_input, what_comes_now_and_then_leaves_a_connection_parked)
{
    struct shunt_worker *loop = parking_table(backend);
    int far;

    loop_conn(loop, &far);
    park(loop);
    for (unsigned i = 0; i < 3; i++) {
        loop_write(far, "pong");
        loop_turn(loop, 5);
        pass(loop);
    }
    cr_expect_str_eq(loop_trace, "opened data(pong) data(pong) data(pong) ");
    cr_expect_eq(loop->counters.parks, 1);
    cr_expect_eq(loop->counters.unparks, 0);
    conn_loop_destroy(loop);
    close(far);
}

BACKEND_TEST(conn_input, what_comes_twice_within_a_pass_unparks_a_connection)
{
    struct shunt_worker *loop = parking_table(backend);
    int far;

    loop_conn(loop, &far);
    park(loop);
    for (unsigned i = 0; i < 3; i++) {
        loop_write(far, "talk");
        loop_turn(loop, 5);
    }
    cr_expect_str_eq(loop_trace, "opened data(talk) data(talk) data(talk) ");
    cr_expect_eq(loop->counters.unparks, 1);
    park(loop); /* and is parked anew */
    conn_loop_destroy(loop);
    close(far);
}

BACKEND_TEST(conn_input, what_is_longer_than_a_buffer_unparks_a_connection_and_comes_whole)
{
    struct shunt_worker *loop = parking_table(backend);
    int far;

    run_make();
    loop_conn(loop, &far);
    park(loop);
    loop_on_data = takes_pieces;
    cr_assert_eq(send(far, run, RUN, MSG_NOSIGNAL), RUN);
    loop_turn(loop, 10);
    cr_expect_eq(run_len, RUN);
    cr_expect_eq(memcmp(run, run_got, RUN), 0);
    cr_expect_eq(loop->counters.unparks, 1);
    conn_loop_destroy(loop);
    close(far);
}

BACKEND_TEST(conn_input, a_parked_connection_may_pause_and_resume)
{
    struct shunt_worker *loop = parking_table(backend);
    int far;
    struct conn *conn = loop_conn(loop, &far);

    loop_on_data = pauses;
    park(loop);
    loop_write(far, "one");
    loop_turn(loop, 5);
    loop_write(far, "two");
    loop_turn(loop, 5);
    cr_expect_str_eq(loop_trace, "opened data(one) ");
    conn_resume(conn);
    loop_turn(loop, 5);
    conn_resume(conn);
    conn_pause(conn);
    conn_resume(conn);
    shutdown(far, SHUT_WR);
    loop_turn(loop, 5);
    cr_expect_str_eq(loop_trace, "opened data(one) data(two) end ");
    conn_loop_destroy(loop);
    close(far);
}
