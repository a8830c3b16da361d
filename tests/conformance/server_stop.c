/* Pitfall 10: a stop while requests come in loses none of them. */
#include "conformance/server_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <unistd.h>

enum { CLIENTS = 8 };

static const char ask[] = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nmine";
static atomic_uint answered, lost;
static uint16_t port;

/* -1: nobody listens any more. */
static int connect_if_open(void)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* While the listener refuses SYNs nothing answers; a later attempt is refused. */
    const struct timeval limit = {.tv_usec = 200000};

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) {
        return fd;
    }
    close(fd);
    return -1;
}

/* One request; does the connection go on after it? */
static bool exchange(int fd)
{
    char bytes[1024] = "";
    size_t len = 0;

    if (send(fd, ask, sizeof ask - 1, MSG_NOSIGNAL) != (ssize_t)sizeof ask - 1) {
        atomic_fetch_add(&lost, 1);
        return false;
    }
    while (!strstr(bytes, "\r\n\r\nmine")) {
        ssize_t got = recv(fd, bytes + len, sizeof bytes - 1 - len, 0);

        if (got <= 0) {
            atomic_fetch_add(&lost, 1);
            return false;
        }
        len += (size_t)got;
        bytes[len] = '\0';
    }
    atomic_fetch_add(&answered, 1);
    return strstr(bytes, "Connection: close") == NULL;
}

static void *asks_again(void *arg)
{
    int fd = connect_if_open();

    (void)arg;
    while (fd >= 0 && exchange(fd)) {
    }
    close(fd);
    return NULL;
}

static void *connects_again(void *arg)
{
    int fd;

    (void)arg;
    while ((fd = connect_if_open()) >= 0) {
        (void)exchange(fd);
        close(fd);
    }
    return NULL;
}

static void run(enum io_backend backend, void *(*client)(void *arg))
{
    pthread_t threads[CLIENTS];
    struct server s;

    server_open(&s, backend, NULL);
    port = (uint16_t)s.port;
    for (unsigned i = 0; i < CLIENTS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, client, NULL), 0);
    }
    while (atomic_load(&answered) < 500) {
        client_turn(&s);
    }
    server_close(&s);
    for (unsigned i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
    }
    cr_expect_eq(atomic_load(&lost), 0, "%u lost, %u answered", atomic_load(&lost),
                 atomic_load(&answered));
}

SERVER_TEST(stop_under_load_answers_every_request_of_connections_that_live)
{
    run(backend, asks_again);
}

SERVER_TEST(stop_under_load_answers_every_connection_that_was_made)
{
    run(backend, connects_again);
}

SERVER_TEST(an_idle_connection_may_still_send_a_request_and_is_closed_behind_it)
{
    struct server s;
    struct answer answer;
    int idle, busy, stream;

    server_open(&s, backend, NULL);
    idle = client_open(&s);
    client_send(idle, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(idle, &answer);
    busy = client_open(&s);
    client_send(busy, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nmi");
    stream = client_upgraded(&s, "/any", "alpha");
    shunt_server_stop(s.server);
    mark_wait("shutdown", 1);
    client_send(idle, "GET /any HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(idle, &answer);
    cr_expect_str_eq(answer.body, "/any");
    cr_expect(answer_has(&answer, "Connection: close"), "%s", answer.head);
    client_expect_fin(idle);
    client_send(busy, "ne");
    client_answer(busy, &answer);
    cr_expect_str_eq(answer.body, "mine");
    client_expect_fin(busy);
    client_expect_fin(stream);
    server_join(&s);
}

WITH_SERVER(a_server_that_has_stopped_runs_again, NULL)
{
    int stream;

    client_turn(s);
    shunt_server_stop(s->server);
    cr_assert_eq(pthread_join(s->thread, NULL), 0);
    cr_assert_eq(s->result, SHUNT_OK, "%s", shunt_server_error(s->server));
    server_start(s);
    stream = client_upgraded(s, "/any", "alpha");
    for (unsigned i = 0; i < 50; i++) {
        client_turn(s); /* an order to stop would have come by now */
    }
    client_send(stream, "still");
    client_expect(stream, "still");
    cr_expect_eq(mark_count("shutdown"), 0);
    close(stream);
}
