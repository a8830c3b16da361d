/* Scenarios beside the handshake, as a user gives them, on both back ends. */
#include "scenario.h"

#include "observe/system_calls.h"
#include "unit/bench/scenario_result.h"
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *why;
    scenario_main *scenario;
    enum chat chat;
    const char *more[5];
    const char *phase, *kind; /* of what fails; NULL: nothing */
} rows[] = {
    {"http", scenario_http, CHAT_RIGHT, {NULL}, NULL, NULL},
    {"http in pieces", scenario_http, CHAT_IN_PIECES, {NULL}, NULL, NULL},
    {"http pipelined", scenario_http, CHAT_RIGHT, {"--pipeline", "7"}, NULL, NULL},
    {"http, a connection each", scenario_http, CHAT_RIGHT, {"--close"}, NULL, NULL},
    {"http, the server closes orderly", scenario_http, CHAT_SAYS_CLOSE, {NULL}, NULL, NULL},
    {"http on a schedule", scenario_http, CHAT_RIGHT, {"--rate", "300"}, NULL, NULL},
    {"http hangs up", scenario_http, CHAT_HANGS_UP, {NULL}, "exchange", "closed_early"},
    {"http cut short", scenario_http, CHAT_CUTS_SHORT, {NULL}, "exchange", "short"},
    {"echo", scenario_echo, CHAT_RIGHT, {NULL}, NULL, NULL},
    {"echo in pieces", scenario_echo, CHAT_IN_PIECES, {"--size", "300"}, NULL, NULL},
    {"echo pipelined",
     scenario_echo,
     CHAT_RIGHT,
     {"--pipeline", "9", "--size", "1000"},
     NULL,
     NULL},
    {"echo on a schedule", scenario_echo, CHAT_RIGHT, {"--rate", "300"}, NULL, NULL},
    {"echo of bare bytes", scenario_echo, CHAT_RIGHT, {"--protocol", "bare"}, NULL, NULL},
    {"echo and pings", scenario_echo, CHAT_PINGS, {NULL}, NULL, NULL},
    {"echo hangs up", scenario_echo, CHAT_HANGS_UP, {NULL}, "exchange", "closed_early"},
    {"echo cut short", scenario_echo, CHAT_CUTS_SHORT, {NULL}, "exchange", "short"},
    {"handshake and a message",
     scenario_handshake,
     CHAT_RIGHT,
     {"--first-message", "hello"},
     NULL,
     NULL},
    {"handshake, a message in open loop",
     scenario_handshake,
     CHAT_RIGHT,
     {"--first-message", "hello", "--rate", "200"},
     NULL,
     NULL},
};

static void check_rows(const char *backend)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct chat_server server = {.chat = rows[i].chat};
        const char *more[8] = {"--backend", backend};
        char url[96];

        memcpy(more + 2, rows[i].more, sizeof rows[i].more);
        chat_server_start(&server);
        url_of(&server, url);
        json_t *json = result_of(rows[i].scenario, url, more, BENCH_DONE);

        chat_server_stop(&server);
        cr_expect_gt(whole(json, "completed"), 0, "%s: %lld", rows[i].why,
                     whole(json, "completed"));
        if (rows[i].kind) {
            cr_expect_gt(error_count(json, rows[i].phase, rows[i].kind), 0, "%s", rows[i].why);
            cr_expect_eq(error_count(json, rows[i].phase, rows[i].kind),
                         whole(json, "errors_total"), "%s: other errors too", rows[i].why);
        } else {
            cr_expect_eq(whole(json, "errors_total"), 0, "%s", rows[i].why);
        }
        cr_expect(rows[i].chat != CHAT_PINGS || atomic_load(&server.pongs) == 4, "%u pongs",
                  atomic_load(&server.pongs));
        json_decref(json);
    }
}

Test(bench_scenarios, complete_or_fail_as_the_server_does_on_epoll, .timeout = 60)
{
    cr_redirect_stdout();
    check_rows("epoll");
}

Test(bench_scenarios, complete_or_fail_as_the_server_does_on_io_uring, .timeout = 60)
{
    cr_redirect_stdout();
    check_rows("auto");
}

Test(bench_scenarios, an_echo_with_a_wrong_byte_is_an_error, .timeout = 30)
{
    struct chat_server server = {.chat = CHAT_WRONG};
    const char *more[] = {NULL};
    char url[96];

    cr_redirect_stdout();
    chat_server_start(&server);
    url_of(&server, url);
    json_t *json = result_of(scenario_echo, url, more, BENCH_FAILED);

    chat_server_stop(&server);
    cr_expect_eq(whole(json, "completed"), 0);
    cr_expect_gt(error_count(json, "exchange", "wrong_echo"), 0);
    json_decref(json);
}

/* The server ends each connection after its second response. */
Test(bench_scenarios, bytes_statuses_and_closed_connections_are_counted, .timeout = 30)
{
    struct chat_server server = {.chat = CHAT_SAYS_CLOSE};
    const char *more[] = {"--fail-if", "closed<1", "--fail-if", "4xx>0", NULL};
    char url[96];

    cr_redirect_stdout();
    chat_server_start(&server);
    url_of(&server, url);
    json_t *json = result_of(scenario_http, url, more, BENCH_DONE);
    json_t *statuses = json_object_get(json, "statuses");

    chat_server_stop(&server);
    cr_expect_geq(whole(statuses, "200"), whole(json, "completed"));
    cr_expect_eq(json_object_size(statuses), 1);
    cr_expect_gt(json_number_value(json_object_get(json, "received_bytes_per_second")),
                 json_number_value(json_object_get(json, "rate_per_second")) * 19);
    cr_expect_gt(json_number_value(json_object_get(json, "sent_bytes_per_second")), 0);
    cr_expect_gt(whole(json, "connections_closed"), 0);
    json_decref(json);
}

Test(bench_scenarios, a_threshold_that_is_met_ends_with_1, .timeout = 30)
{
    struct chat_server server = {.chat = CHAT_RIGHT};
    const char *more[] = {"--fail-if", "rate>0", NULL};
    char url[96];

    cr_redirect_stdout();
    chat_server_start(&server);
    url_of(&server, url);
    json_t *json = result_of(scenario_echo, url, more, BENCH_FAILED);

    chat_server_stop(&server);
    cr_expect_leq(whole(json_object_get(json, "statuses"), "101"), 4);
    json_decref(json);
}

Test(bench_scenarios, idle_holds_all_and_pings_each_once, .timeout = 30)
{
    struct chat_server server = {.chat = CHAT_RIGHT};
    char url[96], self[16];

    snprintf(self, sizeof self, "%d", (int)getpid());
    const char *more[] = {"-c", "30", "--pid", self, NULL};

    cr_redirect_stdout();
    chat_server_start(&server);
    url_of(&server, url);
    json_t *json = result_of(scenario_idle, url, more, BENCH_DONE);
    json_t *idle = json_object_get(json, "idle"), *ping = json_object_get(idle, "ping");

    chat_server_stop(&server);
    cr_expect_eq(whole(json, "completed"), 30);
    cr_expect_eq(whole(idle, "held"), 30);
    cr_expect_eq(whole(ping, "completed"), 30);
    cr_expect_eq(whole(ping, "errors_total"), 0);
    cr_expect_gt(json_number_value(json_object_get(idle, "establish_s")), 0);
    cr_expect(json_is_number(json_object_get(idle, "server_rss_bytes_per_connection")));
    cr_expect(json_is_object(json_object_get(idle, "kernel_bytes_per_connection")));
    cr_expect(json_is_null(json_object_get(idle, "kernel_ends")));
    cr_expect_str_eq(json_string_value(json_object_get(idle, "kernel_ends_reason")),
                     "it needs 1000 connections and twice as many descriptors");
    json_decref(json);
}

/* The server is a thread of this process, so the client's own calls are in the figure. */
Test(bench_scenarios, system_calls_are_a_figure_or_null_and_no_reason_to_fail, .timeout = 60)
{
    scenario_main *const scenarios[] = {scenario_handshake, scenario_idle};
    struct chat_server server = {.chat = CHAT_RIGHT};
    struct system_calls *calls = NULL;
    char url[96], self[16], words[256];
    struct error why = {.text = words, .size = sizeof words};
    bool allowed = system_calls_open(getpid(), &calls, &why) == SHUNT_OK;

    system_calls_close(calls);
    snprintf(self, sizeof self, "%d", (int)getpid());
    const char *more[] = {"--pid", self, "--system-calls", NULL};

    cr_redirect_stdout();
    chat_server_start(&server);
    url_of(&server, url);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        json_t *json = result_of(scenarios[i], url, more, BENCH_DONE);
        json_t *figure = json_object_get(json_object_get(json, "server"), "system_calls_per_op");

        cr_expect(allowed ? json_number_value(figure) > 1 : json_is_null(figure),
                  "scenario %zu, %s", i, allowed ? "allowed" : words);
        json_decref(json);
    }
    chat_server_stop(&server);
}

Test(bench_scenarios, churn_keeps_the_population_and_the_rate, .timeout = 30)
{
    struct chat_server server = {.chat = CHAT_RIGHT};
    const char *more[] = {"-c", "20", "-d", "1", "--rate", "100", "--warmup", "0.2", NULL};
    char url[96];

    cr_redirect_stdout();
    chat_server_start(&server);
    url_of(&server, url);
    json_t *json = result_of(scenario_churn, url, more, BENCH_DONE);
    unsigned population = atomic_load(&server.connections);

    chat_server_stop(&server);
    /* A busy machine may end the run with some under way: all that was due is one or the other. */
    long long due =
        whole(json, "completed") + whole(json_object_get(json, "schedule"), "unfinished");

    cr_expect(due >= 95 && due <= 105, "%lld of 100", due);
    cr_expect_eq(whole(json, "errors_total"), 0);
    cr_expect_leq(population, 20 + 4);
    json_t *second = json_array_get(json_object_get(json, "series"), 0);

    /* None may be: a machine that stood still finds all of them due to be replaced. */
    cr_expect_leq(whole(second, "open"), 20);
    json_decref(json);
}

Test(bench_scenarios, a_second_of_the_series_has_its_open_connections, .timeout = 30)
{
    struct chat_server server = {.chat = CHAT_RIGHT};
    const char *more[] = {"-c", "5", NULL};
    char url[96];

    cr_redirect_stdout();
    chat_server_start(&server);
    url_of(&server, url);
    json_t *json = result_of(scenario_echo, url, more, BENCH_DONE);
    json_t *series = json_object_get(json, "series");

    chat_server_stop(&server);
    cr_expect_gt(json_array_size(series), 0);
    cr_expect_eq(whole(json_array_get(series, 0), "open"), 5);
    json_decref(json);
}

Test(bench_scenarios, several_sources_take_turns, .timeout = 30)
{
    struct chat_server server = {.chat = CHAT_RIGHT};
    const char *more[] = {"--source", "127.0.0.2-4", NULL};
    unsigned seen[8] = {0};
    char url[96];

    cr_redirect_stdout();
    chat_server_start(&server);
    url_of(&server, url);
    json_t *json = result_of(scenario_handshake, url, more, BENCH_DONE);

    chat_server_stop(&server);
    for (int i = 1; i < 64; i++) { /* 0 is the probe */
        seen[atomic_load(&server.peers[i]) & 7]++;
    }
    cr_expect(seen[2] > 0 && seen[3] > 0 && seen[4] > 0, "%u, %u, %u", seen[2], seen[3], seen[4]);
    cr_expect_eq(whole(json, "errors_total"), 0);
    json_decref(json);
}

Test(bench_scenarios, a_unix_socket_is_measured_as_well, .timeout = 30)
{
    struct chat_server server = {.chat = CHAT_RIGHT};
    const char *more[] = {NULL};
    char url[96];

    cr_redirect_stdout();
    snprintf(server.path, sizeof server.path, "/tmp/bench_scenarios_%d.sock", (int)getpid());
    chat_server_start(&server);
    url_of(&server, url);
    json_t *json = result_of(scenario_handshake, url, more, BENCH_DONE);

    chat_server_stop(&server);
    unlink(server.path);
    cr_expect_gt(whole(json, "completed"), 0);
    cr_expect_eq(whole(json, "errors_total"), 0);
    json_decref(json);
}

Test(bench_scenarios, find_max_ends_with_a_rate_that_kept_the_bound, .timeout = 60)
{
    struct chat_server server = {.chat = CHAT_RIGHT};
    const char *more[] = {"--find-max", "--slo", "p90=200ms", "-d", "0.1", NULL};
    char url[96];

    cr_redirect_stdout();
    chat_server_start(&server);
    url_of(&server, url);
    json_t *json = result_of(scenario_http, url, more, BENCH_DONE);
    json_t *found = json_object_get(json, "find_max");

    chat_server_stop(&server);
    cr_expect_gt(json_number_value(json_object_get(found, "rate")), 10);
    cr_expect_eq(json_number_value(json_object_get(found, "bound_us")), 200000);
    cr_expect_gt(json_array_size(json_object_get(found, "tries")), 1);
    cr_expect_leq(json_number_value(json_object_get(json_object_get(json, "latency_us"), "p90")),
                  200000);
    cr_expect_str_eq(json_string_value(json_object_get(json, "loop")), "open");
    json_decref(json);
}

Test(bench_scenarios, parse_measures_every_head, .timeout = 30)
{
    char file[] = "/tmp/bench_parse_XXXXXX";
    const char *words[] = {"shunt-bench", "-d", "0.02", "--json", file, NULL};
    int fd = mkstemp(file);
    json_error_t why;

    cr_redirect_stdout();
    cr_expect_eq(scenario_parse(5, (char **)(uintptr_t)words, 5, (char **)(uintptr_t)words),
                 BENCH_DONE);
    json_t *json = json_load_file(file, 0, &why), *row;
    size_t index;

    cr_assert_not_null(json, "%s", why.text);
    cr_expect_geq(json_array_size(json_object_get(json, "heads")), 3);
    json_array_foreach(json_object_get(json, "heads"), index, row)
    {
        cr_expect_gt(json_number_value(json_object_get(row, "ns_p50")), 0);
        cr_expect_gt(whole(row, "completed"), 0);
    }
    json_decref(json);
    close(fd);
    unlink(file);
}

Test(bench_scenarios, payload_measures_each_kind_by_each_vector_unit, .timeout = 30)
{
    char file[] = "/tmp/bench_payload_XXXXXX";
    const char *words[] = {"shunt-bench", "-d", "0.01", "--json", file, NULL};
    int fd = mkstemp(file);
    json_error_t why;

    cr_redirect_stdout();
    cr_expect_eq(scenario_payload(5, (char **)(uintptr_t)words, 5, (char **)(uintptr_t)words),
                 BENCH_DONE);
    json_t *json = json_load_file(file, 0, &why), *row;
    size_t index;

    cr_assert_not_null(json, "%s", why.text);
    cr_expect_geq(json_array_size(json_object_get(json, "rows")), 13);
    json_array_foreach(json_object_get(json, "rows"), index, row)
    {
        cr_expect_gt(json_number_value(json_object_get(row, "ns_median")), 0);
        cr_expect_gt(whole(row, "bytes"), 0);
    }
    json_decref(json);
    close(fd);
    unlink(file);
}

Test(bench_scenarios, routes_measures_each_number_of_routes, .timeout = 30)
{
    char file[] = "/tmp/bench_routes_XXXXXX";
    const char *words[] = {"shunt-bench", "-d", "0.02", "--json", file, NULL};
    const json_int_t wanted[] = {10, 100, 1000, 10000};
    int fd = mkstemp(file);
    json_error_t why;

    cr_redirect_stdout();
    cr_expect_eq(scenario_routes(5, (char **)(uintptr_t)words, 5, (char **)(uintptr_t)words),
                 BENCH_DONE);
    json_t *json = json_load_file(file, 0, &why), *row;
    size_t index;

    cr_assert_not_null(json, "%s", why.text);
    cr_assert_eq(json_array_size(json_object_get(json, "rows")), 4);
    json_array_foreach(json_object_get(json, "rows"), index, row)
    {
        cr_expect_eq(whole(row, "routes"), wanted[index]);
        cr_expect_gt(json_number_value(json_object_get(row, "ns_best")), 0);
    }
    json_decref(json);
    close(fd);
    unlink(file);
}
