/* Which method means what on which kind of route. */
#include "unit/http1/fixture.h"

#include "http1/session.h"

#include <stdio.h>

static void handler(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg;
    (void)!shunt_response_body(response, "text/plain", request->method.at, request->method.len);
}

WITH_HTTP(http1_serve, methods_and_routes, handler)
{
    static const struct {
        const char *why, *method, *target, *status, *has, *has_not;
    } rows[] = {
        {"text", "GET", "/text", "200", "\r\n\r\nhello", NULL},
        {"its type", "GET", "/text", "200", "Content-Type: text/x\r\n", NULL},
        {"a query is not part of the path", "GET", "/text?x", "200", "hello", NULL},
        {"HEAD has the length and no body", "HEAD", "/text", "200", "Content-Length: 5\r\n",
         "hello"},
        {"text cannot be posted to", "POST", "/text", "405", "Allow: GET, HEAD, OPTIONS\r\n",
         "hello"},
        {"OPTIONS of a resource", "OPTIONS", "/text", "204", "Allow: GET, HEAD, OPTIONS\r\n",
         "Content-Length"},
        {"OPTIONS of the server", "OPTIONS", "*", "204", "Allow: GET", "Content-Length"},
        {"no such path", "GET", "/nowhere", "404", NULL, NULL},
        {"a route with nothing", "GET", "/none", "404", NULL, NULL},
        {"a method nobody implements", "BREW", "/text", "501", NULL, "hello"},
        {"TRACE is not implemented either", "TRACE", "/text", "501", NULL, NULL},
        {"methods are case-sensitive", "get", "/text", "501", NULL, NULL},
        {"a route that only upgrades", "GET", "/ws", "426", "Upgrade: websocket, echo\r\n", NULL},
        {"and lists it as hop by hop", "GET", "/ws", "426", "Connection: Upgrade\r\n", NULL},
        {"any method of a handler", "PATCH", "/handler", "200", "PATCH", NULL},
        {"echo of nothing", "DELETE", "/echo", "200", "Content-Length: 0\r\n", NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[256], status[32];
        const char *answer;

        snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", rows[i].method,
                 rows[i].target);
        snprintf(status, sizeof status, "HTTP/1.1 %s ", rows[i].status);
        answer = http_ask(http, request);
        cr_expect_eq(strncmp(answer, status, strlen(status)), 0, "%s: %s", rows[i].why, answer);
        cr_expect(!rows[i].has || strstr(answer, rows[i].has), "%s: %s", rows[i].why, answer);
        cr_expect(!rows[i].has_not || !strstr(answer, rows[i].has_not), "%s: %s", rows[i].why,
                  answer);
        cr_expect_null(strstr(answer, "Connection: close"), "%s: %s", rows[i].why, answer);
    }
}

WITH_HTTP(http1_serve, conditions_on_text, handler)
{
    static const struct {
        const char *why, *line, *fields, *status;
    } rows[] = {
        {"none", "GET /text", "", "200"},
        {"If-None-Match: there is a text", "GET /text", "If-None-Match: *\r\n", "304"},
        {"and for HEAD", "HEAD /text", "If-None-Match: *\r\n", "304"},
        {"any case", "GET /text", "IF-NONE-MATCH:  * \r\n", "304"},
        {"a tag is not the text's, which has none", "GET /text", "If-None-Match: \"a\"\r\n", "200"},
        {"nor is a weak one", "GET /text", "If-None-Match: W/\"a\", \"b\"\r\n", "200"},
        {"a star within a tag", "GET /text", "If-None-Match: \"a,*,b\"\r\n", "200"},
        {"If-Match: there is a text", "GET /text", "If-Match: *\r\n", "200"},
        {"a tag that the text does not have", "GET /text", "If-Match: \"a\"\r\n", "412"},
        {"several of them", "HEAD /text", "If-Match: \"a\"\r\nIf-Match: \"b\"\r\n", "412"},
        {"none listed", "GET /text", "If-Match:\r\n", "412"},
        {"If-Match comes first", "GET /text", "If-None-Match: *\r\nIf-Match: \"a\"\r\n", "412"},
        {"both hold", "GET /text", "If-Match: *\r\nIf-None-Match: *\r\n", "304"},
        {"dates do not count", "GET /text",
         "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n"
         "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
         "200"},
        {"ignored where it is no 2xx", "POST /text", "If-Match: \"a\"\r\n", "405"},
        {"nor by OPTIONS", "OPTIONS /text", "If-None-Match: *\r\n", "204"},
        {"nor where nothing is", "GET /nowhere", "If-Match: *\r\n", "404"},
        {"an echo is no representation", "GET /echo", "If-None-Match: *\r\n", "200"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[256], status[32];
        const char *answer, *end;

        snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: a\r\n%s\r\n", rows[i].line,
                 rows[i].fields);
        snprintf(status, sizeof status, "HTTP/1.1 %s ", rows[i].status);
        for (size_t cut = 0; cut < strlen(request); cut++) {
            cr_assert_eq(send(http->far, request, cut, 0), (ssize_t)cut);
            loop_turn(http->loop, 2);
            answer = http_ask(http, request + cut);
            cr_assert_eq(strncmp(answer, status, strlen(status)), 0, "%s, cut at %zu: %s",
                         rows[i].why, cut, answer);
            end = strstr(answer, "\r\n\r\n");
            cr_assert_not_null(end);
            if (strcmp(rows[i].status, "304") == 0) {
                cr_expect(end[4] == '\0' && !strstr(answer, "Content-"), "%s: %s", rows[i].why,
                          answer);
            }
        }
    }
}

static unsigned answers_in(const char *text)
{
    unsigned count = 0;

    for (; (text = strstr(text, "HTTP/1.1 ")) != NULL; text++) {
        count++;
    }
    return count;
}

WITH_HTTP(http1_serve, whether_the_connection_goes_on, handler)
{
    static const struct {
        const char *why, *request, *has;
        bool ends;
    } rows[] = {
        {"1.1", "GET /text HTTP/1.1\r\nHost: a\r\n\r\n", "200", false},
        {"1.1 that closes", "GET /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
         "Connection: close\r\n", true},
        {"1.0", "GET /text HTTP/1.0\r\nHost: a\r\n\r\n", "Connection: close\r\n", true},
        {"1.0 that stays", "GET /text HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
         "Connection: keep-alive\r\n", false},
        {"malformed", "GET /text HTTP/1.1\r\n\r\n", "400", true},
        {"too big a body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n",
         "413", true},
        {"an unknown coding", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n",
         "501", true},
        {"CONNECT is not implemented, and nothing is read behind it",
         "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\nGET /text HTTP/1.1\r\nHost: a\r\n\r\n", "501",
         true},
        {"nothing behind a close is served",
         "GET /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nBREW / HTTP/1.1\r\n\r\n",
         "hello", true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool ended;
        const char *answer = http_ask_anew(http, rows[i].request, &ended);

        cr_expect_not_null(strstr(answer, rows[i].has), "%s: %s", rows[i].why, answer);
        cr_expect_eq(answers_in(answer), 1, "%s: %s", rows[i].why, answer);
        cr_expect_eq(ended, rows[i].ends, "%s", rows[i].why);
    }
}

WITH_HTTP(http1_serve, requests_are_answered_in_order_however_they_are_cut, handler)
{
    static const char all[] = "GET /text HTTP/1.1\r\nHost: a\r\n\r\n"
                              "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
                              "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "1\r\nt\r\n2;a=\"b\"\r\nwo\r\n0\r\nX: y\r\n\r\n"
                              "HEAD /text HTTP/1.1\r\nHost: a\r\n\r\n"
                              "GET /handler HTTP/1.1\r\nHost: a\r\n\r\n";

    for (size_t cut = 0; cut < sizeof all - 1; cut++) {
        static const char *const want[] = {"hello", "one", "two", "Content-Length: 5\r\n\r\nHTTP",
                                           "\r\n\r\nGET"};
        const char *at;

        cr_assert_eq(send(http->far, all, cut, 0), (ssize_t)cut);
        loop_turn(http->loop, 2);
        loop_write(http->far, all + cut);
        at = loop_read(http->loop, http->far, NULL);
        for (unsigned i = 0; i < sizeof want / sizeof *want; i++) {
            at = strstr(at, want[i]);
            cr_assert_not_null(at, "cut at %zu: %s", cut, want[i]);
        }
        cr_expect_null(http->conn->user, "no memory is kept between requests");
    }
    cr_expect_eq(http->context.exchange.counters.requests, 5 * (sizeof all - 1));
}

WITH_HTTP(http1_serve, one_byte_at_a_time, handler)
{
    static const char all[] = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "3\r\none\r\n0\r\n\r\n";

    for (const char *at = all; *at; at++) {
        cr_assert_eq(send(http->far, at, 1, 0), 1);
        loop_turn(http->loop, 1);
    }
    cr_expect_not_null(strstr(loop_read(http->loop, http->far, NULL), "\r\n\r\none"));
}

/* ---- bodies that nobody reads ---- */

static const struct http1_session *session_of(const struct http *http)
{
    return http->conn->user;
}

WITH_HTTP(http1_serve, who_reads_no_body_answers_when_the_head_is_there_and_goes_on_behind_it,
          handler)
{
    static const struct {
        const char *why, *line, *status;
    } rows[] = {
        {"no such path", "POST /nowhere", "404"},
        {"a route with nothing", "POST /none", "404"},
        {"text cannot be posted to", "POST /text", "405"},
        {"an unknown method", "BREW /echo", "501"},
        {"a route that only upgrades", "POST /ws", "426"},
        {"text with a body in its request", "GET /text", "200"},
    };
    static const struct {
        const char *field, *begin, *rest;
    } bodies[] = {
        {"Content-Length: 9", "1234", "56789"},
        {"Transfer-Encoding: chunked", "9\r\n1234", "56789\r\n0\r\n\r\n"},
    };

    for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        char head[256], status[32];
        const char *why = rows[i / 2].why, *answer;

        snprintf(head, sizeof head, "%s HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", rows[i / 2].line,
                 bodies[i % 2].field);
        snprintf(status, sizeof status, "HTTP/1.1 %s ", rows[i / 2].status);
        answer = http_ask(http, head);
        cr_expect_eq(strncmp(answer, status, strlen(status)), 0, "%s: %s", why, answer);
        cr_expect_null(strstr(answer, "Connection: close"), "%s: %s", why, answer);
        cr_expect_str_eq(http_ask(http, bodies[i % 2].begin), "", "%s", why);
        cr_assert_not_null(session_of(http), "%s", why);
        cr_expect_eq(session_of(http)->room, 0, "%s: nothing is kept of the body", why);
        cr_expect_str_eq(http_ask(http, bodies[i % 2].rest), "", "%s", why);
        cr_expect_null(session_of(http), "%s: the body is behind us", why);
        answer = http_ask(http, "GET /text HTTP/1.1\r\nHost: a\r\n\r\n");
        cr_expect_not_null(strstr(answer, "hello"), "%s: %s", why, answer);
    }
    cr_expect_eq(http->context.exchange.counters.requests, 4 * (sizeof rows / sizeof *rows));
}

WITH_HTTP(http1_serve, what_follows_an_unread_body_is_answered_however_it_is_cut, handler)
{
    static const char all[] = "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
                              "POST /text HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "1\r\nt\r\n2\r\nwo\r\n0\r\nX: y\r\n\r\n"
                              "GET /text HTTP/1.1\r\nHost: a\r\n\r\n";

    for (size_t cut = 0; cut < sizeof all - 1; cut++) {
        static const char *const want[] = {"HTTP/1.1 404 ", "HTTP/1.1 405 ", "HTTP/1.1 200 "};
        const char *at;

        cr_assert_eq(send(http->far, all, cut, 0), (ssize_t)cut);
        loop_turn(http->loop, 2);
        loop_write(http->far, all + cut);
        at = loop_read(http->loop, http->far, NULL);
        for (unsigned i = 0; i < sizeof want / sizeof *want; i++) {
            at = strstr(at, want[i]);
            cr_assert_not_null(at, "cut at %zu: %s", cut, want[i]);
        }
        cr_expect_null(strstr(at + 1, "HTTP/1.1"), "cut at %zu: %s", cut, at);
        cr_expect_null(session_of(http), "no memory is kept between requests");
    }
}

BACKEND_TEST(http1_serve, an_unread_body_that_is_wrong_too_long_or_unsure_closes_behind_one_answer)
{
    static char much[100002]; /* one byte more than a body may have */
    static const struct {
        const char *why, *field, *body;
    } rows[] = {
        {"a body of the greatest length", "Content-Length: 100000", much + 1},
        {"no 100 was sent: the client may send the body or not",
         "Expect: 100-continue\r\nContent-Length: 3", ""},
        {"a broken chunk", "Transfer-Encoding: chunked", "x\r\n"},
        {"a chunk beyond the limit", "Transfer-Encoding: chunked\r\n\r\n186a1", much},
    };
    struct http http;

    memset(much, 'x', sizeof much - 1);
    http_open(&http, backend, handler);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char head[256];
        const char *answer;
        bool ended;

        snprintf(head, sizeof head, "POST /nowhere HTTP/1.1\r\nHost: a\r\n%s\r\n%s", rows[i].field,
                 strstr(rows[i].field, "\r\n\r\n") ? "" : "\r\n");
        answer = http_ask_anew(&http, head, &ended);
        cr_expect_eq(strncmp(answer, "HTTP/1.1 404 ", 13), 0, "%s: %s", rows[i].why, answer);
        if (!ended) {
            int end;

            loop_write(http.far, rows[i].body);
            loop_turn(http.loop, 100); /* a buffer a turn */
            cr_expect_str_eq(loop_read(http.loop, http.far, &end), "", "%s", rows[i].why);
            ended = end != 0;
        }
        cr_expect_eq(ended, i > 0, "%s", rows[i].why);
    }
    http_close(&http);
}

WITH_HTTP(http1_serve, who_stops_within_an_unread_body_is_cut_off_without_a_second_answer, handler)
{
    int end;

    http->context.exchange.limits.body_ms = 5;
    http_ask(http, "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    while (http->context.exchange.counters.timeouts == 0) {
        cr_assert_eq(conn_loop_turn(http->loop, 1000), SHUNT_OK);
    }
    cr_expect_str_eq(loop_read(http->loop, http->far, &end), "");
    cr_expect_eq(end, 1);
}
