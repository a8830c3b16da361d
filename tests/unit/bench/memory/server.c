/* The server in memory answers as the one behind sockets does, and keeps nothing. */
#include "memory/server.h"

#include "support/allocated.h"

#include "upgrades.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <shunt/server.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WEBSOCKET                                                                                  \
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"                 \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define ACCEPT   "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define SWITCHED "HTTP/1.1 101 Switching Protocols\r\nUpgrade: "

/* The key and its accept value are those of RFC 6455 section 1.3. */
static const struct row {
    const char *why, *request;
    const char *begins; /* what the answer begins with */
    bool opened;
} rows[] = {
    {"websocket", WEBSOCKET,
     SWITCHED "websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n", true},
    {"echo", "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
     SWITCHED "echo\r\nConnection: Upgrade\r\n\r\n", true},
    {"bytes behind the request are the protocol's",
     "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello",
     SWITCHED "echo\r\nConnection: Upgrade\r\n\r\nhello", true},
    {"the second offer, after 100",
     "POST /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c, echo\r\n"
     "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok",
     "HTTP/1.1 100 Continue\r\n\r\n" SWITCHED "echo\r\n", true},
    {"two requests, the second upgrades",
     "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
     "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
     "HTTP/1.1 404 ", true},
    {"an unknown protocol",
     "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "HTTP/1.1 426 ",
     false},
    {"no key",
     "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
     "Sec-WebSocket-Version: 13\r\n\r\n",
     "HTTP/1.1 400 ", false},
    {"a head that is none, answered and closed", "GET / HTTP/1.1\r\nHo st: a\r\n\r\n",
     "HTTP/1.1 400 ", false},
    {"half a request", "GET /ws HTTP/1.1\r\nHost: a\r\n", "", false},
};

enum { ROWS = sizeof rows / sizeof *rows };

struct fixture {
    struct memory_server *server;
    struct memory_worker *worker;
};

static void fixture_open(struct fixture *f, uint32_t connections)
{
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_eq(memory_server_create(NULL, 0, &f->server, &error), SHUNT_OK, "%s", words);
    cr_assert_eq(memory_worker_create(f->server, connections, &f->worker, &error), SHUNT_OK, "%s",
                 words);
}

static void fixture_close(struct fixture *f)
{
    memory_worker_destroy(f->worker);
    memory_server_destroy(f->server);
}

Test(bench_memory_server, answers_and_opens_as_the_table_says, .timeout = 30)
{
    struct fixture f;

    fixture_open(&f, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        struct memory_exchange exchange = {.request = shunt_span_of(rows[i].request)};

        cr_assert_eq(memory_worker_run(f.worker, &exchange, 1), SHUNT_OK);
        cr_expect_eq(exchange.opened, rows[i].opened, "%s", rows[i].why);
        cr_expect(exchange.answer.len >= strlen(rows[i].begins) &&
                      memcmp(exchange.answer.at, rows[i].begins, strlen(rows[i].begins)) == 0,
                  "%s: %.*s", rows[i].why, (int)exchange.answer.len, exchange.answer.at);
        cr_expect_eq(memory_worker_live(f.worker), 0, "%s", rows[i].why);
    }
    fixture_close(&f);
}

Test(bench_memory_server, serves_connections_side_by_side_and_gives_all_of_them_back, .timeout = 30)
{
    struct memory_exchange exchanges[ROWS * 10];
    struct fixture f;

    fixture_open(&f, ROWS * 10);
    for (unsigned run = 0; run < 20; run++) {
        for (size_t i = 0; i < ROWS * 10; i++) {
            exchanges[i].request = shunt_span_of(rows[i % ROWS].request);
        }
        cr_assert_eq(memory_worker_run(f.worker, exchanges, ROWS * 10), SHUNT_OK);
        for (size_t i = 0; i < ROWS * 10; i++) {
            const char *begins = rows[i % ROWS].begins;

            cr_expect_eq(exchanges[i].opened, rows[i % ROWS].opened, "%s", rows[i % ROWS].why);
            cr_expect(strncmp(exchanges[i].answer.at, begins, strlen(begins)) == 0, "%s",
                      rows[i % ROWS].why);
        }
        cr_assert_eq(memory_worker_live(f.worker), 0);
    }
    fixture_close(&f);
}

Test(bench_memory_server, knows_what_is_linked_in)
{
    struct fixture f;

    fixture_open(&f, 1);
    cr_expect(memory_server_speaks(f.server, "websocket"));
    cr_expect(memory_server_speaks(f.server, "ECHO/1"));
    cr_expect_not(memory_server_speaks(f.server, "h2c"));
    cr_expect_not(memory_server_speaks(f.server, ""));
    cr_expect_str_eq(memory_server_protocols(f.server), "echo, websocket");
    fixture_close(&f);
}

/* ---- beside a server with sockets ---- */

extern const struct shunt_plugin echo_plugin, websocket_plugin;

struct real {
    struct shunt_server *server;
    pthread_t thread;
    sem_t ready;
};

static void is_ready(void *arg)
{
    sem_post(arg);
}

static void *real_main(void *arg)
{
    struct real *real = arg;
    enum shunt_status status = shunt_server_run(real->server, is_ready, &real->ready);

    cr_expect_eq(status, SHUNT_OK, "%s", shunt_server_error(real->server));
    return NULL;
}

static void real_open(struct real *real, const char *backend)
{
    static const char *const upgrade[] = {"echo", "websocket", NULL};
    static const char *const settings[] = {"service", "echo", NULL};
    const struct shunt_route route = {
        .size = sizeof route, .path = MEMORY_PATH, .upgrade = upgrade, .settings = settings};

    cr_assert_eq(shunt_server_create(&real->server), SHUNT_OK);
    cr_assert_eq(shunt_server_plugin_add(real->server, &echo_plugin, NULL), SHUNT_OK);
    cr_assert_eq(shunt_server_plugin_add(real->server, &websocket_plugin, NULL), SHUNT_OK);
    cr_assert_eq(shunt_server_route(real->server, &route), SHUNT_OK);
    cr_assert_eq(shunt_server_listen(real->server, "127.0.0.1:0"), SHUNT_OK);
    cr_assert_eq(shunt_server_workers(real->server, 1), SHUNT_OK);
    cr_assert_eq(shunt_server_backend(real->server, backend), SHUNT_OK);
    sem_init(&real->ready, 0, 0);
    cr_assert_eq(pthread_create(&real->thread, NULL, real_main, real), 0);
    sem_wait(&real->ready);
}

static void real_close(struct real *real)
{
    shunt_server_stop(real->server);
    pthread_join(real->thread, NULL);
    shunt_server_destroy(real->server);
}

/* What comes to `request` until `len` bytes are there. */
static size_t real_ask(const struct real *real, const char *request, char *answer, size_t len)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)shunt_server_port(real->server, 0)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t got = 0;
    ssize_t more = 1;

    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    cr_assert_eq(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    while (got < len && more > 0) {
        more = recv(fd, answer + got, len - got, 0);
        got += more > 0 ? (size_t)more : 0;
    }
    close(fd);
    return got;
}

/* A second may pass between the two answers. */
static void hide_dates(char *text, size_t len)
{
    for (char *at = text; (at = memmem(at, len - (size_t)(at - text), "Date: ", 6)) != NULL;) {
        for (at += 6; at < text + len && *at != '\r'; at++) {
            *at = '#';
        }
    }
}

static void compare_with(const char *backend)
{
    struct memory_exchange exchanges[ROWS];
    char kept[ROWS][4096], real_answer[4096];
    struct fixture f;
    struct real real;

    fixture_open(&f, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        exchanges[i].request = shunt_span_of(rows[i].request);
    }
    cr_assert_eq(memory_worker_run(f.worker, exchanges, ROWS), SHUNT_OK);
    for (size_t i = 0; i < ROWS; i++) {
        cr_assert_leq(exchanges[i].answer.len, sizeof kept[i]);
        memcpy(kept[i], exchanges[i].answer.at, exchanges[i].answer.len);
    }
    fixture_close(&f); /* a plugin is started once at a time */
    real_open(&real, backend);
    for (size_t i = 0; i < ROWS; i++) {
        size_t len = exchanges[i].answer.len;
        size_t got = real_ask(&real, rows[i].request, real_answer, len);

        hide_dates(kept[i], len);
        hide_dates(real_answer, got);
        cr_expect(got == len && memcmp(real_answer, kept[i], len) == 0, "%s: %.*s and not %.*s",
                  rows[i].why, (int)len, kept[i], (int)got, real_answer);
    }
    real_close(&real);
}

Test(bench_memory_server, says_the_same_bytes_as_over_sockets_on_epoll, .timeout = 60)
{
    compare_with("epoll");
}

Test(bench_memory_server, says_the_same_bytes_as_over_sockets_on_the_usual_back_end, .timeout = 60)
{
    compare_with("auto");
}

/* ---- checking ---- */

Test(bench_memory_server, a_wrong_accept_value_or_an_unopened_protocol_is_counted_as_a_failure)
{
    static const struct {
        const char *why, *accept;
        bool opened;
        uint64_t completed, wrong_accept, other;
    } checks[] = {
        {"right", ACCEPT, true, 1, 0, 0},
        {"of another key", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", true, 0, 1, 0},
        {"not handed over", ACCEPT, false, 0, 0, 1},
    };
    struct memory_exchange exchange = {.request = shunt_span_of(WEBSOCKET)};
    struct fixture f;

    fixture_open(&f, 1);
    cr_assert_eq(memory_worker_run(f.worker, &exchange, 1), SHUNT_OK);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        static struct tally tally; /* large */

        tally = (struct tally){.established = 0};
        exchange.opened = checks[i].opened;
        struct response_want want = {.protocol = shunt_span_of("websocket"),
                                     .accept = shunt_span_of(checks[i].accept)};

        upgrades_count(&tally, &exchange, &want, 1000);
        cr_expect_eq(histogram_count(&tally.latency_ns), checks[i].completed, "%s", checks[i].why);
        cr_expect_eq(tally.failures[FAILURE_WRONG_ACCEPT], checks[i].wrong_accept, "%s",
                     checks[i].why);
        cr_expect_eq(tally.failures[FAILURE_OTHER], checks[i].other, "%s", checks[i].why);
    }
    fixture_close(&f);
}

/* Not even OpenSSL does. */
Test(bench_memory_server, a_handshake_allocates_nothing, .timeout = 30)
{
    enum { CONNECTIONS = 64, ROUNDS = 50 };
    struct memory_exchange exchanges[CONNECTIONS];
    struct fixture f;
    uint64_t before = 0;

    if (!allocated_counted()) {
        cr_skip_test("this allocator does not count");
    }
    fixture_open(&f, CONNECTIONS);
    for (unsigned round = 0; round < 2 * ROUNDS; round++) {
        for (unsigned i = 0; i < CONNECTIONS; i++) {
            exchanges[i] = (struct memory_exchange){.request = shunt_span_of(WEBSOCKET)};
        }
        before = round == ROUNDS ? allocated_bytes() : before;
        cr_assert_eq(memory_worker_run(f.worker, exchanges, CONNECTIONS), SHUNT_OK);
        cr_assert(exchanges[0].opened && exchanges[CONNECTIONS - 1].opened);
    }
    cr_expect_eq(allocated_bytes() - before, 0);
    fixture_close(&f);
}
