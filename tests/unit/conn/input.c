/* Receiving, holding back, and in which order things are given. */
#include "conn/input.h"

#include "support/bench_table.h"

#include <unistd.h>

BENCH_TEST(conn_input, data_and_end_come_as_they_arrive)
{
    struct conn_table *table = bench_table_open(backend, NULL);
    int far;

    bench_conn(table, &far);
    bench_write(far, "one");
    bench_turn(table, 3);
    bench_write(far, "two");
    shutdown(far, SHUT_WR);
    bench_turn(table, 4);
    cr_expect_str_eq(bench_trace, "opened data(one) data(two) end ");
    conn_table_destroy(table);
    close(far);
}

BENCH_TEST(conn_input, nothing_comes_while_paused_and_everything_after_it)
{
    struct conn_table *table = bench_table_open(backend, NULL);
    int far;
    struct conn *conn = bench_conn(table, &far);

    conn_pause(conn);
    conn_pause(conn); /* not counted */
    bench_write(far, "one");
    shutdown(far, SHUT_WR);
    bench_turn(table, 10);
    cr_expect_str_eq(bench_trace, "opened ");
    conn_resume(conn);
    cr_expect_str_eq(bench_trace, "opened ", "never within the call");
    bench_turn(table, 10);
    cr_expect_str_eq(bench_trace, "opened data(one) end ");
    conn_resume(conn);
    bench_turn(table, 3);
    cr_expect_str_eq(bench_trace, "opened data(one) end ");
    conn_table_destroy(table);
    close(far);
}

static void pauses(struct conn *conn, uint8_t *bytes, size_t len)
{
    (void)bytes, (void)len;
    conn_pause(conn);
}

BENCH_TEST(conn_input, what_is_held_is_given_in_order_and_the_end_behind_it)
{
    struct conn_table *table = bench_table_open(backend, NULL);
    int far;
    struct conn *conn = bench_conn(table, &far);
    uint8_t two[] = "two ", three[] = "three ";

    bench_on_data = pauses;
    conn_input(conn, (uint8_t *)two, 0);
    cr_expect_str_eq(bench_trace, "opened ", "no bytes are no data");
    conn_pause(conn);
    conn_input(conn, two, 4);
    conn_input(conn, three, 6);
    conn_input_later(conn, (const uint8_t *)"one ", 4);
    bench_turn(table, 3);
    cr_expect_str_eq(bench_trace, "opened ");
    bench_write(far, "four");
    shutdown(far, SHUT_WR);
    bench_turn(table, 3);
    for (int i = 0; i < 4; i++) { /* it pauses at each run */
        conn_resume(conn);
        bench_turn(table, 5);
    }
    cr_expect_str_eq(bench_trace, "opened data(one two three ) data(four) end ");
    conn_table_destroy(table);
    close(far);
}

BENCH_TEST(conn_input, what_is_given_later_comes_at_the_end_of_the_turn_before_what_arrives)
{
    struct conn_table *table = bench_table_open(backend, NULL);
    int far;
    struct conn *conn = bench_conn(table, &far);

    bench_write(far, "two");
    conn_input_later(conn, (const uint8_t *)"one ", 4);
    cr_expect_str_eq(bench_trace, "opened ");
    bench_turn(table, 5);
    cr_expect(strcmp(bench_trace, "opened data(one ) data(two) ") == 0 ||
                  strcmp(bench_trace, "opened data(one two) ") == 0,
              "%s", bench_trace);
    conn_table_destroy(table);
    close(far);
}

BENCH_TEST(conn_input, a_quiet_connection_is_parked_and_wakes_for_data_and_end)
{
    struct bench_options options = bench_options();
    struct conn_table *table;
    int far;

    options.limits.park_ms = 16;
    table = bench_table_open(backend, &options);
    bench_conn(table, &far);
    for (unsigned round = 1; round <= 2; round++) {
        for (int i = 0; i < 2000 && table->counters.parks < round; i++) {
            cr_assert_eq(conn_table_turn(table, 100), SHUNT_OK);
        }
        cr_assert_eq(table->counters.parks, round);
        bench_turn(table, 5);
        if (round == 1) {
            bench_write(far, "one");
        } else {
            shutdown(far, SHUT_WR);
        }
        bench_turn(table, 5);
    }
    cr_expect_str_eq(bench_trace, "opened data(one) end ");
    cr_expect_eq(table->counters.unparks, 2);
    conn_table_destroy(table);
    close(far);
}
