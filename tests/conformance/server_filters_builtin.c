/* Filters that are built in, over whole servers. */
#include "conformance/server_fixture.h"

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
