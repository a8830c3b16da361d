/* The budget of a worker: what many peers can make it buffer. Bytes are those that it counts. */
#include "conformance/server_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MIB = 1 << 20, CLIENTS = 50 };

static char bytes[8 * MIB];

static void gives(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_eq(shunt_response_body(response, "text/plain", bytes, sizeof bytes), SHUNT_OK);
}

static void memory_open(struct server *s, enum io_backend backend, uint64_t budget)
{
    const struct shunt_route fixed = {.size = sizeof fixed, .path = "/fixed"};
    const struct shunt_route given = {.size = sizeof given, .path = "/given", .handler = gives};
    struct config *config;

    server_create(s, backend);
    config = server_config(s->server);
    config->limits.memory_bytes_max = budget;
    config->limits.response_bytes_max = budget / 2;
    config->limits.queue_bytes_max = budget / 2;
    cr_assert_eq(config_add_route(config, &fixed), SHUNT_OK);
    config->routes[config->route_count - 1].text = calloc(1, budget / 8);
    config->routes[config->route_count - 1].text_len = budget / 8;
    cr_assert_eq(shunt_server_route(s->server, &given), SHUNT_OK);
    server_log_keep(s);
    server_start(s);
}

/* What has been sent has been taken in. */
static void wait_for_bytes_back(struct server *s)
{
    while (server_counter(s, "conn.memory_bytes") > 0) {
    }
}

CLOSING_SERVER(bodies_that_nobody_reads_are_not_buffered)
{
    static const char head[] =
        "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n";
    int clients[CLIENTS];

    memory_open(s, backend, 64 * MIB);
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct answer answer;

        clients[i] = client_open(s);
        client_send(clients[i], head);
        fixture_write(clients[i], bytes, 100000);
        client_answer(clients[i], &answer);
        cr_expect_eq(answer.status, 404);
    }
    client_turn(s);
    for (unsigned i = 0; i < CLIENTS; i++) {
        client_delivered(clients[i]);
    }
    client_turn(s);
    cr_expect_eq(server_counter(s, "conn.memory_bytes"), 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        close(clients[i]);
    }
}

CLOSING_SERVER(readers_of_a_file_that_do_not_read_share_it)
{
    int clients[CLIENTS];

    memory_open(s, backend, 64 * MIB);
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct answer answer;

        clients[i] = client_open(s);
        client_send(clients[i], "GET /fixed HTTP/1.1\r\nHost: a\r\n\r\n");
        client_head(clients[i], &answer);
        cr_expect_eq(answer.status, 200);
    }
    cr_expect_gt(server_counter(s, "conn.memory_bytes"), 0);
    cr_expect_lt(server_counter(s, "conn.memory_bytes"), CLIENTS * 4096);
    for (unsigned i = 0; i < CLIENTS; i++) {
        close(clients[i]);
    }
    wait_for_bytes_back(s);
}

CLOSING_SERVER(above_a_half_requests_with_a_body_get_503_and_the_others_go_on)
{
    static const char head[] = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n";
    struct answer answer;
    int held[2], fd;

    memory_open(s, backend, 5 * MIB);
    for (unsigned i = 0; i < 2; i++) {
        held[i] = client_open(s);
        client_send(held[i], head);
        fixture_write(held[i], bytes, MIB - 1);
    }
    while (server_counter(s, "conn.memory_bytes") < 2 * MIB) {
    }
    fd = client_open(s);
    client_send(fd, head);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 503, "%s", answer.head);
    cr_expect(answer_has(&answer, "Connection: close"), "%s", answer.head);
    client_expect_fin(fd);
    server_log_wait(s, "memory_bytes_max: ");
    cr_expect_eq(server_counter(s, "conn.memory_requests"), 1);
    client_turn(s);                    /* a request without a body is answered */
    for (unsigned i = 0; i < 2; i++) { /* and those that are there are, with their last byte */
        fixture_write(held[i], bytes, 1);
        client_head(held[i], &answer);
        cr_expect_eq(answer.status, 200, "%s", answer.head);
        close(held[i]);
    }
    wait_for_bytes_back(s);
}

/* Until the end of `fd`; how much came. */
static size_t drain(int fd, bool *reset)
{
    static char room[1 << 16]; /* not `bytes`: the server sends those */
    size_t len = 0;
    ssize_t got;

    while ((got = recv(fd, room, sizeof room, 0)) > 0) {
        len += (size_t)got;
    }
    *reset = got < 0 && errno == ECONNRESET;
    close(fd);
    return len;
}

CLOSING_SERVER(who_does_not_read_for_longest_is_reset_and_counted_and_the_others_get_all)
{
    enum { READERS = 4 }; /* 8 MiB each: the fourth is above seven eighths of 34 */
    int clients[READERS];

    memory_open(s, backend, 34 * MIB);
    for (unsigned i = 0; i < READERS; i++) {
        uint64_t end_ms = fixture_now_ms() + 50;

        clients[i] = client_open(s);
        client_send(clients[i], "GET /given HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        while (fixture_now_ms() < end_ms) { /* until the kernel takes no more of it */
            client_turn(s);
        }
    }
    while (server_counter(s, "conn.memory_evicted") == 0) {
    }
    for (unsigned i = 0; i < READERS; i++) {
        bool reset;
        size_t len = drain(clients[i], &reset);

        cr_expect_eq(reset, i == 0, "number %u", i);
        cr_expect(i == 0 ? len < sizeof bytes : len > sizeof bytes, "number %u: %zu", i, len);
    }
    cr_expect_eq(server_counter(s, "conn.memory_evicted"), 1);
    wait_for_bytes_back(s);
}
