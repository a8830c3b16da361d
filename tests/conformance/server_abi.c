/* Plugins of other minors than ours: tests/plugins/abi_1_0. */
#include "conformance/server_fixture.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HANDSHAKE "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

/* A server with a plugin of TEST_PLUGIN_DIR, and the routes /first and /ws for it. */
static void abi_server(struct server *s, enum io_backend backend, const char *plugin)
{
    static const char *const first[] = {"first", NULL}, *const websocket[] = {"websocket", NULL};
    static const char *const room[] = {"room", "seven", NULL};
    static const char *const service[] = {"service", "first", NULL};
    static const char *const settings[] = {"greeting", "hello ", NULL};
    const struct shunt_route routes[] = {
        {.size = sizeof *routes, .path = "/first", .upgrade = first, .settings = room},
        {.size = sizeof *routes, .path = "/ws", .upgrade = websocket, .settings = service},
    };
    char file[512];

    server_create(s, backend);
    snprintf(file, sizeof file, "%s/%s", TEST_PLUGIN_DIR, plugin);
    cr_assert_eq(shunt_server_plugin_load(s->server, file, settings), SHUNT_OK, "%s",
                 shunt_server_error(s->server));
    snprintf(file, sizeof file, "%s/websocket.so", SHIPPED_PLUGIN_DIR);
    cr_assert_eq(shunt_server_plugin_load(s->server, file, NULL), SHUNT_OK, "%s",
                 shunt_server_error(s->server));
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        cr_assert_eq(shunt_server_route(s->server, &routes[i]), SHUNT_OK);
    }
}

static void speaks_first(const struct server *s)
{
    struct answer answer;
    int fd = client_open(s);

    client_send(fd, upgrade_request("/first", "first", ""));
    client_head(fd, &answer);
    cr_assert_eq(answer.status, 101, "%s", answer.head);
    cr_expect(answer_has(&answer, "Room: seven"), "%s", answer.head);
    client_expect(fd, "hello ");
    client_send(fd, "all of it");
    client_expect(fd, "all of it");
    client_expect(fd, "hello "); /* the timer */
    cr_assert_eq(shutdown(fd, SHUT_WR), 0);
    client_expect_fin(fd);
}

static void speaks_websocket(const struct server *s)
{
    static const char masked_ok[] = {'\x81', '\x82', 0, 0, 0, 0, 'o', 'k'};
    struct answer answer;
    int fd = client_open(s);

    client_send(fd, upgrade_request("/ws", "websocket", HANDSHAKE));
    client_head(fd, &answer);
    cr_assert_eq(answer.status, 101, "%s", answer.head);
    fixture_write(fd, masked_ok, sizeof masked_ok);
    client_expect(fd, "\x81\x02ok");
    close(fd);
}

static void runs(enum io_backend backend, const char *plugin)
{
    struct server s;

    abi_server(&s, backend, plugin);
    server_start(&s);
    speaks_first(&s);
    speaks_websocket(&s);
    server_close(&s);
}

SERVER_TEST(a_plugin_and_a_service_that_were_built_at_1_0_run)
{
    runs(backend, "abi_1_0.so");
}

SERVER_TEST(a_plugin_and_a_service_with_members_of_a_later_minor_run)
{
    runs(backend, "abi_later.so");
}

CLOSING_SERVER(a_handler_and_a_filter_with_members_of_a_later_minor_run)
{
    const struct shunt_filter filter = {.size = sizeof filter, .name = "first"};
    const struct shunt_route route = {.size = sizeof route,
                                      .path = "/http",
                                      .handler_name = "abi/first",
                                      .filters =
                                          (const struct shunt_filter *const[]){&filter, NULL}};
    struct answer answer;
    int fd;

    abi_server(s, backend, "abi_later.so");
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    server_start(s);
    fd = client_open(s);
    client_send(fd, "GET /http HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200);
    cr_expect_str_eq(answer.body, "hello ");
    cr_expect(answer_has(&answer, "Filter: first"), "%s", answer.head);
    close(fd);
}

CLOSING_SERVER(a_service_whose_table_is_shorter_than_1_0_is_refused_with_both_sizes)
{
    struct answer answer;
    int fd;

    abi_server(s, backend, "abi_short.so");
    server_log_keep(s);
    server_start(s);
    speaks_first(s);
    fd = client_open(s);
    client_send(fd, upgrade_request("/ws", "websocket", HANDSHAKE));
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 500);
    server_log_wait(s, "websocket: service 'first': expected a table of 56 bytes or more, found "
                       "48");
    close(fd);
}

/* A program that was built against other headers hands over a route of another size. */
CLOSING_SERVER(a_route_that_is_shorter_than_1_0_is_refused_with_both_sizes)
{
    const struct {
        struct shunt_route route;
        void *member;
    } later = {.route = {.size = sizeof later, .path = "/later"}};
    const struct shunt_route none = {.path = "/none"};
    char sentence[128];

    server_create(s, backend);
    snprintf(sentence, sizeof sentence, "route: expected a structure of %zu bytes or more, found 0",
             SHUNT_ROUTE_BYTES_1_0);
    cr_expect_eq(shunt_server_route(s->server, &none), SHUNT_EINVAL);
    cr_expect(strstr(shunt_server_error(s->server), sentence), "%s", shunt_server_error(s->server));
    cr_expect_eq(shunt_server_route(s->server, &later.route), SHUNT_OK);
    server_start(s);
}
