/* Several timers of one stream: <shunt/timers.h>. */
#include "conformance/server_fixture.h"

#include <shunt/timers.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { FIRST, SECOND, THIRD };

struct state {
    uint64_t due_ms[3];
};

static struct timespec begun;

static long elapsed_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000;
}

static void set(struct shunt_stream *stream, size_t which, uint32_t ms)
{
    struct state *state = probe.host->state(stream);

    shunt_timers_set(probe.host, stream, state->due_ms, 3, which, ms);
}

static void sets_three(struct shunt_stream *stream)
{
    struct timespec pause = {0, 30000000};

    nanosleep(&pause, NULL); /* a turn that is long: time counts from the call */
    clock_gettime(CLOCK_MONOTONIC, &begun);
    set(stream, THIRD, 30);
    set(stream, FIRST, 10);
    set(stream, SECOND, 20);
}

static const char *const names[] = {"first", "second", "third"};

static void runs_what_is_due(struct shunt_stream *stream)
{
    struct state *state = probe.host->state(stream);
    int which;

    while ((which = shunt_timers_next(probe.host, stream, state->due_ms, 3)) >= 0) {
        cr_expect_geq(elapsed_ms(), 10 * (which + 1), "%s is early", names[which]);
        mark(names[which]);
        if (which == THIRD) {
            set(stream, FIRST, 1);
            set(stream, SECOND, 5);
            set(stream, SECOND, 0);
        }
    }
}

CLOSING_SERVER(timers_of_a_stream_run_in_their_order_and_never_sooner)
{
    int fd;

    probe.open = sets_three;
    probe.timer = runs_what_is_due;
    server_open(s, backend, NULL);
    fd = client_upgraded(s, "/any", "alpha");
    mark_wait("first", 2);
    cr_expect_eq(mark_count("second"), 1, "disarmed: %s", mark_text());
    cr_expect_eq(mark_count("third"), 1);
    close(fd);
}

static void closes(struct shunt_stream *stream)
{
    set(stream, FIRST, 1);
    probe.host->close(stream, SHUNT_CLOSE_GRACEFUL);
    set(stream, SECOND, 1); /* has no effect any more */
}

CLOSING_SERVER(timers_of_a_stream_that_closes_do_not_run)
{
    int fd;

    probe.open = closes;
    probe.timer = runs_what_is_due;
    server_open(s, backend, NULL);
    fd = client_upgraded(s, "/any", "alpha");
    client_expect_fin(fd);
    mark_wait("close", 1);
    client_turn(s);
    cr_expect_eq(mark_count("timer"), 0);
}

static void sets_one_that_is_over(struct shunt_stream *stream)
{
    probe.host->timer_at(stream, probe.host->now_ms(probe.host->worker(stream)) - 1);
}

CLOSING_SERVER(a_time_that_is_over_comes_in_the_next_turn)
{
    int fd;

    probe.open = sets_one_that_is_over;
    server_open(s, backend, NULL);
    fd = client_upgraded(s, "/any", "alpha");
    mark_wait("timer", 1);
    close(fd);
}
