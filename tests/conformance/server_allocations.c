/* Short answers cost no allocation: neither the server's own nor a handler's. */
#include "conformance/server_fixture.h"

#include "support/allocated.h"

#include <stdlib.h>
#include <unistd.h>

enum { CLIENTS = 64, TEXT = 400 };

static void answer_with_what_its_thread_allocated(void *arg, const struct shunt_request *request,
                                                  struct shunt_response *response)
{
    (void)arg, (void)request, (void)response;
    value_put(allocated_bytes());
}

static void holds(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request, (void)response;
    mark("held");
    value_take();
}

static void routes_of_this_test(struct server *s)
{
    const struct shunt_route fixed = {.size = sizeof(struct shunt_route), .path = "/fixed"};
    const struct shunt_route count = {.size = sizeof(struct shunt_route),
                                      .path = "/count",
                                      .handler = answer_with_what_its_thread_allocated};
    const struct shunt_route hold = {
        .size = sizeof(struct shunt_route), .path = "/hold", .handler = holds};
    struct config *config = server_config(s->server);
    struct config_route *route;

    cr_assert_eq(config_add_route(config, &fixed), SHUNT_OK);
    route = &config->routes[config->route_count - 1];
    route->text = calloc(1, TEXT);
    route->text_len = TEXT;
    cr_assert_eq(shunt_server_route(s->server, &count), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &hold), SHUNT_OK);
}

/* All ask while the worker is held, so that it has all of their answers in hand at once. */
static void ask_all(int holder, const int *clients, const char *request)
{
    struct answer held;

    mark_reset();
    client_send(holder, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
    mark_wait("held", 1);
    for (unsigned i = 0; i < CLIENTS; i++) {
        client_send(clients[i], request);
    }
    value_put(0);
    client_answer(holder, &held);
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct answer answer;

        client_answer(clients[i], &answer);
        cr_assert_eq(answer.status, 200, "%s", answer.head);
    }
}

static uint64_t count(int client)
{
    struct answer answer;

    client_send(client, "GET /count HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(client, &answer);
    return value_take();
}

static void expect_no_allocation(struct server *s)
{
    static const char *const requests[] = {"GET /fixed HTTP/1.1\r\nHost: a\r\n\r\n",
                                           "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"};
    int clients[CLIENTS], holder;
    uint64_t before;

    routes_of_this_test(s);
    server_start(s);
    holder = client_open(s);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = client_open(s);
    }
    for (unsigned i = 0; i < 6; i++) { /* what is pooled is there after a while */
        ask_all(holder, clients, requests[i % 2]);
    }
    before = count(clients[0]);
    for (unsigned i = 0; i < 20; i++) {
        ask_all(holder, clients, requests[i % 2]);
    }
    cr_expect_eq(count(clients[0]) - before, 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        close(clients[i]);
    }
    close(holder);
}

CLOSING_SERVER(short_answers_to_64_connections_allocate_nothing)
{
    if (!allocated_counted()) {
        cr_skip_test("this allocator does not count");
    }
    server_create(s, backend);
    expect_no_allocation(s);
}

CLOSING_SERVER(nor_do_their_lines_in_the_log_and_their_latencies)
{
    const struct shunt_access_log log = {.size = sizeof log, .path = "/dev/null", .format = "json"};
    struct shunt_route metrics = {.size = sizeof metrics, .path = "/metrics"};

    if (!allocated_counted()) {
        cr_skip_test("this allocator does not count");
    }
    server_create(s, backend);
    metrics.handler = shunt_server_metrics;
    metrics.arg = s->server;
    cr_assert_eq(shunt_server_access_log(s->server, &log), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &metrics), SHUNT_OK);
    expect_no_allocation(s);
}
