/* The budget: what is counted, what comes back, and who is refused first. */
#include "conn/memory.h"

#include "conn/close.h"
#include "conn/input.h"
#include "conn/output.h"
#include "support/loop_fixture.h"

#include <unistd.h>

enum { BUDGET = 1 << 20 };

static uint8_t much[BUDGET];
static uint64_t now_ms = 1000;

static uint64_t clock_of_the_test(void)
{
    return now_ms;
}

static struct shunt_worker *budget_open(enum io_backend backend)
{
    struct loop_options options = loop_options();
    struct shunt_worker *loop;

    options.limits.memory_bytes_max = BUDGET;
    loop = loop_open(backend, &options);
    loop->clock_ms = clock_of_the_test;
    return loop;
}

BACKEND_TEST(conn_memory, what_is_queued_is_counted_and_comes_back)
{
    struct shunt_worker *loop = budget_open(backend);
    int far;
    struct conn *conn = loop_conn(loop, &far);

    cr_expect_eq(loop->memory.used, 0);
    cr_expect_eq(conn_write(conn, much, 10), SHUNT_OK);
    cr_expect_gt(loop->memory.used, 10);
    cr_expect_leq(loop->memory.used, 1024, "a small segment");
    cr_expect_eq(conn_write(conn, much, 100000), SHUNT_OK);
    cr_expect_gt(loop->memory.used, 100000);
    cr_expect_eq(conn_write_borrowed(conn, much, sizeof much / 2, NULL, NULL), SHUNT_AGAIN);
    cr_expect_lt(loop->memory.used, 110000, "what is lent is not ours");
    loop_read(loop, far, NULL);
    cr_expect_eq(loop->memory.used, 0);
    conn_loop_destroy(loop);
    close(far);
}

BACKEND_TEST(conn_memory, what_is_held_back_is_counted_and_comes_back)
{
    struct shunt_worker *loop = budget_open(backend);
    int far;
    struct conn *conn = loop_conn(loop, &far);

    conn_pause(conn);
    conn_input(conn, much, 1000);
    cr_expect_geq(loop->memory.used, 1000);
    conn_resume(conn);
    loop_turn(loop, 1);
    cr_expect_eq(loop->memory.used, 0);
    conn_pause(conn);
    conn_input(conn, much, 1000);
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_SERVER);
    loop_turn(loop, 1);
    cr_expect_eq(loop->memory.used, 0);
    conn_loop_destroy(loop);
    close(far);
}

BACKEND_TEST(conn_memory, above_three_quarters_no_input_is_held_back_and_output_goes_on)
{
    struct shunt_worker *loop = budget_open(backend);
    int far[2];
    struct conn *conns[2] = {loop_conn(loop, &far[0]), loop_conn(loop, &far[1])};

    conn_cork(conns[0]);
    cr_expect_eq(conn_write(conns[0], much, BUDGET / 4 * 3), SHUNT_AGAIN);
    conn_pause(conns[1]);
    conn_input(conns[1], much, 1000);
    cr_expect_eq(conns[1]->state, CONN_CLOSING);
    cr_expect_eq(loop->counters.memory_held, 1);
    cr_expect_eq(loop->counters.held_failures, 1);
    cr_expect_eq(conn_write(conns[0], much, 1000), SHUNT_AGAIN);
    conn_loop_destroy(loop);
    close(far[0]);
    close(far[1]);
}

BACKEND_TEST(conn_memory, at_the_whole_each_write_is_refused)
{
    struct shunt_worker *loop = budget_open(backend);
    int far[2];
    struct conn *conns[2] = {loop_conn(loop, &far[0]), loop_conn(loop, &far[1])};

    cr_expect_eq(conn_write(conns[0], much, BUDGET - 1000), SHUNT_AGAIN);
    cr_expect_eq(conn_write(conns[1], much, 2000), SHUNT_ENOMEM);
    cr_expect_eq(conns[1]->state, CONN_CLOSING);
    cr_expect_eq(conns[0]->state, CONN_HTTP);
    cr_expect_eq(loop->counters.memory_output, 1);
    conn_loop_destroy(loop);
    close(far[0]);
    close(far[1]);
}
