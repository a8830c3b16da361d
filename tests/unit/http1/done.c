/* An observer is notified once of each request that has begun, with what became of it. */
#include "exchange/done.h"

#include "conn/close.h"
#include "unit/http1/fixture.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET  "GET /handler HTTP/1.1\r\nHost: a\r\n\r\n"
#define TEXT "GET /text HTTP/1.1\r\nHost: a\r\n\r\n"
#define HEAD "HEAD /text HTTP/1.1\r\nHost: a\r\n\r\n"
#define ECHO "POST /echo HTTP/1.1\r\nHost: a\r\n"

static char trace[4096]; /* "answered 200 5 GET /text #1; " each */
static uint64_t last_begun_ns;

static void on_done(struct exchange_observer *observer, const struct exchange_done *done)
{
    static const char *const ends[] = {
        [EXCHANGE_ANSWERED] = "answered", [EXCHANGE_SWITCHED] = "switched",
        [EXCHANGE_REFUSED] = "refused",   [EXCHANGE_CUT] = "cut",
        [EXCHANGE_LEFT] = "left",         [EXCHANGE_DROPPED] = "dropped",
    };
    const struct shunt_request *request = done->request;
    struct shunt_span line = done->bytes, path = {0};
    size_t len = strlen(trace);

    (void)observer;
    if (request) {
        line = request->method;
        path = request->path;
    } else {
        const char *end = line.len ? memchr(line.at, '\r', line.len) : NULL;

        line.len = end ? (size_t)(end - line.at) : line.len;
    }
    cr_expect_gt(done->begun_ns, 0);
    cr_expect_eq(!!done->response, request && done->status);
    last_begun_ns = done->begun_ns;
    snprintf(trace + len, sizeof trace - len, "%s %u %llu %.*s%s%.*s #%u%s; ", ends[done->end],
             done->status, (unsigned long long)done->body_bytes, (int)line.len, line.at,
             request ? " " : "", (int)path.len, path.at ? path.at : "", done->number,
             done->deferred ? " later" : "");
}

static struct exchange_observer observer = {.done = on_done};

static void observe(struct http *http)
{
    http->context.exchange.observer = &observer;
    trace[0] = '\0';
}

/* A connection of its own, to which `request` is sent in two pieces. */
static void send_cut(struct http *http, const char *request, size_t cut)
{
    close(http->far);
    loop_turn(http->loop, 3);
    http->conn = loop_conn(http->loop, &http->far);
    trace[0] = '\0';
    (void)!send(http->far, request, cut, MSG_NOSIGNAL);
    loop_turn(http->loop, 2);
    (void)!send(http->far, request + cut, strlen(request + cut), MSG_NOSIGNAL);
    (void)loop_read(http->loop, http->far, NULL);
}

WITH_HTTP(http1_done, each_request_is_reported_once_however_it_is_cut, NULL)
{
    static const struct {
        const char *why, *request, *want;
    } rows[] = {
        {"an answer", TEXT, "answered 200 5 GET /text #1; "},
        {"an answer without a body", HEAD, "answered 200 0 HEAD /text #1; "},
        {"two", TEXT HEAD, "answered 200 5 GET /text #1; answered 200 0 HEAD /text #2; "},
        {"a body", ECHO "Content-Length: 3\r\n\r\nabc", "answered 200 3 POST /echo #1; "},
        {"chunks", ECHO "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n" TEXT,
         "answered 200 2 POST /echo #1; answered 200 5 GET /text #2; "},
        {"no route", "GET /missing HTTP/1.1\r\nHost: a\r\n\r\n",
         "answered 404 10 GET /missing #1; "},
        {"a body that nobody reads",
         "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" TEXT,
         "answered 404 10 POST /none #1; answered 200 5 GET /text #2; "},
        {"no request", "GET /text HTTP/1.1\r\n\r\n", "refused 400 12 GET /text HTTP/1.1 #1; "},
        {"no request behind one", TEXT "GET /text HTTP/1.1\r\n\r\n" TEXT,
         "answered 200 5 GET /text #1; refused 400 12 GET /text HTTP/1.1 #2; "},
        {"a bad chunk", ECHO "Transfer-Encoding: chunked\r\n\r\nx\r\n",
         "refused 400 12 POST /echo HTTP/1.1 #1; "},
        {"too long", ECHO "Content-Length: 100001\r\n\r\n",
         "refused 413 18 POST /echo HTTP/1.1 #1; "},
        {"a refusal of HEAD", "HEAD /text HTTP/1.1\r\n\r\n",
         "refused 400 0 HEAD /text HTTP/1.1 #1; "},
        {"an upgrade that stays HTTP",
         "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
         "answered 426 17 GET /ws #1; "},
    };

    observe(http);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t cut = 0; cut < strlen(rows[i].request); cut++) {
            send_cut(http, rows[i].request, cut);
            cr_assert_str_eq(trace, rows[i].want, "%s, cut at %zu: %s", rows[i].why, cut, trace);
        }
    }
}

WITH_HTTP(http1_done, half_a_request_is_reported_when_its_client_leaves, NULL)
{
    static const struct {
        const char *why, *request, *want;
    } rows[] = {
        {"nothing", "", ""},
        {"half a head", "GET /te", "left 0 0 GET /te #1; "},
        {"half a body", ECHO "Content-Length: 3\r\n\r\nab", "left 0 0 POST /echo HTTP/1.1 #1; "},
        {"half of one that nobody reads",
         "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
         "answered 404 10 POST /none #1; "},
        {"half behind one", TEXT "GET", "answered 200 5 GET /text #1; left 0 0 GET #2; "},
    };

    observe(http);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        send_cut(http, rows[i].request, 0);
        close(http->far);
        loop_turn(http->loop, 3);
        cr_expect_str_eq(trace, rows[i].want, "%s: %s", rows[i].why, trace);
        http->far = dup(0);
    }
}

WITH_HTTP(http1_done, half_a_request_that_is_late_is_a_408, NULL)
{
    http->context.exchange.limits.head_ms = 1;
    observe(http);
    send_cut(http, "GET /text HTTP/1.1\r\n", 0);
    for (unsigned i = 0; i < 1000 && !*trace; i++) {
        usleep(1000);
        loop_turn(http->loop, 1);
    }
    cr_expect_str_eq(trace, "refused 408 16 GET /text HTTP/1.1 #1; ");
    close(http->far);
    loop_turn(http->loop, 3);
    cr_expect_str_eq(trace, "refused 408 16 GET /text HTTP/1.1 #1; ", "once");
    http->far = dup(0);
}

/* ---- answers that come later ---- */

static shunt_id last_id;

static void defers(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_eq(shunt_response_defer(response, NULL, NULL, &last_id), SHUNT_OK);
}

static void answers(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)request;
    cr_expect_eq(shunt_response_body(response, NULL, arg, strlen(arg)), SHUNT_OK);
}

WITH_HTTP(http1_done, a_deferred_answer_is_reported_when_it_is_given, defers)
{
    uint64_t before;

    observe(http);
    (void)http_ask(http, GET TEXT);
    cr_expect_str_eq(trace, "");
    before = exchange_turn_ns(&http->context.exchange);
    loop_turn(http->loop, 1);
    cr_expect_eq(shunt_exchange_run(http->loop, last_id, answers, "four"), SHUNT_OK);
    cr_expect_str_eq(trace, "answered 200 4 GET /handler #1 later; ");
    cr_expect_leq(last_begun_ns, before, "time runs from when the request came");
    (void)http_ask(http, "");
    cr_expect_str_eq(trace, "answered 200 4 GET /handler #1 later; answered 200 5 GET /text #2; ");
    cr_expect_geq(last_begun_ns, before, "and that of the next one from when its turn comes");
}

WITH_HTTP(http1_done, a_client_that_leaves_before_its_answer_is_reported_once, defers)
{
    observe(http);
    (void)http_ask(http, GET);
    conn_close(http->conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_ERROR);
    loop_turn(http->loop, 3);
    cr_expect_str_eq(trace, "left 0 0 GET /handler #1 later; ");
}

WITH_HTTP(http1_done, what_the_server_closes_before_its_answer_is_reported_once, defers)
{
    observe(http);
    (void)http_ask(http, GET);
    conn_loop_close(http->loop);
    cr_expect_str_eq(trace, "dropped 0 0 GET /handler #1 later; ");
}

WITH_HTTP(http1_done, without_memory_for_what_follows_the_503_is_its_answer, defers)
{
    const char *answer;

    observe(http);
    (void)http_ask(http, GET);
    http->loop->limits.memory_bytes_max = 2 * (http->loop->memory.used + 1000);
    answer = http_ask(http, GET);
    cr_expect_eq(strncmp(answer, "HTTP/1.1 503 ", 13), 0, "%s", answer);
    cr_expect_str_eq(trace, "answered 503 20 GET /handler #1 later; ");
}

/* ---- in pieces ---- */

static void begins(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_eq(
        shunt_response_begin(response, NULL, SHUNT_LENGTH_UNKNOWN, NULL, NULL, NULL, &last_id),
        SHUNT_OK);
    cr_expect_eq(shunt_response_write(response, "abc", 3), SHUNT_OK);
}

static void ends(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_eq(shunt_response_write(response, "defg", 4), SHUNT_OK);
    cr_expect_eq(shunt_response_end(response), SHUNT_OK);
}

static void aborts(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    shunt_response_abort(response);
}

WITH_HTTP(http1_done, pieces_are_reported_when_they_end_and_chunk_sizes_do_not_count, begins)
{
    observe(http);
    (void)http_ask(http, GET);
    cr_expect_str_eq(trace, "");
    cr_expect_eq(shunt_exchange_run(http->loop, last_id, ends, NULL), SHUNT_OK);
    cr_expect_str_eq(trace, "answered 200 7 GET /handler #1 later; ");
    (void)http_ask(http, "HEAD /handler HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_eq(shunt_exchange_run(http->loop, last_id, ends, NULL), SHUNT_OK);
    cr_expect_str_eq(trace, "answered 200 7 GET /handler #1 later; "
                            "answered 200 0 HEAD /handler #2 later; ");
}

WITH_HTTP(http1_done, pieces_that_do_not_end_are_cut, begins)
{
    observe(http);
    (void)http_ask(http, GET);
    cr_expect_eq(shunt_exchange_run(http->loop, last_id, aborts, NULL), SHUNT_OK);
    loop_turn(http->loop, 3);
    cr_expect_str_eq(trace, "cut 200 3 GET /handler #1 later; ");
}

WITH_HTTP(http1_done, without_memory_for_what_follows_pieces_are_cut, begins)
{
    const char *answer;
    int end;

    observe(http);
    (void)http_ask(http, GET);
    http->loop->limits.memory_bytes_max = 2 * (http->loop->memory.used + 1000);
    loop_write(http->far, GET);
    answer = loop_read(http->loop, http->far, &end);
    cr_expect_null(strstr(answer, "503"), "no second head within the body: %s", answer);
    cr_expect_neq(end, 0);
    cr_expect_str_eq(trace, "cut 200 3 GET /handler #1 later; ");
}
