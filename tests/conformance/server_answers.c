/* Answers longer than any queue: each goes out whole, or is a 500 and a line in the log. */
#include "conformance/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LONG = 5 << 20, PIPELINED = 6 };

static char bytes[(16 << 20) + 1];

static void bytes_fill(void)
{
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 2654435761u >> 24);
    }
}

/* What a configuration gives: a text, as a file is one once it is read, and an echo. */
static void routes_configure(struct config *config)
{
    const struct shunt_route fixed = {.size = sizeof(struct shunt_route), .path = "/fixed"},
                             echo = {.size = sizeof(struct shunt_route), .path = "/back"};
    struct config_route *route;

    config->limits.body_bytes_max = LONG;
    cr_assert_eq(config_add_route(config, &fixed), SHUNT_OK);
    route = &config->routes[config->route_count - 1];
    route->text = malloc(LONG);
    route->text_len = LONG;
    memcpy(route->text, bytes, LONG);
    cr_assert_eq(config_add_route(config, &echo), SHUNT_OK);
    config->routes[config->route_count - 1].echo = true;
}

static void gives(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    size_t len = strtoull(request->query.at, NULL, 10);

    (void)arg;
    value_put(shunt_response_body(response, "text/plain", bytes, len));
}

static void long_open(struct server *s, enum io_backend backend)
{
    const struct shunt_route route = {
        .size = sizeof(struct shunt_route), .path = "/given", .handler = gives};

    bytes_fill();
    server_create(s, backend);
    routes_configure(server_config(s->server));
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
    server_log_keep(s);
    server_start(s);
}

static void expects_long(int fd, const char *why)
{
    struct answer answer;
    char *got = malloc(LONG);

    client_head(fd, &answer);
    cr_assert_eq(answer.status, 200, "%s: %s", why, answer.head);
    cr_assert(answer_has(&answer, "Content-Length: 5242880"), "%s: %s", why, answer.head);
    cr_assert_eq(fixture_read(fd, got, LONG), LONG, "%s", why);
    cr_assert_eq(memcmp(got, bytes, LONG), 0, "%s", why);
    free(got);
}

CLOSING_SERVER(an_answer_longer_than_the_queues_limit_goes_out_whole)
{
    int fd;

    long_open(s, backend);
    fd = client_open(s);
    client_send(fd, "GET /fixed HTTP/1.1\r\nHost: a\r\n\r\n");
    expects_long(fd, "a file");
    client_send(fd, "GET /given?5242880 HTTP/1.1\r\nHost: a\r\n\r\n");
    expects_long(fd, "a handler's body");
    cr_expect_eq(value_take(), SHUNT_OK);
    client_send(fd, "POST /back HTTP/1.1\r\nHost: a\r\nContent-Length: 5242880\r\n\r\n");
    fixture_write(fd, bytes, LONG);
    expects_long(fd, "an echo");
    client_send(fd, "GET /fixed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expects_long(fd, "the last one");
    client_expect_fin(fd);
    cr_expect_eq(server_counter(s, "conn.queue_overflows"), 0);
}

CLOSING_SERVER(long_answers_to_pipelined_requests_all_go_out)
{
    static const char *const asks[] = {"GET /fixed HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "GET /given?5242880 HTTP/1.1\r\nHost: a\r\n\r\n"};
    int fd;

    long_open(s, backend);
    fd = client_open(s);
    for (unsigned i = 0; i < PIPELINED; i++) {
        client_send(fd, asks[i % 2]);
    }
    for (unsigned i = 0; i < PIPELINED; i++) {
        expects_long(fd, asks[i % 2]);
    }
    close(fd);
}

CLOSING_SERVER(a_body_over_its_bound_is_500_and_the_log_has_the_reason)
{
    struct answer answer;
    int fd;

    long_open(s, backend);
    fd = client_open(s);
    client_send(fd, "GET /given?16777217 HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 500, "%s", answer.head);
    cr_expect_eq(value_take(), SHUNT_ETOOBIG);
    server_log_wait(s, "/given: its handler gave a body of 16777217 bytes, and "
                       "response_bytes_max is 16777216: answered with 500");
    client_send(fd, "HEAD /given?16777217 HTTP/1.1\r\nHost: a\r\n\r\n");
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 500, "%s", answer.head);
    client_send(fd, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200, "the connection goes on: %s", answer.head);
    cr_expect_eq(server_counter(s, "session.responses_too_big"), 2);
    close(fd);
}

static enum shunt_verdict refuses_at_length(const struct shunt_request *request,
                                            struct shunt_upgrade *upgrade)
{
    const struct shunt_span body = {bytes, strtoull(request->query.at, NULL, 10)};

    value_put(probe.host->upgrade_refuse(upgrade, 403, "text/plain", body));
    return SHUNT_REFUSE;
}

CLOSING_SERVER(a_refusal_is_bound_as_an_answer_is)
{
    struct answer answer;
    int fd;

    probe.negotiate = refuses_at_length;
    long_open(s, backend);
    fd = client_open(s);
    client_send(fd, upgrade_request("/any?5242880", "alpha", ""));
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 403, "%s", answer.head);
    cr_expect_eq(value_take(), SHUNT_OK);
    for (size_t left = LONG; left > 0;) {
        ssize_t got =
            recv(fd, answer.body, left < sizeof answer.body ? left : sizeof answer.body, 0);

        cr_assert_gt(got, 0);
        left -= (size_t)got;
    }
    client_send(fd, upgrade_request("/any?16777217", "alpha", ""));
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 500, "%s", answer.head);
    cr_expect_eq(value_take(), SHUNT_ETOOBIG);
    close(fd);
}
