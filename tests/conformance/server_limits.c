/* Bounds: what is over them is refused and counted, and the others go on. */
#include "conformance/server_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char ask[] = "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n";

/* Where the test looks at counters. */
static void open_counted(struct server *s, enum io_backend backend,
                         void (*change)(struct config *config))
{
    server_create(s, backend);
    if (change) {
        change(server_config(s->server));
    }
    server_log_keep(s);
    server_start(s);
}

static void served(int fd)
{
    struct answer answer;

    client_send(fd, ask);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200);
}

/* ---- connections ---- */

static void two_connections(struct config *config)
{
    config->limits.connections_max = 2;
}

/* A client that is reset at once. On one processor the reset may be there before connect() is back.
 */
static void client_refused(const struct server *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)s->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) {
        client_expect_reset(fd);
        return;
    }
    cr_expect_eq(errno, ECONNRESET, "%s", strerror(errno));
    meet();
    close(fd);
}

CLOSING_SERVER(a_connection_over_the_limit_is_refused_and_counted_and_room_comes_back)
{
    int first, second;

    open_counted(s, backend, two_connections);
    first = client_open(s);
    second = client_open(s);
    served(first);
    served(second);
    for (int i = 0; i < 5; i++) {
        client_refused(s);
    }
    cr_expect_eq(server_counter(s, "conn.refused_full"), 5);
    close(second);
    while (server_counter(s, "conn.live") > 1) {
    }
    second = client_open(s);
    served(second);
    served(first);
    close(first);
    close(second);
}

static void never_parks(struct config *config)
{
    config->timeouts.park_ms = 3600000;
}

/* The limit is set before the server starts: io_uring reads it when an accept is armed. */
CLOSING_SERVER(without_descriptors_accepting_waits_and_goes_on_when_there_are_some)
{
    enum { CLIENTS = 6, ROOM = 2, LIMIT = 256 };
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct rlimit limit;
    uint64_t live;
    int clients[CLIENTS], fillers[LIMIT], count = 0, looks = 0;

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = LIMIT;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    open_counted(s, backend, never_parks);
    server_log_wait(s, " worker on "); /* the log has opened its descriptor */
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    }
    while ((fillers[count] = dup(0)) >= 0) {
        count++;
    }
    for (unsigned i = 0; i < ROOM; i++) {
        close(fillers[--count]);
    }
    at.sin_port = htons((uint16_t)s->port);
    for (unsigned i = 0; i < CLIENTS; i++) {
        cr_assert_eq(connect(clients[i], (struct sockaddr *)&at, sizeof at), 0);
        fixture_write(clients[i], ask, sizeof ask - 1);
    }
    while (server_counter(s, "conn.accept_failures") < 3) {
        cr_assert_lt(looks++, 1000000);
    }
    live = server_counter(s, "conn.live");
    cr_expect_eq(live, ROOM, "%lu are served", live);
    cr_expect_lt(server_counter(s, "io.turns"), 1000u + 2u * (unsigned)looks, "it spins");
    for (unsigned i = 0; i < CLIENTS; i++) { /* each one that goes makes room for others */
        struct answer answer;

        client_answer(clients[i], &answer);
        cr_expect_eq(answer.status, 200);
        close(clients[i]);
    }
    while (count > 0) {
        close(fillers[--count]);
    }
    client_turn(s);
}

/* ---- time ---- */

/* Long enough for a busy machine to get from a connect to its first send. */
enum { HASTY_MS = 300 };

static void hasty(struct config *config)
{
    config->timeouts.head_ms = HASTY_MS;
    config->timeouts.body_ms = HASTY_MS;
    config->timeouts.keep_alive_ms = HASTY_MS;
}

WITH_SERVER(who_takes_too_long_gets_408_or_where_nothing_was_begun_the_end, hasty)
{
    static const struct {
        const char *why, *sent;
        unsigned status;
    } rows[] = {
        {"a head without its end", "GET /plain HTTP/1.1\r\nHost: a\r\n", 408},
        {"one byte", "G", 408},
        {"a body that stops", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab", 408},
        {"a chunked one",
         "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 408},
        {"nothing at all", "", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        int fd = client_open(s);

        client_send(fd, rows[i].sent);
        if (rows[i].status) {
            client_answer(fd, &answer);
            cr_expect_eq(answer.status, rows[i].status, "%s: %s", rows[i].why, answer.head);
            cr_expect(answer_has(&answer, "Connection: close"), "%s", rows[i].why);
        }
        client_expect_fin(fd);
    }
}

WITH_SERVER(an_idle_connection_is_closed_after_its_time_and_not_before, hasty)
{
    uint64_t began;
    int fd;

    fd = client_open(s);
    began = fixture_now_ms(); /* before the request: the server's time begins no sooner */
    served(fd);
    client_expect_fin(fd);
    cr_expect_geq(fixture_now_ms() - began, HASTY_MS, "too early");
}

WITH_SERVER(a_head_that_trickles_in_is_cut_off_however_busy_it_looks, hasty)
{
    struct answer answer;
    uint64_t began = fixture_now_ms();
    int fd;

    fd = client_open(s);
    client_send(fd, "GET /plain HTTP/1.1\r\nHost: a\r\nX: ");
    while (recv(fd, answer.head, 1, MSG_PEEK | MSG_DONTWAIT) < 0) {
        if (send(fd, "y", 1, MSG_NOSIGNAL) < 0) {
            break;
        }
        client_turn(s);
        cr_assert_lt(fixture_now_ms() - began, 10000);
    }
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 408);
    close(fd);
}

/* ---- output ---- */

static char big[60000];

static void answer_big(void *arg, const struct shunt_request *request,
                       struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_assert_eq(shunt_response_body(response, "text/plain", big, sizeof big), SHUNT_OK);
}

static void route_big(struct server *s)
{
    const struct shunt_route route = {.size = sizeof route, .path = "/big", .handler = answer_big};

    memset(big, 'x', sizeof big);
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK);
}

/* Requests that wait for room in the output have been sent in time: no 408, and all are answered.
 */
CLOSING_SERVER(who_pipelines_and_reads_late_gets_all_answers)
{
    enum { REQUESTS = 200 };
    uint64_t end_ms;
    int fd;

    server_create(s, backend);
    hasty(server_config(s->server));
    /* The wait is for room, not for the next request, however slowly this machine sends them. */
    server_config(s->server)->timeouts.keep_alive_ms = 60000;
    server_config(s->server)->timeouts.head_ms = 1000;
    route_big(s);
    server_start(s);
    fd = client_open(s);
    for (unsigned i = 0; i < REQUESTS; i++) {
        client_send(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for (end_ms = fixture_now_ms() + 1100; fixture_now_ms() < end_ms;) {
        client_turn(s);
    }
    for (unsigned i = 0; i < REQUESTS; i++) {
        struct answer answer;

        client_answer(fd, &answer);
        cr_assert_eq(answer.status, 200, "number %u: %s", i, answer.head);
        cr_assert_eq(answer.body_len, sizeof big);
    }
    close(fd);
}

static void write_limit(struct config *config)
{
    config->timeouts.write_ms = 50;
    config->timeouts.park_ms = 16;
}

CLOSING_SERVER(who_does_not_read_is_cut_off_after_the_write_time_out)
{
    int fd;

    server_create(s, backend);
    write_limit(server_config(s->server));
    server_log_keep(s);
    route_big(s);
    server_start(s);
    fd = client_open(s);
    for (unsigned i = 0; i < 200; i++) {
        client_send(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    while (server_counter(s, "conn.write_timeouts") == 0) {
    }
    client_expect_reset(fd);
}

/* ---- pitfall 7 ---- */

static atomic_bool flooding = true;

static void *reads_flood(void *arg)
{
    static char bytes[65536];

    while (recv(*(int *)arg, bytes, sizeof bytes, 0) > 0) {
    }
    return NULL;
}

static void *floods(void *arg)
{
    static char requests[100 * (sizeof ask - 1)];
    int fd = *(int *)arg;
    pthread_t reader;

    for (unsigned i = 0; i < 100; i++) {
        memcpy(requests + i * (sizeof ask - 1), ask, sizeof ask - 1);
    }
    cr_assert_eq(pthread_create(&reader, NULL, reads_flood, arg), 0);
    while (atomic_load(&flooding)) {
        fixture_write(fd, requests, sizeof requests);
    }
    shutdown(fd, SHUT_WR);
    pthread_join(reader, NULL);
    return NULL;
}

CLOSING_SERVER(one_flooder_and_a_thousand_slow_clients_are_all_served)
{
    enum { CLIENTS = 1000 };
    static int clients[CLIENTS];
    struct rlimit limit;
    pthread_t flooder;
    int flood;

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < 2 * CLIENTS + 100) {
        cr_skip_test("needs %d descriptors", 2 * CLIENTS + 100);
    }
    limit.rlim_cur = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    server_open(s, backend, NULL);
    flood = client_open(s);
    cr_assert_eq(pthread_create(&flooder, NULL, floods, &flood), 0);
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = client_open(s);
    }
    for (size_t at = 0; at < sizeof ask - 1; at += 8) { /* a few bytes of each in turn */
        size_t len = sizeof ask - 1 - at < 8 ? sizeof ask - 1 - at : 8;

        for (unsigned i = 0; i < CLIENTS; i++) {
            fixture_write(clients[i], ask + at, len);
        }
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        struct answer answer;

        client_answer(clients[i], &answer);
        cr_assert_eq(answer.status, 200, "number %u", i);
        close(clients[i]);
    }
    atomic_store(&flooding, false);
    pthread_join(flooder, NULL);
    close(flood);
}

/* ---- pitfall 9: the reason is logged ---- */

Test(server_denied, the_log_has_epoll_and_the_reason)
{
    struct server s;

    fixture_uring_deny();
    open_counted(&s, IO_AUTO, NULL);
    server_log_wait(&s, "on epoll: io_uring");
    served(client_open(&s));
    server_close(&s);
}

Test(server_denied, who_insists_on_io_uring_gets_the_reason)
{
    struct server s;

    fixture_uring_deny();
    server_create(&s, IO_URING);
    cr_expect_eq(shunt_server_run(s.server, NULL, NULL), SHUNT_ESYS);
    cr_expect_not_null(strstr(shunt_server_error(s.server), "io_uring"), "%s",
                       shunt_server_error(s.server));
    shunt_server_destroy(s.server);
}
