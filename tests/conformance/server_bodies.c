/* Bodies of requests: how long they may be, by route. */
#include "conformance/server_fixture.h"

#include <stdio.h>
#include <unistd.h>

enum { ROUTE_MAX = 2000, SERVER_MAX = 1000 };

static void answers_with_its_length(void *arg, const struct shunt_request *request,
                                    struct shunt_response *response)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%zu", request->body.len);

    (void)arg;
    cr_expect_eq(shunt_response_body(response, "text/plain", text, (size_t)len), SHUNT_OK);
}

static void open_limited(struct server *s, enum io_backend backend)
{
    const struct shunt_route larger = {.size = sizeof larger,
                                       .path = "/larger",
                                       .handler = answers_with_its_length,
                                       .body_bytes_max = ROUTE_MAX};
    const struct shunt_route smaller = {.size = sizeof smaller,
                                        .path = "/smaller",
                                        .handler = answers_with_its_length,
                                        .body_bytes_max = 10};
    const struct shunt_route usual = {
        .size = sizeof usual, .path = "/usual", .handler = answers_with_its_length};

    server_create(s, backend);
    server_config(s->server)->limits.body_bytes_max = SERVER_MAX;
    cr_assert_eq(shunt_server_route(s->server, &larger), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &smaller), SHUNT_OK);
    cr_assert_eq(shunt_server_route(s->server, &usual), SHUNT_OK);
    server_start(s);
}

CLOSING_SERVER(a_route_has_a_limit_of_its_own_and_what_is_longer_is_413_before_it_comes)
{
    static const struct {
        const char *path;
        unsigned len, status;
    } rows[] = {
        {"/larger", ROUTE_MAX, 200},
        {"/larger", ROUTE_MAX + 1, 413},
        {"/usual", SERVER_MAX, 200},
        {"/usual", SERVER_MAX + 1, 413},
        {"/smaller", 10, 200},
        {"/smaller", 11, 413},
        {"/nowhere", SERVER_MAX + 1, 413},
    };
    static char body[ROUTE_MAX + 1];

    open_limited(s, backend);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int chunked = 0; chunked < 2; chunked++) {
            struct answer answer;
            char head[256];
            int fd = client_open(s);

            snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: a\r\n", rows[i].path);
            client_send(fd, head);
            snprintf(head, sizeof head,
                     chunked ? "Transfer-Encoding: chunked\r\n\r\n%x\r\n"
                             : "Content-Length: %u\r\n\r\n",
                     rows[i].len);
            client_send(fd, head);
            if (rows[i].status == 200) {
                fixture_write(fd, body, rows[i].len);
                client_send(fd, chunked ? "\r\n0\r\n\r\n" : "");
            }
            if (chunked && strcmp(rows[i].path, "/nowhere") == 0) {
                client_head(fd, &answer); /* it is dropped as it comes */
                cr_expect_eq(answer.status, 404);
                close(fd);
                continue;
            }
            client_answer(fd, &answer);
            cr_expect_eq(answer.status, rows[i].status, "%s, %u bytes%s: %u", rows[i].path,
                         rows[i].len, chunked ? " in chunks" : "", answer.status);
            close(fd);
        }
    }
}
