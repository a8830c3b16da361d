/* The host without a server keeps what <shunt/plugin.h> promises of a worker: timers, watches,
 * connections out and tasks. */
#include "support/fake_host.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

static const struct shunt_host *host;
static struct shunt_worker *worker;
static char trace[256];

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    size_t len = strlen(trace);
    va_list args;

    va_start(args, format);
    vsnprintf(trace + len, sizeof trace - len, format, args);
    va_end(args);
}

static void expect(const char *want)
{
    cr_expect_str_eq(trace, want, "%s, not %s", trace, want);
    trace[0] = '\0';
}

static enum shunt_status init(const struct shunt_host *given, const struct shunt_settings *settings,
                              void **instance)
{
    (void)settings, (void)instance;
    host = given;
    return SHUNT_OK;
}

static void worker_stop(void *local)
{
    (void)local;
    note("stop ");
}

static void open(void *local, struct shunt_stream *stream)
{
    (void)local;
    note("open(%s, %d) ", (const char *)host->user(stream), host->request(stream) != NULL);
}

static void data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    (void)stream;
    note("data(%.*s) ", (int)len, (const char *)bytes);
}

static const struct shunt_protocol protocol = {
    .size = sizeof protocol, .token = "probe", .open = open, .data = data};
static const struct shunt_plugin plugin = {
    SHUNT_PLUGIN_HEAD,
    .name = "probe",
    .version = "1",
    .init = init,
    .worker_stop = worker_stop,
    .protocols = (const struct shunt_protocol *const[]){&protocol, NULL}};

static void task(struct shunt_worker *given, void *arg)
{
    cr_expect_eq(given, worker);
    note("%s(%u) ", (const char *)arg, (unsigned)(host->now_ms(worker) - 1000));
}

static void release(void *arg)
{
    note("drop(%s) ", (const char *)arg);
}

static void watched(struct shunt_worker *given, int fd, unsigned events, void *arg)
{
    cr_expect_eq(given, worker);
    note("%s(%d, %u) ", (const char *)arg, fd, events);
}

static void failed(struct shunt_worker *given, int error, void *user)
{
    cr_expect_eq(given, worker);
    note("failed(%s, %d) ", (const char *)user, error);
}

static char *word(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void set_up(void)
{
    trace[0] = '\0';
    worker = fake_worker_create();
    cr_assert_eq(fake_plugin_start(worker, &plugin, NULL), SHUNT_OK);
}

static shunt_id set(uint32_t ms, uint32_t every_ms, const char *name)
{
    shunt_id id = 0;

    cr_assert_eq(host->worker_timer_set(worker, ms, every_ms, task, release, word(name), &id),
                 SHUNT_OK);
    return id;
}

TestSuite(fake_worker, .init = set_up);

Test(fake_worker, timers_run_in_the_order_of_their_times_once_or_again)
{
    shunt_id again, never;

    set(30, 0, "late");
    set(10, 0, "early");
    again = set(20, 15, "again");
    never = set(25, 0, "never");
    cr_expect_eq(host->worker_timer_cancel(worker, never), SHUNT_OK);
    cr_expect_eq(host->worker_timer_cancel(worker, never), SHUNT_ENOTFOUND);
    fake_advance(worker, 9);
    expect("");
    fake_advance(worker, 31);
    expect("early(10) again(20) late(30) again(35) ");
    cr_expect_eq(host->worker_timer_cancel(worker, again), SHUNT_OK);
    fake_advance(worker, 100);
    expect("");
    fake_worker_destroy(worker);
    expect("stop ");
}

Test(fake_worker, what_is_still_to_come_is_dropped_before_the_worker_stops)
{
    struct sockaddr address = {.sa_family = AF_UNIX};
    shunt_id id;

    set(10, 0, "timer");
    cr_assert_eq(host->watch(worker, 7, SHUNT_READABLE, watched, release, word("watch"), &id),
                 SHUNT_OK);
    cr_assert_eq(
        host->connect(worker, &address, sizeof address, 0, "probe", failed, word("me"), NULL),
        SHUNT_OK);
    cr_assert_eq(host->post_worker(host->worker_id(worker, 0), task, release, word("posted")),
                 SHUNT_OK);
    fake_worker_destroy(worker);
    char want[128];

    snprintf(want, sizeof want, "drop(timer) drop(watch) failed(me, %d) drop(posted) stop ",
             ECANCELED);
    expect(want);
}

Test(fake_worker, a_watch_runs_for_what_it_is_watched_for)
{
    shunt_id id, other;

    cr_assert_eq(host->watch(worker, 7, SHUNT_READABLE, watched, NULL, word("watch"), &id),
                 SHUNT_OK);
    cr_expect_eq(host->watch(worker, 7, SHUNT_WRITABLE, watched, NULL, NULL, &other), SHUNT_ESYS);
    cr_expect_eq(errno, EEXIST);
    fake_ready(worker, 7, SHUNT_WRITABLE);
    fake_ready(worker, 8, SHUNT_READABLE);
    expect("");
    fake_ready(worker, 7, SHUNT_READABLE | SHUNT_WRITABLE);
    expect("watch(7, 1) ");
    cr_expect_eq(host->watch_change(worker, id, SHUNT_READABLE | SHUNT_WRITABLE), SHUNT_OK);
    cr_expect_eq(fake_watched(worker, 7), SHUNT_READABLE | SHUNT_WRITABLE);
    cr_expect_eq(host->unwatch(worker, id), SHUNT_OK);
    cr_expect_eq(host->unwatch(worker, id), SHUNT_ENOTFOUND);
    cr_expect_eq(host->watch_change(worker, id, 0), SHUNT_ENOTFOUND);
    fake_ready(worker, 7, SHUNT_READABLE);
    expect("");
    fake_worker_destroy(worker);
}

static shunt_id connect_to(uint32_t ms, const char *user)
{
    const struct sockaddr address = {.sa_family = AF_UNIX};
    shunt_id id = 0;

    cr_assert_eq(
        host->connect(worker, &address, sizeof address, ms, "Probe", failed, word(user), &id),
        SHUNT_OK);
    return id;
}

Test(fake_worker, a_connection_out_opens_or_fails_once)
{
    const struct sockaddr address = {.sa_family = AF_UNIX};
    shunt_id there = connect_to(50, "there"), gone = connect_to(0, "gone"), id;
    struct shunt_stream *stream;
    char want[128];

    connect_to(20, "slow");
    id = connect_to(10, "cancelled");
    cr_expect_eq(host->connect_cancel(worker, id), SHUNT_OK);
    cr_expect_eq(host->connect_cancel(worker, id), SHUNT_ENOTFOUND);
    cr_expect_eq(host->connect(worker, &address, sizeof address, 0, "none", failed, NULL, NULL),
                 SHUNT_ENOTFOUND);
    cr_expect_eq(host->connect(worker, &address, 0, 0, "probe", failed, NULL, NULL), SHUNT_EINVAL);
    stream = fake_connected(worker, there);
    fake_data(stream, "hello", 5);
    fake_connect_fail(worker, gone, ECONNREFUSED);
    fake_advance(worker, 100);
    snprintf(want, sizeof want, "open(there, 0) data(hello) failed(gone, %d) failed(slow, %d) ",
             ECONNREFUSED, ETIMEDOUT);
    expect(want);
    fake_free(stream);
    fake_worker_destroy(worker);
}

static void posts_again(struct shunt_worker *given, void *arg)
{
    task(given, arg);
    cr_expect_eq(host->post_worker(host->worker_id(worker, 0), task, NULL, word("second")),
                 SHUNT_OK);
}

Test(fake_worker, posted_tasks_run_in_the_next_turn_in_order)
{
    cr_expect_eq(host->worker_count(worker), 1);
    cr_expect_eq(host->worker_number(worker), 0);
    cr_expect_eq(host->worker_id(worker, 1), 0);
    cr_expect_eq(host->post_worker(0, task, NULL, NULL), SHUNT_ENOTFOUND);
    cr_assert_eq(host->post_worker(host->worker_id(worker, 0), posts_again, NULL, word("first")),
                 SHUNT_OK);
    expect("");
    fake_turn(worker);
    expect("first(0) ");
    fake_turn(worker);
    expect("second(0) ");
    fake_worker_destroy(worker);
}
