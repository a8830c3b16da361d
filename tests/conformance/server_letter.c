/*
 * What the RFCs ask of an answer, by the letter: requests, and all that comes back for them. The
 * client ends its direction behind the requests, so that the server's end is that of the answers.
 * tests/rules names these tests beside the rules that they hold.
 */
#include "conformance/server_fixture.h"

#include <shunt/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Each row is a connection. `answers` has '#' where Date shows a time. */
struct row {
    const char *why, *requests, *answers;
};

#define DATE            "Date: #############################\r\n"
#define REQUEST(line)   line " HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET(target)     REQUEST("GET " target)
#define STATUS(line)    "HTTP/1.1 " line "\r\n" DATE
#define LENGTH(bytes)   "Content-Length: " bytes "\r\n"
#define TEXT            "Content-Type: text/plain\r\n"
#define TEXT_8          "Content-Type: text/plain; charset=utf-8\r\n"
#define CLOSE           "Connection: close\r\n"
#define PLAIN           STATUS("200 OK") TEXT LENGTH("6") "\r\n/plain"
#define NOT_IMPLEMENTED STATUS("501 Not Implemented") TEXT_8 LENGTH("16")
#define BAD_REQUEST     STATUS("400 Bad Request") TEXT_8 LENGTH("12") CLOSE "\r\nBad Request\n"
#define NOT_FOUND       STATUS("404 Not Found") TEXT_8 LENGTH("10") "\r\n"
#define NOT_ALLOWED                                                                                \
    STATUS("405 Method Not Allowed") TEXT_8 LENGTH("19") ALLOW "\r\nMethod Not Allowed\n"
#define ALLOW "Allow: GET, HEAD, OPTIONS\r\n"
#define UPGRADE_REQUIRED                                                                           \
    STATUS("426 Upgrade Required")                                                                 \
    TEXT_8 LENGTH("17") "Upgrade: alpha\r\nConnection: Upgrade\r\n\r\nUpgrade Required\n"

/* The status that the query has, with a body and a field. */
static void gives(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    unsigned status = (unsigned)strtoul(request->query.at, NULL, 10);

    (void)arg;
    value_put(shunt_response_status(response, status));
    value_put(shunt_response_body(response, "text/plain", "body", 4));
}

static void hosted(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg;
    value_put(shunt_response_body(response, NULL, request->host.at, request->host.len));
}

/* Its first piece, of a body whose length is not known. */
static void begins(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    unsigned status = (unsigned)strtoul(request->query.at, NULL, 10);
    shunt_id id;

    (void)arg;
    value_put(shunt_response_status(response, status));
    value_put(
        shunt_response_begin(response, "text/plain", SHUNT_LENGTH_UNKNOWN, NULL, NULL, NULL, &id));
    value_put(shunt_response_write(response, "body", 4));
    value_put(shunt_response_end(response));
}

/* A text that is there as one of a configuration is. */
static void text_add(struct server *s)
{
    const struct shunt_route text = {.size = sizeof text, .path = "/text"};
    struct config *config = server_config(s->server);
    struct config_route *route;

    cr_assert_eq(config_add_route(config, &text), SHUNT_OK);
    route = &config->routes[config->route_count - 1];
    route->text = strdup("hello");
    route->text_len = 5;
}

static void letter_open(struct server *s, enum io_backend backend)
{
    const struct shunt_route routes[] = {
        {.size = sizeof *routes, .path = "/status", .handler = gives},
        {.size = sizeof *routes, .path = "/pieces", .handler = begins},
        {.size = sizeof *routes, .path = "/get", .handler = hosted, .methods = "GET"},
        {.size = sizeof *routes, .path = "/host", .handler = hosted, .host = "b.org"},
    };

    server_create(s, backend);
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        cr_assert_eq(shunt_server_route(s->server, &routes[i]), SHUNT_OK);
    }
    text_add(s);
    server_start(s);
}

static size_t read_all(int fd, char *text, size_t room)
{
    size_t len = 0;
    ssize_t got;

    while ((got = recv(fd, text + len, room - len - 1, 0)) > 0) {
        len += (size_t)got;
    }
    text[len] = '\0';
    return len;
}

static void mask_dates(char *text)
{
    for (char *at = text; (at = strstr(at, "\r\nDate: ")) != NULL; at += 8) {
        memset(at + 8, '#', strcspn(at + 8, "\r"));
    }
}

static void expect_rows(enum io_backend backend, const struct row *rows, size_t count)
{
    struct server s;

    letter_open(&s, backend);
    for (size_t i = 0; i < count; i++) {
        static char got[16384];
        int fd = client_open(&s);

        client_send(fd, rows[i].requests);
        cr_assert_eq(shutdown(fd, SHUT_WR), 0);
        (void)read_all(fd, got, sizeof got);
        mask_dates(got);
        cr_expect_str_eq(got, rows[i].answers, "%s:\n%s", rows[i].why, got);
        close(fd);
    }
    server_close(&s);
}

#define EXPECT_ROWS(backend, rows) expect_rows(backend, rows, sizeof(rows) / sizeof *(rows))

SERVER_TEST(an_answer_without_content_has_none_and_the_length_that_it_may_have)
{
    static const struct row rows[] = {
        {"HEAD has the length of GET", REQUEST("HEAD /status?200"),
         STATUS("200 OK") TEXT LENGTH("4") "\r\n"},
        {"HEAD of a refusal too", REQUEST("HEAD /none") GET("/plain"), NOT_FOUND PLAIN},
        {"204 has none", GET("/status?204") GET("/plain"),
         STATUS("204 No Content") TEXT "\r\n" PLAIN},
        {"HEAD of a 204", REQUEST("HEAD /status?204"), STATUS("204 No Content") TEXT "\r\n"},
        {"205 has 0, whatever its handler sets", GET("/status?205") GET("/plain"),
         STATUS("205 Reset Content") TEXT LENGTH("0") "\r\n" PLAIN},
        {"304 has none", GET("/status?304") GET("/plain"),
         STATUS("304 Not Modified") TEXT "\r\n" PLAIN},
        {"204 in pieces", GET("/pieces?204") GET("/plain"),
         STATUS("204 No Content") TEXT "\r\n" PLAIN},
        {"205 in pieces", GET("/pieces?205") GET("/plain"),
         STATUS("205 Reset Content") TEXT LENGTH("0") "\r\n" PLAIN},
        {"other statuses have content", GET("/status?299") GET("/status?401"),
         STATUS("299 Unknown") TEXT LENGTH("4") "\r\nbody" STATUS("401 Unauthorized")
             TEXT LENGTH("4") "\r\nbody"},
    };

    EXPECT_ROWS(backend, rows);
}

SERVER_TEST(what_a_path_allows_is_listed_where_it_is_asked_or_refused)
{
    static const struct row rows[] = {
        {"405", REQUEST("POST /get") GET("/plain"), NOT_ALLOWED PLAIN},
        {"405 behind a body",
         "POST /get HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" GET("/plain"),
         NOT_ALLOWED PLAIN},
        {"OPTIONS of a path", REQUEST("OPTIONS /get"), STATUS("204 No Content") ALLOW "\r\n"},
        {"OPTIONS of the server", REQUEST("OPTIONS *"),
         STATUS("204 No Content") "Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH\r\n\r\n"},
        {"a method that nobody knows", REQUEST("BREW /plain") GET("/plain"),
         NOT_IMPLEMENTED "\r\nNot Implemented\n" PLAIN},
        {"TRACE is none that is known", REQUEST("TRACE /plain"),
         NOT_IMPLEMENTED "\r\nNot Implemented\n"},
    };

    EXPECT_ROWS(backend, rows);
}

SERVER_TEST(an_upgrade_is_named_in_both_fields_and_only_for_1_1)
{
    static const struct row rows[] = {
        {"101 has neither length nor coding",
         "GET /any HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: foo, alpha\r\n\r\nearly",
         "HTTP/1.1 101 Switching Protocols\r\nUpgrade: alpha\r\nConnection: Upgrade\r\n\r\nearly"},
        {"426", GET("/must") GET("/plain"), UPGRADE_REQUIRED PLAIN},
        {"426 where nothing offered is there",
         "GET /must HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n",
         UPGRADE_REQUIRED},
        {"HTTP/1.0 has no Upgrade",
         "GET /any HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: alpha\r\n\r\n",
         STATUS("200 OK") TEXT LENGTH("4") CLOSE "\r\n/any"},
    };

    EXPECT_ROWS(backend, rows);
}

SERVER_TEST(behind_what_ends_the_connection_nothing_is_processed)
{
    static const struct row rows[] = {
        {"close", "GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET("/plain"),
         STATUS("200 OK") TEXT LENGTH("6") CLOSE "\r\n/plain"},
        {"HTTP/1.0", "GET /plain HTTP/1.0\r\n\r\n" GET("/plain"),
         STATUS("200 OK") TEXT LENGTH("6") CLOSE "\r\n/plain"},
        {"HTTP/1.0 that stays",
         "GET /plain HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" GET("/plain"),
         STATUS("200 OK") TEXT LENGTH("6") "Connection: keep-alive\r\n\r\n/plain" PLAIN},
        {"CONNECT, refused", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n" GET("/plain"),
         NOT_IMPLEMENTED CLOSE "\r\nNot Implemented\n"},
        {"CONNECT without a port", "CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n" GET("/plain"),
         BAD_REQUEST},
        {"a coding in HTTP/1.0",
         "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: "
         "5\r\n\r\n0\r\n\r\n" GET("/plain"),
         BAD_REQUEST},
        {"a coding beside a length",
         "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: "
         "5\r\n\r\n0\r\n\r\n" GET("/plain"),
         BAD_REQUEST},
        {"two lengths",
         "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: "
         "6\r\n\r\nhello" GET("/plain"),
         BAD_REQUEST},
        {"a coding other than chunked at the end",
         "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n" GET("/plain"),
         BAD_REQUEST},
        {"no Host", "GET /plain HTTP/1.1\r\n\r\n" GET("/plain"), BAD_REQUEST},
    };

    EXPECT_ROWS(backend, rows);
}

SERVER_TEST(a_100_comes_for_1_1_only_and_a_final_answer_behind_it)
{
    static const struct row rows[] = {
        {"HTTP/1.1",
         "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
         "HTTP/1.1 100 Continue\r\n\r\n" STATUS("200 OK") TEXT LENGTH("2") "\r\nab"},
        {"HTTP/1.0", "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
         STATUS("200 OK") TEXT LENGTH("2") CLOSE "\r\nab"},
    };

    EXPECT_ROWS(backend, rows);
}

SERVER_TEST(a_target_in_absolute_form_has_the_host)
{
    static const struct row rows[] = {
        {"whatever Host has", "GET http://b.org/host HTTP/1.1\r\nHost: a\r\n\r\n",
         STATUS("200 OK") LENGTH("5") "\r\nb.org"},
        {"also when Host would lead there", "GET http://a/host HTTP/1.1\r\nHost: b.org\r\n\r\n",
         NOT_FOUND "Not Found\n"},
    };

    EXPECT_ROWS(backend, rows);
}

#define WITH(line, field) line " HTTP/1.1\r\nHost: a\r\n" field "\r\n\r\n"

SERVER_TEST(conditions_and_ranges_count_where_they_can_only)
{
    static const struct row rows[] = {
        {"a text has no tag", WITH("GET /text", "If-Match: \"a\""),
         STATUS("412 Precondition Failed") TEXT_8 LENGTH("20") "\r\nPrecondition Failed\n"},
        {"but it is there", WITH("GET /text", "If-None-Match: *"),
         STATUS("304 Not Modified") "\r\n"},
        {"not where nothing is", WITH("GET /none", "If-Match: \"a\""), NOT_FOUND "Not Found\n"},
        {"nor where it is refused", WITH("POST /get", "If-Match: \"a\""), NOT_ALLOWED},
        {"nor for OPTIONS", WITH("OPTIONS /text", "If-Match: \"a\""),
         STATUS("204 No Content") ALLOW "\r\n"},
        {"a range of what has none", WITH("GET /text", "Range: bytes=0-1"),
         STATUS("200 OK") TEXT_8 LENGTH("5") "\r\nhello"},
    };

    EXPECT_ROWS(backend, rows);
}
