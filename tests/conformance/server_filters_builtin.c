/* Filters that are built in, over whole servers. */
#include "conformance/server_fixture.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void builtin_open(struct server *s, enum io_backend backend, const char *name,
                         const char *const *settings)
{
    const struct shunt_filter filter = {.size = sizeof filter, .name = name, .settings = settings};

    server_create(s, backend);
    cr_assert_eq(shunt_server_filter(s->server, &filter), SHUNT_OK, "%s",
                 shunt_server_error(s->server));
    server_log_keep(s);
    server_start(s);
}

CLOSING_SERVER(a_client_that_asks_too_often_gets_429_and_others_go_on)
{
    static const char *const settings[] = {"requests", "2", "every_s", "3600", NULL};
    struct answer answer;
    int fd;

    builtin_open(s, backend, "rate", settings);
    fd = client_open(s);
    for (int i = 0; i < 4; i++) {
        client_send(fd, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
        client_answer(fd, &answer);
        cr_expect_eq(answer.status, i < 2 ? 200 : 429);
    }
    cr_expect(answer_has(&answer, "Retry-After: 1800"), "%s", answer.head);
    client_send(fd, upgrade_request("/any", "alpha", ""));
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 429);
    close(fd);
    cr_expect_eq(server_counter(s, "session.requests_limited"), 3);
}

/* ---- passwords ---- */

/* A file with ann, whose password is "open", and bob's "sesame". */
static char *passwords_write(void)
{
    static char file[] = "/tmp/shunt-passwords-XXXXXX";
    int fd = mkstemp(strcpy(file, "/tmp/shunt-passwords-XXXXXX"));

    cr_assert_geq(fd, 0);
    dprintf(fd, "ann:%s\n", crypt("open", "$5$rounds=1000$abcdefgh$"));
    dprintf(fd, "bob:%s\n", crypt("sesame", "$6$rounds=1000$ijklmnop$"));
    close(fd);
    return file;
}

#define ANN   "Authorization: Basic YW5uOm9wZW4=\r\n"
#define BOB   "Authorization: Basic Ym9iOnNlc2FtZQ==\r\n"
#define WRONG "Authorization: Basic YW5uOnNlc2FtZQ==\r\n"
#define CARL  "Authorization: Basic Y2FybDpvcGVu\r\n"
#define PLAIN "GET /plain HTTP/1.1\r\nHost: a\r\n"

CLOSING_SERVER(passwords_are_checked_beside_the_loop_and_remembered)
{
    const char *const settings[] = {"file", passwords_write(), NULL};
    static const struct {
        const char *request;
        unsigned status;
    } rows[] = {{PLAIN ANN "\r\n", 200},   {PLAIN ANN "\r\n", 200},  {PLAIN BOB "\r\n", 200},
                {PLAIN WRONG "\r\n", 401}, {PLAIN CARL "\r\n", 401}, {PLAIN "\r\n", 401},
                {PLAIN ANN "\r\n", 200}};
    struct answer answer;
    char *all = calloc(1, 4096);
    int fd;

    builtin_open(s, backend, "basic_auth", settings);
    unlink(settings[1]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        strcat(all, rows[i].request);
    }
    fd = client_open(s);
    client_send(fd, all);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        client_answer(fd, &answer);
        cr_expect_eq(answer.status, rows[i].status, "%s%s", rows[i].request, answer.head);
        cr_expect_eq(answer_has(&answer, "WWW-Authenticate: Basic realm=\"shunt\", "
                                         "charset=\"UTF-8\""),
                     rows[i].status == 401);
    }
    client_send(fd, upgrade_request("/any", "alpha", WRONG));
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 401);
    client_send(fd, upgrade_request("/any", "alpha", ANN));
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    close(fd);
    free(all);
    cr_expect_eq(server_counter(s, "session.answers_deferred"), 5, "ann and bob once, others each");
}

CLOSING_SERVER(more_passwords_than_may_wait_are_refused)
{
    const char *const settings[] = {"file", passwords_write(), "waiting_max", "1", NULL};
    unsigned refused = 0, denied = 0;
    struct answer answer;
    int fds[40];

    builtin_open(s, backend, "basic_auth", settings);
    unlink(settings[1]);
    for (int i = 0; i < 40; i++) {
        fds[i] = client_open(s);
        client_send(fds[i], PLAIN WRONG "\r\n");
    }
    for (int i = 0; i < 40; i++) {
        client_answer(fds[i], &answer);
        refused += answer.status == 503;
        denied += answer.status == 401;
        close(fds[i]);
    }
    cr_expect_eq(refused + denied, 40);
    cr_expect_gt(denied, 0);
    cr_expect_eq(server_counter(s, "session.password_overflow"), refused);
}

/* ---- connections ---- */

static void two_each(struct config *config)
{
    config->limits.peer_connections_max = 2;
}

/* A connection that was answered, and is still open; -1: it was reset. */
static int try_one(const struct server *s)
{
    int fd = client_open(s);
    char byte;

    meet();
    (void)!send(fd, PLAIN "\r\n", sizeof PLAIN + 1, MSG_NOSIGNAL);
    if (recv(fd, &byte, 1, 0) == 1) {
        return fd;
    }
    close(fd);
    return -1;
}

CLOSING_SERVER(one_more_connection_than_a_peer_may_have_is_reset)
{
    int fds[2] = {-1, -1}, tries = 0;

    server_create(s, backend);
    two_each(server_config(s->server));
    server_log_keep(s);
    server_start(s);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 2; i++) { /* until the server has seen that they were closed */
            while (fds[i] < 0 && tries++ < 10000) {
                fds[i] = try_one(s);
            }
            cr_assert_geq(fds[i], 0);
        }
        cr_expect_eq(try_one(s), -1);
        close(fds[round % 2]);
        fds[round % 2] = -1;
    }
    close(fds[1]);
    server_log_wait(s, "127.0.0.1 has peer_connections_max (2) connections: one more is reset");
    cr_expect_geq(server_counter(s, "conn.refused_peer"), 5);
}
