/* Where requests go, and what a handler or a protocol learns of the way there. */
#include "conformance/server_fixture.h"

#include <stdio.h>
#include <unistd.h>

/* The answer names the route and the parameters of its path. */
static void answer_route(void *arg, const struct shunt_request *request,
                         struct shunt_response *response)
{
    struct shunt_span id = shunt_request_parameter(request, "id");
    struct shunt_span rest = shunt_request_parameter(request, "rest");
    char text[256];
    int len = snprintf(text, sizeof text, "%s %.*s id=%.*s rest=%.*s", (const char *)arg,
                       (int)request->pattern.len, request->pattern.at, (int)id.len, id.at,
                       (int)rest.len, rest.at);

    cr_assert_eq(shunt_response_body(response, "text/plain", text, (size_t)len), SHUNT_OK);
}

static void route_add(struct server *s, const char *name, struct shunt_route route)
{
    route.size = sizeof route;
    route.handler = answer_route;
    route.arg = (void *)(uintptr_t)name;
    cr_assert_eq(shunt_server_route(s->server, &route), SHUNT_OK, "%s",
                 shunt_server_error(s->server));
}

/* The answer to `head` (a request line, and fields if any) is 200 with this body. */
static void expect_body(int fd, const char *head, const char *body)
{
    char request[512];
    struct answer answer;

    snprintf(request, sizeof request, "%s\r\n\r\n", head);
    client_send(fd, request);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200, "%s: %s", head, answer.head);
    answer.body[answer.body_len] = '\0';
    cr_expect_str_eq(answer.body, body, "%s", head);
}

CLOSING_SERVER(a_handler_reads_the_parameters_of_its_route)
{
    int fd;

    server_create(s, backend);
    route_add(s, "user", (struct shunt_route){.path = "/users/{id}"});
    route_add(s, "me", (struct shunt_route){.path = "/users/me"});
    route_add(s, "files", (struct shunt_route){.path = "/users/{id}/files/{rest...}"});
    route_add(s, "all", (struct shunt_route){.path = "/{rest...}"});
    server_start(s);
    fd = client_open(s);
    expect_body(fd, "GET /users/7%2F8?q HTTP/1.1\r\nHost: a", "user /users/{id} id=7%2F8 rest=");
    expect_body(fd, "GET /users/me HTTP/1.1\r\nHost: a", "me /users/me id= rest=");
    expect_body(fd, "GET http://a/users/7/files/a/b HTTP/1.1\r\nHost: a",
                "files /users/{id}/files/{rest...} id=7 rest=a/b");
    expect_body(fd, "GET http://a HTTP/1.1\r\nHost: a", "all /{rest...} id= rest=");
    expect_body(fd, "GET /users/ HTTP/1.1\r\nHost: a", "all /{rest...} id= rest=users/");
    expect_body(fd, "POST /users/9 HTTP/1.1\r\nHost: a\r\nContent-Length: 0",
                "user /users/{id} id=9 rest=");
    expect_body(fd, "POST /users/9 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0",
                "user /users/{id} id=9 rest=");
    close(fd);
}

static enum shunt_verdict negotiates_by_parameter(const struct shunt_request *request,
                                                  struct shunt_upgrade *upgrade)
{
    return probe.host->upgrade_field(upgrade, shunt_span_of("Room"),
                                     shunt_request_parameter(request, "room")) == SHUNT_OK
               ? SHUNT_ACCEPT
               : SHUNT_REFUSE;
}

CLOSING_SERVER(a_protocol_reads_the_parameters_of_its_route)
{
    static const char *const alpha[] = {"alpha", NULL};
    struct answer answer;
    int fd;

    probe.negotiate = negotiates_by_parameter;
    server_create(s, backend);
    route_add(s, "room", (struct shunt_route){.path = "/rooms/{room}", .upgrade = alpha});
    server_start(s);
    fd = client_open(s);
    client_send(fd, upgrade_request("/rooms/blue", "alpha", ""));
    client_head(fd, &answer);
    cr_assert_eq(answer.status, 101, "%s", answer.head);
    cr_expect(answer_has(&answer, "Room: blue"), "%s", answer.head);
    close(fd);
}

/* ---- methods ---- */

/* Requests on one connection, in this order. */
struct ask {
    const char *head; /* the request line, and fields if any */
    unsigned status;
    const char *allow, *body; /* NULL: no such field; not looked at */
};

static void expect_answers(struct server *s, const struct ask *asks, size_t count)
{
    int fd = client_open(s);

    for (size_t i = 0; i < count; i++) {
        char text[512];
        struct answer answer = {.body_len = 0};
        bool bodiless = strncmp(asks[i].head, "HEAD", 4) == 0 || asks[i].status == 204;

        snprintf(text, sizeof text, "%s\r\nHost: a\r\n\r\n", asks[i].head);
        client_send(fd, text);
        (bodiless ? client_head : client_answer)(fd, &answer);
        cr_expect_eq(answer.status, asks[i].status, "%s: %s", asks[i].head, answer.head);
        snprintf(text, sizeof text, "Allow: %s", asks[i].allow ? asks[i].allow : "");
        cr_expect_eq(answer_has(&answer, text), asks[i].allow != NULL, "%s: %s", asks[i].head,
                     answer.head);
        answer.body[answer.body_len] = '\0';
        if (asks[i].body) {
            cr_expect_str_eq(answer.body, asks[i].body, "%s", asks[i].head);
        }
    }
    close(fd);
}

CLOSING_SERVER(the_method_leads_to_one_of_a_paths_routes)
{
    static const struct ask asks[] = {
        {"GET /item/1 HTTP/1.1", 200, NULL, "read /item/{id} id=1 rest="},
        {"HEAD /item/1 HTTP/1.1", 200, NULL, NULL},
        {"PUT /item/1 HTTP/1.1", 200, NULL, "write /item/{id} id=1 rest="},
        {"PATCH /item/1 HTTP/1.1", 200, NULL, "write /item/{id} id=1 rest="},
        {"POST /item/1 HTTP/1.1", 405, "GET, HEAD, PUT, OPTIONS, PATCH", "Method Not Allowed\n"},
        {"OPTIONS /item/1 HTTP/1.1", 204, "GET, HEAD, PUT, OPTIONS, PATCH", NULL},
        {"LOCK /item/1 HTTP/1.1", 405, "GET, HEAD, PUT, OPTIONS, PATCH", NULL},
        {"LOCK /lock HTTP/1.1", 200, NULL, "lock /lock id= rest="},
        {"GET /lock HTTP/1.1", 405, "OPTIONS, LOCK", NULL},
        {"POST /any HTTP/1.1", 200, NULL, "/any"},
        {"OPTIONS /any HTTP/1.1", 200, NULL, "/any"},
        {"LOCK /any HTTP/1.1", 200, NULL, "/any"},
        {"BREW /any HTTP/1.1", 501, NULL, "Not Implemented\n"},
        {"BREW /none HTTP/1.1", 501, NULL, NULL},
        {"LOCK /none HTTP/1.1", 404, NULL, NULL},
        {"OPTIONS * HTTP/1.1", 204, "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, LOCK", NULL},
    };

    server_create(s, backend);
    route_add(s, "read", (struct shunt_route){.path = "/item/{id}", .methods = "GET"});
    route_add(s, "write", (struct shunt_route){.path = "/item/{id}", .methods = "PUT, PATCH"});
    route_add(s, "lock", (struct shunt_route){.path = "/lock", .methods = "LOCK"});
    server_start(s);
    expect_answers(s, asks, sizeof asks / sizeof *asks);
}

CLOSING_SERVER(a_method_that_is_refused_does_not_wait_for_its_body)
{
    struct answer answer;
    int fd;

    server_create(s, backend);
    route_add(s, "read", (struct shunt_route){.path = "/item/{id}", .methods = "GET"});
    server_start(s);
    fd = client_open(s);
    client_send(fd, "POST /item/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 405, "%s", answer.head);
    client_send(fd, "helloBREW /item/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 501, "%s", answer.head);
    client_send(fd, "hello");
    expect_body(fd, "GET /item/1 HTTP/1.1\r\nHost: a", "read /item/{id} id=1 rest=");
    close(fd);
}

CLOSING_SERVER(an_upgrade_goes_by_its_method_too)
{
    static const char *const alpha[] = {"alpha", NULL};
    struct answer answer;
    int fd;

    server_create(s, backend);
    route_add(s, "post", (struct shunt_route){.path = "/room", .methods = "POST"});
    route_add(s, "get", (struct shunt_route){.path = "/room", .methods = "GET", .upgrade = alpha});
    server_start(s);
    fd = client_open(s);
    client_send(fd, "POST /room HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: alpha\r\n"
                    "\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200, "%s", answer.head);
    client_send(fd, upgrade_request("/room", "alpha", ""));
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101, "%s", answer.head);
    close(fd);
}

/* ---- hosts ---- */

CLOSING_SERVER(the_host_leads_to_its_routes)
{
    int fd;

    server_create(s, backend);
    route_add(s, "one", (struct shunt_route){.path = "/{id}", .host = "a.example.org"});
    route_add(s, "some", (struct shunt_route){.path = "/{id}", .host = "*.example.org"});
    route_add(s, "any", (struct shunt_route){.path = "/{id}"});
    route_add(s, "more", (struct shunt_route){.path = "/more/{id}"});
    server_start(s);
    fd = client_open(s);
    expect_body(fd, "GET /1 HTTP/1.1\r\nHost: A.example.ORG:80", "one /{id} id=1 rest=");
    expect_body(fd, "GET /1 HTTP/1.1\r\nHost: b.c.example.org", "some /{id} id=1 rest=");
    expect_body(fd, "GET /1 HTTP/1.1\r\nHost: example.org", "any /{id} id=1 rest=");
    expect_body(fd, "GET /1 HTTP/1.1\r\nHost:", "any /{id} id=1 rest=");
    expect_body(fd, "GET /1 HTTP/1.0\r\nConnection: keep-alive", "any /{id} id=1 rest=");
    expect_body(fd, "GET http://a.example.org:8080/1 HTTP/1.1\r\nHost: other",
                "one /{id} id=1 rest=");
    expect_body(fd, "GET /more/1 HTTP/1.1\r\nHost: a.example.org", "more /more/{id} id=1 rest=");
    close(fd);
}

CLOSING_SERVER(a_host_has_its_own_methods_and_upgrades)
{
    static const char *const alpha[] = {"alpha", NULL};
    struct answer answer;
    int fd;

    server_create(s, backend);
    route_add(
        s, "here",
        (struct shunt_route){.path = "/x", .host = "here", .methods = "GET", .upgrade = alpha});
    route_add(s, "any", (struct shunt_route){.path = "/x", .methods = "POST"});
    server_start(s);
    fd = client_open(s);
    client_send(fd, "POST /x HTTP/1.1\r\nHost: here\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 405, "%s", answer.head);
    cr_expect(answer_has(&answer, "Allow: GET, HEAD, OPTIONS"), "%s", answer.head);
    client_send(fd, "GET /x HTTP/1.1\r\nHost: there\r\nConnection: upgrade\r\nUpgrade: alpha\r\n"
                    "\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 405, "%s", answer.head);
    client_send(fd,
                "GET /x HTTP/1.1\r\nHost: here\r\nConnection: upgrade\r\nUpgrade: alpha\r\n\r\n");
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101, "%s", answer.head);
    close(fd);
}
