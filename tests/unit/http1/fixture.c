#include "unit/http1/fixture.h"

#include <unistd.h>

void http_open(struct http *http, enum io_backend backend, shunt_handler *handler)
{
    static const char *const upgrade[] = {"websocket", "echo", NULL};
    const struct exchange_route items[] = {
        {.path = {"/text", 5}, .has_text = true, .text = {"hello", 5}, .content_type = "text/x"},
        {.path = {"/echo", 5}, .echo = true},
        {.path = {"/none", 5}},
        {.path = {"/ws", 3}, .upgrade = upgrade},
        {.path = {"/handler", 8}, .handler = handler},
    };
    const struct exchange_limits limits = {
        .http = {.head_bytes_max = 16384, .target_bytes_max = 8192, .fields_max = 100},
        .body_bytes_max = 100000,
        .response_bytes_max = 1 << 20,
        .requests_max = 0,
        .pending_upgrades_max = 10,
        .pending_answers_max = 10,
        .offers_max = 16,
        .head_ms = 10000,
        .body_ms = 10000,
        .keep_alive_ms = 10000,
        .upgrade_ms = 10000,
        .answer_ms = 10000,
        .drain_idle_ms = 100,
    };
    struct loop_options options = loop_options();

    cr_assert_eq(exchange_routes_init(&http->routes, items, sizeof items / sizeof *items),
                 SHUNT_OK);
    http1_context_init(&http->context, &http->routes, &limits);
    options.http = &http1_owner;
    options.http_context = &http->context;
    http->loop = loop_open(backend, &options);
    http->context.exchange.loop = http->loop;
    http->conn = loop_conn(http->loop, &http->far);
}

void http_close(struct http *http)
{
    conn_loop_destroy(http->loop);
    http1_context_fini(&http->context);
    exchange_routes_fini(&http->routes);
    close(http->far);
}

const char *http_ask(struct http *http, const char *request)
{
    loop_write(http->far, request);
    return loop_read(http->loop, http->far, NULL);
}

const char *http_ask_anew(struct http *http, const char *request, bool *ended)
{
    const char *answer;
    int end;

    close(http->far);
    loop_turn(http->loop, 3);
    http->conn = loop_conn(http->loop, &http->far);
    loop_write(http->far, request);
    answer = loop_read(http->loop, http->far, &end);
    *ended = end != 0;
    return answer;
}
