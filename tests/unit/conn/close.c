/* How connections end: who is told, when, and what the peer sees. */
#include "conn/close.h"

#include "conn/output.h"
#include "support/bench_table.h"

#include <unistd.h>

static struct conn *victim;

static void closes_the_other(struct conn *conn, uint8_t *bytes, size_t len)
{
    (void)conn, (void)bytes, (void)len;
    conn_close(victim, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_PROTOCOL);
    conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    cr_expect_null(strstr(bench_trace, "closed"), "never within the call");
}

BENCH_TEST(conn_close, whoever_closes_is_told_once_at_the_end_of_the_turn_and_hears_no_more)
{
    struct conn_table *table = bench_table_open(backend, NULL);
    int far[2], end;
    struct conn *first = bench_conn(table, &far[0]);

    victim = bench_conn(table, &far[1]);
    bench_on_data = closes_the_other;
    bench_write(far[0], "x");
    bench_turn(table, 3);
    cr_expect_str_eq(bench_trace, "opened opened data(x) closed(0) closed(0) ");
    bench_write(far[0], "late");
    bench_turn(table, 3);
    cr_expect_str_eq(bench_trace, "opened opened data(x) closed(0) closed(0) ");
    (void)bench_read(table, far[0], &end);
    cr_expect_eq(end, 1);
    cr_expect_eq(table->live, 1, "it waits for the peer's end");
    cr_expect_eq(first->state, CONN_CLOSING);
    close(far[0]);
    bench_turn(table, 4);
    cr_expect_eq(table->live, 0);
    conn_table_destroy(table);
    close(far[1]);
}

BENCH_TEST(conn_close, a_graceful_close_sends_all_that_is_queued)
{
    static char much[900000 + 1];
    struct conn_table *table = bench_table_open(backend, NULL);
    int far, end;
    struct conn *conn = bench_conn(table, &far);

    memset(much, 'm', sizeof much - 1);
    cr_expect_eq(conn_write(conn, much, sizeof much - 1), SHUNT_AGAIN);
    conn_cork(conn);
    conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    cr_expect_eq(strlen(bench_read(table, far, &end)), sizeof much - 1);
    cr_expect_eq(end, 1);
    cr_expect_str_eq(bench_trace, "opened closed(3) ");
    conn_table_destroy(table);
    close(far);
}
