/*
 * The clients against a server of a few lines, on both back ends: every kind of error is counted
 * as what it is, and what is right is right in one piece or in many.
 */
#include "load/load.h"
#include "load/probe.h"

#include "unit/bench/small_server.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void show_nothing(void *context, const struct tally *since, double since_s, double left_s,
                         uint64_t failed_so_far)
{
    (void)context, (void)since, (void)since_s, (void)left_s, (void)failed_so_far;
}

#define REST_MS 10
static uint64_t rest_ms = REST_MS;

static struct load_result result;

/* Of the runs below; 0: closed loop. */
static double rate, duration_s = 0.25;

/* Load for a quarter of a second, unless said otherwise; SHUNT_ENOTSUP where io_uring is forbidden.
 */
static enum shunt_status run(uint16_t port, enum io_backend backend, uint32_t threads,
                             uint32_t timeout_ms)
{
    static struct options options;
    struct requests requests;
    struct client_plan plan = {.requests = &requests,
                               .backend = backend,
                               .timeout_ms = timeout_ms,
                               .rest_ns = rest_ms * 1000000,
                               .rate = rate,
                               .way = CLIENT_PASSES};
    struct load_progress progress = {show_nothing, NULL};
    struct url_address addresses[URL_ADDRESSES_MAX];
    char text[64], words[256];
    struct error error = {.text = words, .size = sizeof words};
    size_t count;

    load_result_fini(&result);
    options_init(&options, 0, NULL);
    options.connections = 3;
    options.threads = threads;
    options.duration_s = duration_s;
    options.warmup_s = 0.02;
    options.pid = getpid();
    snprintf(text, sizeof text, "ws://127.0.0.1:%u/ws", port);
    cr_assert_eq(url_parse(text, &options.url, &error), SHUNT_OK);
    cr_assert_eq(url_resolve(&options.url, addresses, &count, &error), SHUNT_OK);
    plan.to = addresses[0];
    cr_assert_eq(requests_init(&requests, &options.url, "websocket", &options.extra), SHUNT_OK);
    enum shunt_status status = load_run(&options, &plan, &progress, &result, &error);

    requests_fini(&requests);
    return status;
}

static const struct {
    const char *why;
    enum behaviour behaviour;
    enum failure failure; /* FAILURES: none */
    enum phase phase;
} rows[] = {
    {"right", RIGHT, FAILURES, PHASES},
    {"right, seven bytes at a time", RIGHT_IN_PIECES, FAILURES, PHASES},
    {"an accept value of another key", WRONG_ACCEPT, FAILURE_WRONG_ACCEPT, PHASE_COMPLETE},
    {"404", NOT_FOUND, FAILURE_WRONG_STATUS, PHASE_COMPLETE},
    {"not HTTP", GARBAGE, FAILURE_BAD_RESPONSE, PHASE_COMPLETE},
    {"the end in the middle of the head", CLOSE_EARLY, FAILURE_SHORT, PHASE_COMPLETE},
    {"a reset", RESET, FAILURE_RESET, PHASE_FIRST_BYTE},
    {"no answer", MUTE, FAILURE_TIMEOUT, PHASE_FIRST_BYTE},
};

/* What completed has all its phases, one after the other. */
static void check_phases(const char *why)
{
    const struct histogram *phases = result.tally.phases_ns;
    uint64_t completed = histogram_count(&result.tally.latency_ns);

    for (int i = PHASE_CONNECT; i <= PHASE_COMPLETE; i++) {
        cr_expect_eq(histogram_count(&phases[i]), completed, "%s", why);
    }
    cr_expect_leq(histogram_max(&phases[PHASE_CONNECT]), histogram_max(&phases[PHASE_FIRST_BYTE]));
    cr_expect_leq(histogram_max(&phases[PHASE_FIRST_BYTE]), histogram_max(&phases[PHASE_COMPLETE]));
    cr_expect_eq(histogram_max(&phases[PHASE_COMPLETE]), histogram_max(&result.tally.latency_ns));
    cr_expect_eq(histogram_count(&phases[PHASE_FIRST_ECHO]), 0, "%s", why);
}

static void check_rows(enum io_backend backend)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct server server = {.behaviour = rows[i].behaviour};

        server_listen(&server);
        server_start(&server);
        enum shunt_status status = SHUNT_OK;

        /* A busy machine may give a quarter of a second to nobody here: then it is run again. */
        for (int tries = 0; tries < 20 && status == SHUNT_OK; tries++) {
            status = run(server.port, backend, 1, server.behaviour == MUTE ? 60 : 5000);
            if (histogram_count(&result.tally.latency_ns) + tally_failed(&result.tally) > 0) {
                break;
            }
        }
        server_stop(&server);
        if (status == SHUNT_ENOTSUP) {
            cr_skip_test("io_uring is forbidden here");
        }
        cr_assert_eq(status, SHUNT_OK, "%s: %s", rows[i].why, shunt_status_name(status));
        uint64_t completed = histogram_count(&result.tally.latency_ns);

        if (rows[i].failure == FAILURES) {
            cr_expect_gt(completed, 0, "%s: only %lu", rows[i].why, completed);
            cr_expect_eq(tally_failed(&result.tally), 0, "%s", rows[i].why);
            cr_expect_gt(histogram_min(&result.tally.latency_ns), 1000, "%s", rows[i].why);
            check_phases(rows[i].why);
        } else {
            cr_expect_eq(completed, 0, "%s: %lu completed", rows[i].why, completed);
            cr_expect_gt(result.tally.failures[rows[i].failure], 0, "%s", rows[i].why);
            cr_expect_eq(result.tally.failures_in[rows[i].phase][rows[i].failure],
                         result.tally.failures[rows[i].failure], "%s: another phase", rows[i].why);
            cr_expect_eq(tally_failed(&result.tally) - result.tally.failures[rows[i].failure], 0,
                         "%s: other failures too", rows[i].why);
        }
        cr_expect(result.server_known);
        cr_expect(result.seconds > 0.2 && result.seconds <= 0.25, "%f s", result.seconds);
    }
}

Test(bench_handshake, errors_are_counted_as_what_they_are_on_epoll, .timeout = 30)
{
    check_rows(IO_EPOLL);
}

Test(bench_handshake, errors_are_counted_as_what_they_are_on_io_uring, .timeout = 30)
{
    check_rows(IO_URING);
}

Test(bench_handshake, a_port_where_nobody_listens_is_refused_without_a_spin, .timeout = 30)
{
    struct server server = {.behaviour = RIGHT};

    server_listen(&server);
    close(server.listener);
    cr_assert_eq(run(server.port, IO_AUTO, 1, 5000), SHUNT_OK);
    cr_expect_gt(result.tally.failures[FAILURE_REFUSED], 0);
    cr_expect_eq(tally_failed(&result.tally), result.tally.failures[FAILURE_REFUSED]);
    cr_expect_lt(result.tally.failures[FAILURE_REFUSED], 3 * 250 / REST_MS + 4);
}

Test(bench_handshake, a_rest_of_another_length_is_kept_or_none_at_all, .timeout = 30)
{
    struct server server = {.behaviour = RIGHT};

    server_listen(&server);
    close(server.listener);
    rest_ms = 100; /* 250 ms leave room for three attempts of three clients */
    cr_assert_eq(run(server.port, IO_AUTO, 1, 5000), SHUNT_OK);
    cr_expect_leq(result.tally.failures[FAILURE_REFUSED], 9);
    rest_ms = 0;
    cr_assert_eq(run(server.port, IO_AUTO, 1, 5000), SHUNT_OK);
    cr_expect_gt(result.tally.failures[FAILURE_REFUSED], 9);
}

Test(bench_handshake, several_threads_share_the_clients, .timeout = 30)
{
    struct server server = {.behaviour = RIGHT};

    server_listen(&server);
    server_start(&server);
    cr_expect_eq(run(server.port, IO_AUTO, 3, 5000), SHUNT_OK);
    server_stop(&server);
    cr_expect_gt(histogram_count(&result.tally.latency_ns), 0);
    cr_expect_eq(tally_failed(&result.tally), 0);
    cr_expect_gt(result.client_cpu_s, 0);
}

/* The stall is what is measured here, so this server does sleep. */
static void check_stall(double per_second, uint64_t *p99_ns)
{
    struct server server = {.behaviour = STALL};

    rate = per_second;
    duration_s = 2.2;
    server_listen(&server);
    server_start(&server);
    cr_assert_eq(run(server.port, IO_AUTO, 1, 5000), SHUNT_OK);
    server_stop(&server);
    cr_expect_eq(tally_failed(&result.tally), 0);
    *p99_ns = histogram_quantile(&result.tally.latency_ns, 0.99);
}

Test(bench_handshake, open_loop_shows_a_server_that_stalls_100_ms_every_second, .timeout = 30)
{
    uint64_t p99_ns;

    check_stall(500, &p99_ns);
    cr_expect_geq(p99_ns, 60000000, "p99 %lu ns", (unsigned long)p99_ns);
    cr_expect_geq(histogram_count(&result.tally.latency_ns), 900);
    cr_expect_gt(histogram_count(&result.tally.lag_ns), 900);
}

Test(bench_handshake, closed_loop_hides_it, .timeout = 30)
{
    uint64_t p99_ns;

    check_stall(0, &p99_ns);
    cr_expect_lt(p99_ns, 60000000, "p99 %lu ns", (unsigned long)p99_ns);
}

Test(bench_handshake, open_loop_does_what_is_due_and_no_more, .timeout = 30)
{
    struct server server = {.behaviour = RIGHT};

    rate = 200;
    duration_s = 1;
    server_listen(&server);
    server_start(&server);
    cr_assert_eq(run(server.port, IO_AUTO, 2, 5000), SHUNT_OK);
    server_stop(&server);
    /* A busy machine may end the run with some under way: all that was due is one or the other. */
    uint64_t due = histogram_count(&result.tally.latency_ns) + result.unfinished;

    cr_expect(due >= 196 && due <= 204, "%lu of 200", (unsigned long)due);
}

Test(bench_probe, says_in_a_sentence_what_cannot_be_reached)
{
    struct server server = {.behaviour = RIGHT};
    struct url_address addresses[URL_ADDRESSES_MAX], chosen;
    struct url url;
    char text[64], words[256] = "";
    struct error error = {.text = words, .size = sizeof words};
    size_t count;

    server_listen(&server);
    snprintf(text, sizeof text, "http://127.0.0.1:%u", server.port);
    cr_assert_eq(url_parse(text, &url, &error), SHUNT_OK);
    cr_assert_eq(url_resolve(&url, addresses, &count, &error), SHUNT_OK);
    cr_expect_eq(probe_connect(addresses, count, 1000, &chosen, &error), SHUNT_OK);
    close(server.listener);
    cr_expect_eq(probe_connect(addresses, count, 1000, &chosen, &error), SHUNT_ESYS);
    cr_expect_not_null(strstr(words, "127.0.0.1"));
    cr_expect_not_null(strstr(words, "Connection refused"));
}
