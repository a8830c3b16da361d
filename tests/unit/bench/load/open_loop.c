/* Open loop, as its schedule is kept: what it costs, and whose lateness is whose. */
#include "load/load.h"
#include "scenario.h"

#include "unit/bench/scenario_result.h"
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static _Atomic unsigned timers_set;

/* In place of libc's, for the whole program: it counts. */
int timerfd_settime(int fd, int flags, const struct itimerspec *new_value,
                    struct itimerspec *old_value)
{
    atomic_fetch_add(&timers_set, 1);
    return (int)syscall(SYS_timerfd_settime, fd, flags, new_value, old_value);
}

/* 500 requests at 1,000 a second. */
static json_t *paced(const char *backend)
{
    struct chat_server server = {.chat = CHAT_RIGHT};
    const char *more[] = {"--rate", "1000", "-d", "0.5", "--backend", backend, NULL};
    char url[96];

    chat_server_start(&server);
    url_of(&server, url);
    atomic_store(&timers_set, 0);
    json_t *json = result_of(scenario_http, url, more, BENCH_DONE);

    chat_server_stop(&server);
    return json;
}

/* The loop's own alarm is moved each 10 ms besides. */
static void check_timers(const char *backend)
{
    cr_redirect_stdout();
    json_t *json = paced(backend);

    cr_expect_leq(atomic_load(&timers_set), 500 + 100, "%u for 500 requests",
                  atomic_load(&timers_set));
    json_decref(json);
}

Test(bench_open_loop, sets_its_timer_once_for_what_is_due_on_epoll, .timeout = 30)
{
    check_timers("epoll");
}

Test(bench_open_loop, sets_its_timer_once_for_what_is_due_on_io_uring, .timeout = 30)
{
    check_timers("auto");
}

Test(bench_open_loop, tells_latency_without_its_own_lateness_and_what_it_was_awake_for,
     .timeout = 30)
{
    static const char *const quantiles[] = {"p50", "p90", "p99", "p999", "max", "mean"};

    cr_redirect_stdout();
    json_t *json = paced("auto"), *all = json_object_get(json, "latency_us");
    json_t *schedule = json_object_get(json, "schedule");
    json_t *in_time = json_object_get(schedule, "latency_without_lag_us");

    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        double with = json_number_value(json_object_get(all, quantiles[i]));
        double without = json_number_value(json_object_get(in_time, quantiles[i]));

        cr_expect(without > 0 && without <= with, "%s: %g of %g us", quantiles[i], without, with);
    }
    cr_expect(json_is_array(json_object_get(schedule, "doubtful")));
    cr_expect_geq(
        json_number_value(json_object_get(json_object_get(json, "client"), "awake_us_per_op")), 0);
    json_decref(json);
}
