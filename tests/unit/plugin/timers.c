/* <shunt/timers.h>: several timers over one, against as many that stand alone. */
#include <shunt/timers.h>

#include <criterion/criterion.h>
#include <stdlib.h>

enum { TIMERS = 5, STEPS = 20000 };

/* A worker whose clock the test moves, and its stream's one timer. */
static uint64_t now, armed;

static uint64_t clock_now(struct shunt_worker *worker)
{
    (void)worker;
    return now;
}

static uint64_t clock_after(struct shunt_worker *worker, uint32_t ms)
{
    (void)worker;
    return now + ms;
}

static void arm(struct shunt_stream *stream, uint64_t at_ms)
{
    (void)stream;
    armed = at_ms;
}

static struct shunt_worker *worker_of(const struct shunt_stream *stream)
{
    (void)stream;
    return NULL;
}

static const struct shunt_host host = {
    .size = sizeof host,
    .now_ms = clock_now,
    .worker = worker_of,
    .after_ms = clock_after,
    .timer_at = arm,
};

static uint64_t due[TIMERS];

static void set(size_t which, uint32_t ms)
{
    shunt_timers_set(&host, NULL, due, TIMERS, which, ms);
}

static int next(void)
{
    return shunt_timers_next(&host, NULL, due, TIMERS);
}

Test(shunt_timers, the_streams_timer_stands_at_the_earliest_of_them)
{
    now = 1000;
    set(0, 50);
    cr_expect_eq(armed, 1050);
    set(1, 20);
    cr_expect_eq(armed, 1020);
    set(1, 60);
    cr_expect_eq(armed, 1050, "the earliest was moved");
    set(0, 0);
    cr_expect_eq(armed, 1060);
    set(1, 0);
    cr_expect_eq(armed, 0, "none is left");
}

Test(shunt_timers, what_is_due_comes_once_the_earliest_first)
{
    now = 1000;
    set(3, 30);
    set(1, 10);
    set(2, 40);
    now = 1030;
    cr_expect_eq(next(), 1);
    cr_expect_eq(next(), 3);
    cr_expect_eq(next(), -1);
    cr_expect_eq(armed, 1040);
    cr_expect_eq(next(), -1, "a timer that ran for nothing does no harm");
    cr_expect_eq(armed, 1040);
}

Test(shunt_timers, each_runs_when_it_would_have_run_alone)
{
    uint64_t alone[TIMERS] = {0};
    unsigned fired = 0;

    now = 1;
    srand(7);
    for (unsigned step = 0; step < STEPS; step++) {
        size_t which = (size_t)rand() % TIMERS;
        uint32_t ms = (uint32_t)(rand() % 4 ? rand() % 100 : 0);
        int got;

        set(which, ms);
        alone[which] = ms ? now + ms : 0;
        now += (uint64_t)(rand() % 40);
        if (!armed || armed > now) {
            for (size_t i = 0; i < TIMERS; i++) {
                cr_assert(!alone[i] || alone[i] > now, "number %zu was missed", i);
            }
            continue;
        }
        armed = 0;
        while ((got = next()) >= 0) {
            cr_assert(alone[got] && alone[got] <= now, "number %d too early", got);
            alone[got] = 0;
            fired++;
        }
        for (size_t i = 0; i < TIMERS; i++) {
            cr_assert(!alone[i] || alone[i] > now, "number %zu is late", i);
        }
    }
    cr_expect_gt(fired, STEPS / 10);
}
