/* Bodies of requests that are read in pieces: what their handlers may do, and what ends them early. */
#include "conformance/server_later.h"

#include "support/allocated.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET_PLAIN "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST      "POST /up HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED   "Transfer-Encoding: chunked\r\n\r\n"

/* ---- a handler that asks at once, keeps what comes, and answers with it ---- */

static char came[100000];
static size_t came_len;
static shunt_id came_id;

static void cancelled(void *arg)
{
    cr_expect_str_eq(arg, "up");
    mark("cancelled");
}

static char note[] = "up";

static void keeps(void *arg, const struct shunt_request *request, struct shunt_response *response,
                  const void *bytes, size_t len)
{
    (void)request, (void)response;
    cr_expect_str_eq(arg, "up");
    cr_assert_leq(came_len + len, sizeof came);
    memcpy(came + came_len, bytes, len);
    came_len += len;
    mark("data");
}

/* "POST abc X-Sum=1;": method, body and trailers. */
static void tells(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    static char text[sizeof came + 1000];
    int len = snprintf(text, sizeof text, "%.*s %.*s ", (int)request->method.len,
                       request->method.at, (int)came_len, came);

    cr_expect_str_eq(arg, "up");
    for (size_t i = 0; i < request->trailer_count; i++) {
        const struct shunt_field *field = &request->trailers[i];

        len += snprintf(text + len, sizeof text - (size_t)len, "%.*s=%.*s;", (int)field->name.len,
                        field->name.at, (int)field->value.len, field->value.at);
    }
    cr_expect_eq(shunt_response_body(response, "text/plain", text, (size_t)len), SHUNT_OK);
    mark("end");
}

static enum shunt_status ask(const struct shunt_request *request, shunt_body_data *on_data)
{
    enum shunt_status status =
        shunt_request_read(request, on_data, tells, cancelled, note, &came_id);

    came_len = 0;
    cr_expect_eq(shunt_request_read(request, on_data, tells, NULL, NULL, &came_id), SHUNT_ESTATE);
    return status;
}

static void asks(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    shunt_id id;

    (void)arg;
    cr_expect_eq(request->body.len, 0);
    cr_expect_eq(ask(request, keeps), SHUNT_OK);
    cr_expect_eq(shunt_response_defer(response, NULL, NULL, &id), SHUNT_ESTATE);
    mark("head");
}

/* /up with `handler`, called at the head; 50,000 bytes at most. */
static void open_up(struct server *s, enum io_backend backend,
                    void (*change)(struct config *config), shunt_handler *handler)
{
    const struct shunt_route up = {.size = sizeof up,
                                   .path = "/up",
                                   .handler = handler,
                                   .body_bytes_max = 50000,
                                   .streamed = true};

    server_create(s, backend);
    cr_assert_eq(shunt_server_route(s->server, &up), SHUNT_OK);
    server_config(s->server)->limits.body_bytes_max = 1000;
    if (change) {
        change(server_config(s->server));
    }
    server_log_keep(s);
    server_start(s);
}

static void expect_answer(int fd, unsigned status, const char *text)
{
    struct answer answer;

    client_answer(fd, &answer);
    cr_expect_eq(answer.status, status, "%s", answer.head);
    cr_expect_str_eq(answer.body, text);
}

CLOSING_SERVER(the_handler_is_called_at_the_head_and_gets_the_body_as_it_comes)
{
    static const struct {
        const char *why, *head, *first, *rest, *answer;
    } rows[] = {
        {"a length", POST "Content-Length: 6\r\n\r\n", "abc", "def", "POST abcdef "},
        {"chunks", POST CHUNKED, "3\r\nabc\r\n", "3\r\ndef\r\n0\r\n\r\n", "POST abcdef "},
        {"trailers", POST CHUNKED, "3;x\r\nabc\r\n1", "\r\nd\r\n0\r\nX-Sum: 1\r\nb:\r\n\r\n",
         "POST abcd X-Sum=1;b=;"},
    };

    open_up(s, backend, NULL, asks);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        int fd = client_open(s);

        mark_reset();
        client_send(fd, rows[i].head);
        mark_wait("head", 1);
        client_send(fd, rows[i].first);
        mark_wait("data", 1);
        client_send(fd, rows[i].rest);
        client_send(fd, GET_PLAIN);
        expect_answer(fd, 200, rows[i].answer);
        expect_answer(fd, 200, "/plain");
        close(fd);
    }
    cr_expect_eq(mark_count("cancelled"), 0);
    cr_expect_eq(server_counter(s, "session.bodies_streamed"), 3);
    cr_expect_eq(server_counter(s, "session.body_bytes_streamed"), 16);
}

CLOSING_SERVER(head_body_and_the_next_request_may_come_at_once_or_byte_by_byte)
{
    static const char all[] = POST CHUNKED
        "3\r\nabc\r\n3\r\ndef\r\n0\r\nX: y\r\n\r\n" POST "Content-Length: 2\r\n\r\nhi" GET_PLAIN
        "GET /up HTTP/1.1\r\nHost: a\r\n\r\n" POST "Content-Length: 0\r\n\r\n";

    open_up(s, backend, NULL, asks);
    for (size_t piece = 1; piece <= sizeof all; piece = piece < 8 ? piece + 1 : piece * 2) {
        int fd = client_open(s);

        for (size_t at = 0; at < sizeof all - 1; at += piece) {
            size_t left = sizeof all - 1 - at;

            fixture_write(fd, all + at, left < piece ? left : piece);
        }
        expect_answer(fd, 200, "POST abcdef X=y;");
        expect_answer(fd, 200, "POST hi ");
        expect_answer(fd, 200, "/plain");
        expect_answer(fd, 200, "GET  ");
        expect_answer(fd, 200, "POST  ");
        close(fd);
    }
}

CLOSING_SERVER(asking_is_what_sends_100_continue)
{
    struct answer answer;
    int fd;

    open_up(s, backend, NULL, asks);
    fd = client_open(s);
    client_send(fd, POST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 100);
    client_send(fd, "ok");
    expect_answer(fd, 200, "POST ok ");
    close(fd);
}

/* ---- not asked for, or later ---- */

static void refuses(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_eq(shunt_response_status(response, 401), SHUNT_OK);
    mark("head");
}

CLOSING_SERVER(an_answer_at_the_head_drops_the_body_within_the_limit_or_closes)
{
    static const struct {
        const char *why, *request;
        bool closes;
    } rows[] = {
        {"short", POST "Content-Length: 3\r\n\r\nabc", false},
        {"chunks", POST CHUNKED "3\r\nabc\r\n0\r\n\r\n", false},
        {"none", POST "\r\n", false},
        {"over limits.body_bytes_max", POST "Content-Length: 1001\r\n\r\nabc", true},
        {"a chunk over it", POST CHUNKED "3e9\r\nabc", true},
        {"a client that waits for 100", POST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n",
         true},
    };

    open_up(s, backend, NULL, refuses);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        int fd = client_open(s);

        client_send(fd, rows[i].request);
        client_answer(fd, &answer);
        cr_expect_eq(answer.status, 401, "%s", rows[i].why);
        if (rows[i].closes) {
            client_expect_fin(fd);
            continue;
        }
        client_send(fd, GET_PLAIN);
        expect_answer(fd, 200, "/plain");
        close(fd);
    }
}

static void defers(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    shunt_id id;

    (void)arg, (void)request;
    cr_expect_eq(shunt_response_defer(response, cancelled, note, &id), SHUNT_OK);
    value_put(id);
}

static void asks_later(void *arg, const struct shunt_request *request,
                       struct shunt_response *response)
{
    (void)arg, (void)response;
    cr_expect_eq(ask(request, keeps), SHUNT_OK);
}

CLOSING_SERVER(a_handler_may_defer_first_and_ask_later)
{
    char *text = calloc(1, 45001);
    struct answer answer;
    int fd;

    open_up(s, backend, NULL, defers);
    for (int expects = 0; expects < 2; expects++) {
        mark_reset();
        fd = client_open(s);
        client_send(fd, POST);
        client_send(fd, expects ? "Expect: 100-continue\r\n" : "");
        client_send(fd, "Content-Length: 45000\r\n\r\n");
        memset(text, 'x', 45000);
        if (!expects) {
            fixture_write(fd, text, 40000);
            client_turn(s);
        }
        later_post(value_take(), asks_later);
        if (expects) {
            client_head(fd, &answer);
            cr_expect_eq(answer.status, 100);
            fixture_write(fd, text, 40000);
        }
        mark_wait("data", 1);
        fixture_write(fd, text, 5000);
        client_send(fd, GET_PLAIN);
        client_answer(fd, &answer);
        cr_expect_eq(answer.body_len, 45006);
        expect_answer(fd, 200, "/plain");
        close(fd);
    }
    /* Answered without asking: what has come is dropped. */
    fd = client_open(s);
    client_send(fd, POST "Content-Length: 900\r\n\r\n");
    fixture_write(fd, text, 500);
    client_turn(s);
    later_answer(value_take(), "no");
    expect_answer(fd, 200, "no");
    fixture_write(fd, text, 400);
    client_send(fd, GET_PLAIN);
    expect_answer(fd, 200, "/plain");
    close(fd);
    free(text);
}

static void asks_for_a_whole_one(void *arg, const struct shunt_request *request,
                                 struct shunt_response *response)
{
    (void)arg, (void)response;
    cr_expect_eq(request->body.len, 5);
    cr_expect_eq(ask(request, keeps), SHUNT_OK);
}

WITH_LATER(where_the_route_is_not_streamed_the_whole_body_is_one_piece, NULL, "/whole",
           asks_for_a_whole_one)
{
    int fd;

    fd = client_open(s);
    client_send(fd, "POST /whole HTTP/1.1\r\nHost: a\r\n" CHUNKED
                    "5\r\nabcde\r\n0\r\nX: y\r\n\r\n" GET_PLAIN);
    expect_answer(fd, 200, "POST abcde X=y;");
    expect_answer(fd, 200, "/plain");
    cr_expect_eq(mark_count("data"), 1);
    close(fd);
}

/* ---- held back ---- */

static void pauses_at_once(void *arg, const struct shunt_request *request,
                           struct shunt_response *response)
{
    asks(arg, request, response);
    shunt_request_pause(request);
    value_put(came_id);
}

static void resumes(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)response;
    shunt_request_resume(request);
}

CLOSING_SERVER(nothing_comes_while_it_is_held_back_by_whichever_thread)
{
    static const char body[] = POST "Content-Length: 6\r\n\r\nabcdef" GET_PLAIN;
    shunt_id id;
    int fd;

    open_up(s, backend, NULL, pauses_at_once);
    for (int i = 0; i < 4; i++) {
        bool together = i % 2;

        mark_reset();
        fd = client_open(s);
        fixture_write(fd, body, together ? sizeof body - 1 : strlen(POST) + 26);
        id = value_take();
        client_turn(s);
        cr_expect_eq(mark_count("data") + mark_count("end"), 0);
        if (i < 2) {
            cr_expect_eq(shunt_exchange_resume(id), SHUNT_OK);
        } else {
            later_post(id, resumes);
        }
        if (!together) {
            fixture_write(fd, body + strlen(POST) + 26, sizeof body - 1 - strlen(POST) - 26);
        }
        expect_answer(fd, 200, "POST abcdef ");
        expect_answer(fd, 200, "/plain");
        cr_expect_eq(shunt_exchange_resume(id), SHUNT_OK, "no effect");
        close(fd);
    }
}

static void pauses_at_the_last(void *arg, const struct shunt_request *request,
                               struct shunt_response *response, const void *bytes, size_t len)
{
    keeps(arg, request, response, bytes, len);
    if (came_len == 6) {
        shunt_request_pause(request);
        value_put(came_id);
    }
}

static void asks_to_pause_at_the_last(void *arg, const struct shunt_request *request,
                                      struct shunt_response *response)
{
    (void)arg, (void)response;
    cr_expect_eq(ask(request, pauses_at_the_last), SHUNT_OK);
}

CLOSING_SERVER(the_end_waits_as_data_does)
{
    static const char *const bodies[] = {"Content-Length: 6\r\n\r\nabcdef",
                                         CHUNKED "6\r\nabcdef\r\n0\r\n\r\n"};

    open_up(s, backend, NULL, asks_to_pause_at_the_last);
    for (int i = 0; i < 2; i++) {
        int fd = client_open(s);
        shunt_id id;

        mark_reset();
        client_send(fd, POST);
        client_send(fd, bodies[i]);
        id = value_take();
        client_turn(s);
        cr_expect_eq(mark_count("end"), 0);
        cr_expect_eq(shunt_exchange_resume(id), SHUNT_OK);
        expect_answer(fd, 200, "POST abcdef ");
        close(fd);
    }
}

CLOSING_SERVER(what_is_held_back_stays_with_the_client)
{
    enum { SENT = 8 << 20 };
    char *bytes = calloc(1, SENT);
    size_t sent = 0;
    ssize_t more;
    struct answer answer;
    int fd;

    memset(bytes, 'x', SENT);
    open_up(s, backend, NULL, pauses_at_once);
    fd = client_open(s);
    client_send(fd, POST "Content-Length: 50000\r\n\r\n");
    came_id = value_take();
    while ((more = send(fd, bytes + sent, SENT - sent, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0) {
        sent += (size_t)more; /* as far as the kernels take it */
        client_turn(s);
    }
    cr_expect_lt(sent, SENT);
    cr_expect_lt(server_counter(s, "conn.memory_bytes"), 100000);
    cr_expect_eq(shunt_exchange_resume(came_id), SHUNT_OK);
    client_answer(fd, &answer); /* what is behind the body is no request */
    cr_expect_eq(answer.body_len, 50006);
    close(fd);
    free(bytes);
}

/* ---- answered before it is whole ---- */

static void ends_at_once(void *arg, const struct shunt_request *request,
                         struct shunt_response *response, const void *bytes, size_t len)
{
    keeps(arg, request, response, bytes, len);
    cr_expect_eq(shunt_response_body(response, "text/plain", "enough", 6), SHUNT_OK);
    cr_expect_eq(shunt_response_end(response), SHUNT_OK);
    cr_expect_eq(shunt_response_end(response), SHUNT_ESTATE);
    shunt_request_pause(request);
}

static void asks_for_some(void *arg, const struct shunt_request *request,
                          struct shunt_response *response)
{
    (void)arg, (void)response;
    cr_expect_eq(ask(request, ends_at_once), SHUNT_OK);
    mark("head");
}

CLOSING_SERVER(an_answer_before_the_end_drops_the_rest_within_the_limit_or_closes)
{
    char *bytes = calloc(1, 50000);

    open_up(s, backend, NULL, asks_for_some);
    for (int i = 0; i < 5; i++) {
        bool closes = i == 2 || i == 4;
        struct answer answer;
        int fd = client_open(s);

        client_send(fd, i < 3 ? i == 0   ? POST "Content-Length: 10\r\n\r\nabc"
                                : i == 1 ? POST "Content-Length: 1003\r\n\r\nabc"
                                         : POST "Content-Length: 1004\r\n\r\nabc"
                              : POST CHUNKED "3\r\nabc\r\n");
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "enough");
        cr_expect_eq(answer_has(&answer, "Connection: close"), i == 2);
        if (i < 2) {
            fixture_write(fd, bytes, i == 0 ? 7 : 1000);
        } else if (i > 2) {
            client_send(fd, i == 3 ? "0\r\nX: y\r\n\r\n" : "3e9\r\n");
        }
        if (closes) {
            client_expect_fin(fd);
            continue;
        }
        client_send(fd, GET_PLAIN);
        expect_answer(fd, 200, "/plain");
        close(fd);
    }
    cr_expect_eq(mark_count("end") + mark_count("cancelled"), 0);
    free(bytes);
}

CLOSING_SERVER(another_thread_may_answer_before_the_end)
{
    int fd;

    open_up(s, backend, NULL, asks);
    fd = client_open(s);
    client_send(fd, POST "Content-Length: 10\r\n\r\nabc");
    mark_wait("data", 1);
    later_answer(came_id, "from afar");
    later_answer(came_id, "again");
    expect_answer(fd, 200, "from afar");
    client_send(fd, "defghij" GET_PLAIN);
    expect_answer(fd, 200, "/plain");
    cr_expect_eq(mark_count("end") + mark_count("cancelled"), 0);
    close(fd);
}

/* ---- cut off ---- */

CLOSING_SERVER(what_is_wrong_with_the_body_cancels_and_is_answered)
{
    static const struct {
        const char *why, *request;
        unsigned status;
    } rows[] = {
        {"no size", POST CHUNKED "3\r\nabc\r\nx\r\n", 400},
        {"a chunk that is too long", POST CHUNKED "3\r\nabc\r\nffff\r\n", 413},
        {"a forbidden trailer", POST CHUNKED "3\r\nabc\r\n0\r\nHost: b\r\n\r\n", 400},
        {"a size line that is too long", POST CHUNKED "3\r\nabc\r\n1;", 431},
    };
    char *line = calloc(1, 2001);

    memset(line, 'x', 2000);
    open_up(s, backend, NULL, asks);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        int fd = client_open(s);

        client_send(fd, rows[i].request);
        client_send(fd, rows[i].status == 431 ? line : "");
        client_answer(fd, &answer);
        cr_expect_eq(answer.status, rows[i].status, "%s: %s", rows[i].why, answer.head);
        cr_expect(answer_has(&answer, "Connection: close"));
        client_expect_fin(fd);
        mark_wait("cancelled", i + 1);
    }
    cr_expect_eq(mark_count("end"), 0);
    cr_expect_eq(server_counter(s, "session.bodies_cut"), sizeof rows / sizeof *rows);
    free(line);
}

CLOSING_SERVER(one_that_is_known_to_be_too_long_is_413_without_a_call)
{
    struct answer answer;
    int fd;

    open_up(s, backend, NULL, asks);
    fd = client_open(s);
    client_send(fd, POST "Content-Length: 50001\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 413);
    cr_expect_eq(mark_count("head"), 0);
    close(fd);
}

CLOSING_SERVER(a_client_that_ends_or_leaves_amid_it_cancels_once)
{
    open_up(s, backend, NULL, asks);
    for (unsigned i = 0; i < 3; i++) {
        const struct linger now = {.l_onoff = 1};
        int fd = client_open(s);

        mark_reset();
        client_send(fd, POST "Content-Length: 10\r\n\r\nabc");
        mark_wait("data", 1);
        if (i == 0) {
            shutdown(fd, SHUT_WR);
            client_expect_fin(fd);
        } else {
            if (i == 1) {
                cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
            }
            close(fd);
        }
        mark_wait("cancelled", 1);
        client_turn(s);
        cr_expect_eq(mark_count("cancelled"), 1);
        cr_expect_eq(mark_count("end"), 0);
    }
}

static void soon(struct config *config)
{
    config->timeouts.body_ms = 60;
    config->timeouts.answer_ms = 90;
}

CLOSING_SERVER(a_client_that_stands_still_is_408_and_one_that_goes_on_is_not)
{
    struct answer answer;
    int fd;

    open_up(s, backend, soon, asks);
    fd = client_open(s);
    client_send(fd, POST "Content-Length: 12\r\n\r\n");
    for (int i = 0; i < 10; i++) { /* longer than body_ms in all */
        uint64_t until = fixture_now_ms() + 15;

        client_send(fd, "x");
        mark_wait("data", (unsigned)i + 1);
        while (fixture_now_ms() < until) {
            client_turn(s);
        }
    }
    cr_expect_eq(mark_count("cancelled"), 0);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 408);
    mark_wait("cancelled", 1);
    close(fd);
}

CLOSING_SERVER(a_handler_that_holds_it_back_for_too_long_is_503)
{
    struct answer answer;
    int fd;

    open_up(s, backend, soon, pauses_at_once);
    fd = client_open(s);
    client_send(fd, POST "Content-Length: 12\r\n\r\nabc");
    value_take();
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 503);
    mark_wait("cancelled", 1);
    server_log_wait(s, "/up: its handler gave no answer within answer_ms (90): answered with 503");
    client_send(fd, "defghijkl" GET_PLAIN);
    expect_answer(fd, 200, "/plain");
    close(fd);
}

/* ---- both at once ---- */

static void begins(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    shunt_id id;

    asks(arg, request, response);
    cr_expect_eq(
        shunt_response_begin(response, NULL, SHUNT_LENGTH_UNKNOWN, NULL, cancelled, note, &id),
        SHUNT_OK);
    cr_expect_eq(id, came_id);
    cr_expect_eq(shunt_response_write(response, "begun", 5), SHUNT_OK);
}

CLOSING_SERVER(where_the_answer_has_begun_what_cuts_the_body_is_a_reset)
{
    open_up(s, backend, soon, begins);
    for (unsigned i = 0; i < 3; i++) {
        struct answer answer;
        int fd = client_open(s);

        mark_reset();
        client_send(fd, POST CHUNKED "3\r\nabc\r\n");
        client_head(fd, &answer);
        client_expect(fd, "5\r\nbegun\r\n");
        if (i == 0) {
            client_send(fd, "x");
        } else if (i == 1) {
            shutdown(fd, SHUT_WR);
        } /* else it stands still */
        client_expect_reset(fd);
        mark_wait("cancelled", 1);
    }
}

static void ends(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_eq(shunt_response_end(response), SHUNT_OK);
}

CLOSING_SERVER(an_answer_in_pieces_may_end_before_the_body)
{
    struct answer answer;
    int fd;

    open_up(s, backend, NULL, begins);
    fd = client_open(s);
    client_send(fd, POST "Content-Length: 10\r\n\r\nabc");
    client_head(fd, &answer);
    client_expect(fd, "5\r\nbegun\r\n");
    later_post(came_id, ends);
    client_expect(fd, "0\r\n\r\n");
    client_send(fd, "defghij" GET_PLAIN);
    expect_answer(fd, 200, "/plain");
    cr_expect_eq(mark_count("cancelled") + mark_count("end"), 0);
    close(fd);
}

/* ---- what it costs ---- */

enum { MANY = 48 << 20, SOME = 4 << 20 };

static size_t passed;
static uint64_t allocated;

static void passes(void *arg, const struct shunt_request *request, struct shunt_response *response,
                   const void *bytes, size_t len)
{
    (void)arg, (void)request, (void)response, (void)bytes;
    if (passed < SOME && passed + len >= SOME) {
        allocated = allocated_bytes();
    }
    passed += len;
}

static void tells_how_much(void *arg, const struct shunt_request *request,
                           struct shunt_response *response)
{
    (void)arg, (void)request, (void)response;
    value_put(passed);
    value_put(allocated_bytes() - allocated);
}

static void asks_for_many(void *arg, const struct shunt_request *request,
                          struct shunt_response *response)
{
    (void)arg, (void)response;
    passed = 0;
    cr_expect_eq(shunt_request_read(request, passes, tells_how_much, NULL, NULL, &came_id),
                 SHUNT_OK);
}

static void open_many(struct server *s, enum io_backend backend)
{
    const struct shunt_route up = {.size = sizeof up,
                                   .path = "/up",
                                   .handler = asks_for_many,
                                   .body_bytes_max = MANY,
                                   .streamed = true};

    server_create(s, backend);
    cr_assert_eq(shunt_server_route(s->server, &up), SHUNT_OK);
    server_log_keep(s);
    server_start(s);
}

CLOSING_SERVER(a_body_of_any_length_costs_no_memory_of_its_own)
{
    enum { PIECE = 1 << 20 };
    char *bytes = calloc(1, PIECE), text[64];

    open_many(s, backend);
    for (int chunked = 0; chunked < 2; chunked++) {
        struct answer answer;
        int fd = client_open(s);

        snprintf(text, sizeof text, "Content-Length: %d\r\n\r\n", MANY);
        client_send(fd, POST);
        client_send(fd, chunked ? CHUNKED : text);
        for (unsigned sent = 0; sent < MANY; sent += PIECE) {
            client_send(fd, chunked ? "100000\r\n" : "");
            fixture_write(fd, bytes, PIECE);
            client_send(fd, chunked ? "\r\n" : "");
            if (sent == MANY / 2) {
                cr_expect_lt(server_counter(s, "conn.memory_bytes"), 20000);
            }
        }
        client_send(fd, chunked ? "0\r\n\r\n" : "");
        client_answer(fd, &answer);
        cr_expect_eq(answer.status, 200);
        cr_expect_eq(value_take(), MANY);
        cr_expect(value_take() == 0 || !allocated_counted());
        close(fd);
    }
    free(bytes);
}
