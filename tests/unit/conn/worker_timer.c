/* Timers of a worker against a clock that the test moves. */
#include "conn/worker_timer.h"

#include "base/clock.h"
#include "support/loop_fixture.h"

#include <stdlib.h>
#include <unistd.h>

enum { START_MS = 3600000 };

static uint64_t clock_now;

static uint64_t clock_shown(void)
{
    return clock_now;
}

static char runs[256]; /* the names of tasks that ran, and of args that were dropped, in order */

static void note(const char *text)
{
    strncat(runs, text, sizeof runs - strlen(runs) - 1);
}

static void run(struct shunt_worker *worker, void *arg)
{
    (void)worker;
    note(arg);
}

static void drop(void *arg)
{
    note("-");
    note(arg);
}

static void begin(struct shunt_worker *loop)
{
    clock_now = START_MS;
    loop->clock_ms = clock_shown;
    loop->clock_lag_ms = 0;
    runs[0] = '\0';
    loop_turn(loop, 1);
}

static void turn_at(struct shunt_worker *loop, uint64_t ms)
{
    clock_now = START_MS + ms;
    loop_turn(loop, 1);
}

static shunt_id set(struct shunt_worker *loop, uint32_t ms, uint32_t every_ms, const char *name)
{
    shunt_id id = 0;

    cr_assert_eq(conn_worker_timer_set(loop, ms, every_ms, run, drop, (void *)(uintptr_t)name, &id),
                 SHUNT_OK);
    cr_assert_neq(id, 0);
    return id;
}

WITH_LOOP(conn_worker_timer, runs_once_when_its_time_has_passed)
{
    begin(loop);
    shunt_id id = set(loop, 10, 0, "a");

    turn_at(loop, 9);
    cr_expect_str_eq(runs, "");
    turn_at(loop, 10);
    cr_expect_str_eq(runs, "a");
    turn_at(loop, 1000);
    cr_expect_str_eq(runs, "a");
    cr_expect_eq(conn_worker_timer_cancel(loop, id), SHUNT_ENOTFOUND);
}

WITH_LOOP(conn_worker_timer, runs_again_on_its_grid_and_leaves_out_what_was_missed)
{
    begin(loop);
    shunt_id id = set(loop, 10, 100, "a");

    turn_at(loop, 12); /* 2 ms late */
    turn_at(loop, 109);
    cr_expect_str_eq(runs, "a");
    turn_at(loop, 110);
    cr_expect_str_eq(runs, "aa");
    turn_at(loop, 455); /* 210, 310 and 410 are missed but for one */
    cr_expect_str_eq(runs, "aaa");
    turn_at(loop, 509);
    cr_expect_str_eq(runs, "aaa");
    turn_at(loop, 510);
    cr_expect_str_eq(runs, "aaaa");
    cr_expect_eq(conn_worker_timer_cancel(loop, id), SHUNT_OK);
    turn_at(loop, 2000);
    cr_expect_str_eq(runs, "aaaa", "and neither task nor drop runs behind a cancel");
}

WITH_LOOP(conn_worker_timer, of_0_ms_runs_in_the_next_turn_and_not_within_the_call)
{
    begin(loop);
    set(loop, 0, 0, "a");
    cr_expect_str_eq(runs, "");
    turn_at(loop, 1);
    cr_expect_str_eq(runs, "a");
}

WITH_LOOP(conn_worker_timer, that_is_set_ends_the_wait_of_a_turn)
{
    begin(loop);
    loop->clock_ms = clock_coarse_ms;
    loop->clock_lag_ms = clock_coarse_lag_ms();
    loop_turn(loop, 1);
    set(loop, 20, 0, "a");
    for (int turns = 0; !runs[0] && turns < 1000; turns++) {
        cr_assert_eq(conn_loop_turn(loop, 10000), SHUNT_OK);
    }
    cr_expect_str_eq(runs, "a");
}

static shunt_id of_itself;
static bool cancels;

static void sets_or_cancels(struct shunt_worker *worker, void *arg)
{
    run(worker, arg);
    if (cancels) {
        cr_expect_eq(conn_worker_timer_cancel(worker, of_itself), SHUNT_OK);
    } else {
        set(worker, 5, 0, "b");
    }
}

WITH_LOOP(conn_worker_timer, may_be_set_and_cancelled_by_a_task_its_own_included)
{
    static char name[] = "a";

    begin(loop);
    cancels = false;
    cr_assert_eq(conn_worker_timer_set(loop, 5, 0, sets_or_cancels, drop, name, NULL), SHUNT_OK);
    turn_at(loop, 5);
    turn_at(loop, 10);
    cr_expect_str_eq(runs, "ab");
    cancels = true;
    cr_assert_eq(conn_worker_timer_set(loop, 5, 5, sets_or_cancels, drop, name, &of_itself),
                 SHUNT_OK);
    turn_at(loop, 15);
    turn_at(loop, 40);
    cr_expect_str_eq(runs, "aba");
}

WITH_LOOP(conn_worker_timer, has_an_id_that_misses_once_its_place_is_used_again)
{
    begin(loop);
    shunt_id first = set(loop, 10, 0, "a");

    cr_expect_eq(conn_worker_timer_cancel(loop, first), SHUNT_OK);
    shunt_id second = set(loop, 10, 0, "b");

    cr_expect_eq((uint32_t)first, (uint32_t)second, "the place");
    cr_expect_eq(conn_worker_timer_cancel(loop, first), SHUNT_ENOTFOUND);
    cr_expect_eq(conn_worker_timer_cancel(loop, 0), SHUNT_ENOTFOUND);
    cr_expect_eq(conn_worker_timer_cancel(loop, second + 1), SHUNT_ENOTFOUND, "never used");
    cr_expect_eq(conn_worker_timer_cancel(loop, second + 100000), SHUNT_ENOTFOUND, "no such place");
    turn_at(loop, 10);
    cr_expect_str_eq(runs, "b");
}

WITH_LOOP(conn_worker_timer, is_refused_and_counted_beyond_the_limit)
{
    shunt_id first = 0;

    begin(loop);
    for (uint32_t i = 0; i < loop->limits.worker_timers_max; i++) {
        shunt_id id = set(loop, 10, 0, "");

        first = first ? first : id;
    }
    cr_expect_eq(conn_worker_timer_set(loop, 10, 0, run, drop, NULL, NULL), SHUNT_EFULL);
    cr_expect_eq(loop->counters.worker_timers_refused, 1);
    cr_expect_eq(conn_worker_timer_cancel(loop, first), SHUNT_OK);
    set(loop, 10, 0, "a");
    turn_at(loop, 10);
    cr_expect_str_eq(runs, "a");
    cr_expect_eq(loop->worker_timers.handles.live, 0);
}

WITH_LOOP(conn_worker_timer, is_dropped_once_when_its_worker_ends)
{
    begin(loop);
    set(loop, 10, 0, "a");
    set(loop, 10, 10, "b");
    cr_assert_eq(conn_worker_timer_set(loop, 10, 0, run, NULL, NULL, NULL), SHUNT_OK);
    turn_at(loop, 0);
    conn_loop_close(loop);
    cr_expect_str_eq(runs, "-a-b");
    cr_expect_eq(conn_worker_timer_set(loop, 10, 0, run, drop, NULL, NULL), SHUNT_ESTATE);
}

/* ---- many, against a list that is searched ---- */

enum { TIMERS = 150, STEPS = 4000 };

static struct expected {
    shunt_id id;
    uint64_t due_ms, every_ms; /* id 0: not set */
    unsigned ran, should;
} expected[TIMERS];

static void count(struct shunt_worker *worker, void *arg)
{
    (void)worker;
    ((struct expected *)arg)->ran++;
}

static void expect_after(struct expected *timer, uint64_t now_ms)
{
    if (!timer->id || timer->due_ms > now_ms) {
        return;
    }
    timer->should++;
    if (timer->every_ms == 0) {
        timer->id = 0;
    }
    while (timer->id && timer->due_ms <= now_ms) {
        timer->due_ms += timer->every_ms;
    }
}

static void change_one(struct shunt_worker *loop, unsigned *seed)
{
    struct expected *timer = &expected[(unsigned)rand_r(seed) % TIMERS];
    uint32_t ms = 1 + (uint32_t)rand_r(seed) % (rand_r(seed) % 4 ? 50 : 70000);
    uint32_t every_ms = rand_r(seed) % 2 ? 0 : 1 + (uint32_t)rand_r(seed) % 3000;

    if (timer->id) {
        cr_assert_eq(conn_worker_timer_cancel(loop, timer->id), SHUNT_OK);
        timer->id = 0;
        return;
    }
    timer->due_ms = clock_now + ms;
    timer->every_ms = every_ms;
    cr_assert_eq(conn_worker_timer_set(loop, ms, every_ms, count, NULL, timer, &timer->id),
                 SHUNT_OK);
}

WITH_LOOP(conn_worker_timer, of_many_each_runs_as_often_as_it_should)
{
    unsigned seed = 7;
    uint64_t ms = 0;

    begin(loop);
    memset(expected, 0, sizeof expected);
    for (int step = 0; step < STEPS; step++) {
        for (int i = rand_r(&seed) % 8; i > 0; i--) {
            change_one(loop, &seed);
        }
        ms += (uint64_t)rand_r(&seed) % (rand_r(&seed) % 8 ? 20 : 900);
        turn_at(loop, ms);
        for (int i = 0; i < TIMERS; i++) {
            expect_after(&expected[i], START_MS + ms);
            cr_assert_eq(expected[i].ran, expected[i].should, "step %d, timer %d: %u and not %u",
                         step, i, expected[i].ran, expected[i].should);
        }
    }
}
