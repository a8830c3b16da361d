/* A connection's timer against a clock that the test moves: never early, however it was armed. */
#include "conn/timer.h"

#include "support/loop_fixture.h"

#include <unistd.h>

enum { TICK_US = 4000, LAG_MS = 5 };

/* The time, and the coarse clock that shows it: behind by up to a tick, in whole milliseconds. */
static uint64_t time_us;

static uint64_t coarse_ms(void)
{
    return time_us / TICK_US * TICK_US / 1000;
}

static struct shunt_worker *table_at(enum io_backend backend, uint64_t us)
{
    struct shunt_worker *loop = loop_open(backend, NULL);

    time_us = us;
    loop->clock_ms = coarse_ms;
    loop->clock_lag_ms = LAG_MS;
    loop_turn(loop, 1);
    return loop;
}

static bool runs_at(struct shunt_worker *loop, uint64_t us)
{
    time_us = us;
    loop_turn(loop, 1);
    return strstr(loop_trace, "timer") != NULL;
}

/* Arms the timer in the midst of a turn that takes long. */
static void arms_late(struct conn *conn, uint8_t *bytes, size_t len)
{
    (void)bytes, (void)len;
    time_us += 500000;
    conn_timer(conn, 100);
}

BACKEND_TEST(conn_timer, counts_from_the_moment_of_arming_not_from_the_beginning_of_the_turn)
{
    const uint64_t start_us = (uint64_t)3600000000u * 1000;
    struct shunt_worker *loop = table_at(backend, start_us);
    int far;

    loop_conn(loop, &far);
    loop_on_data = arms_late;
    loop_write(far, "x");
    while (!strstr(loop_trace, "data")) {
        loop_turn(loop, 1);
    }
    cr_expect(!runs_at(loop, start_us + 600000 - 1), "early: %s", loop_trace);
    cr_expect(runs_at(loop, start_us + 600000 + (LAG_MS + 4) * 1000), "late: %s", loop_trace);
    conn_loop_destroy(loop);
    close(far);
}

BACKEND_TEST(conn_timer, is_never_early_wherever_in_a_tick_it_is_armed)
{
    const uint64_t start_us = (uint64_t)3600000000u * 1000;
    struct shunt_worker *loop = table_at(backend, start_us);
    int far;
    struct conn *conn = loop_conn(loop, &far);
    uint64_t at_us = start_us;

    for (uint32_t ms = 1; ms <= 9; ms++) {
        for (uint64_t within_us = 1; within_us < TICK_US; within_us += 499) {
            uint64_t armed_us = at_us + within_us, ran_us;

            loop_trace[0] = '\0';
            time_us = armed_us;
            conn_timer(conn, ms);
            for (ran_us = armed_us; !runs_at(loop, ran_us); ran_us += 100) {
                cr_assert_leq(ran_us - armed_us, (ms + LAG_MS + 5) * 1000, "%u ms: late", ms);
            }
            cr_expect_geq(ran_us - armed_us, ms * 1000, "%u ms, %zu us into a tick: early", ms,
                          (size_t)within_us);
            at_us = ran_us / TICK_US * TICK_US + TICK_US;
        }
    }
    conn_loop_destroy(loop);
    close(far);
}

BACKEND_TEST(conn_timer, takes_any_number_and_bounds_what_is_too_far)
{
    static const uint32_t waits[] = {CONN_TIMER_MS_MAX, CONN_TIMER_MS_MAX + 1u, UINT32_MAX};
    uint64_t start_us = (uint64_t)3600000000u * 1000;
    struct shunt_worker *loop = table_at(backend, start_us);
    int far;
    struct conn *conn = loop_conn(loop, &far);

    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        loop_trace[0] = '\0';
        conn_timer(conn, waits[i]);
        cr_expect(!runs_at(loop, start_us + CONN_TIMER_MS_MAX * 1000ull), "%u: early", waits[i]);
        start_us += (CONN_TIMER_MS_MAX + LAG_MS + 4) * 1000ull;
        cr_expect(runs_at(loop, start_us), "%u: late", waits[i]);
    }
    conn_timer(conn, UINT32_MAX);
    conn_timer(conn, 0);
    loop_trace[0] = '\0';
    cr_expect(!runs_at(loop, start_us + 5000000000ull * 1000), "disarmed");
    conn_loop_destroy(loop);
    close(far);
}

WITH_LOOP(conn_timer, a_timer_runs_once_and_can_be_disarmed)
{
    int far[2];
    struct conn *runs = loop_conn(loop, &far[0]), *disarmed = loop_conn(loop, &far[1]);

    loop_trace[0] = '\0';
    conn_timer(runs, 20);
    conn_timer(disarmed, 10);
    conn_timer(disarmed, 0);
    for (int i = 0; i < 10000 && !loop_trace[0]; i++) {
        cr_assert_eq(conn_loop_turn(loop, 1000), SHUNT_OK);
    }
    loop_turn(loop, 10);
    cr_expect_str_eq(loop_trace, "timer ");
    close(far[0]);
    close(far[1]);
}
