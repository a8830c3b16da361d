/* Bodies that are given in pieces: their framing, back-pressure, and what ends them too soon. */
#include "conformance/server_later.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GET_PLAIN "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"

static void cancelled(void *arg)
{
    cr_expect_str_eq(arg, "pieces");
    mark("cancelled");
}

static char note[] = "pieces";

static uint64_t length_of(const struct shunt_request *request)
{
    return request->query.len > 0 ? strtoull(request->query.at, NULL, 10) : SHUNT_LENGTH_UNKNOWN;
}

/* ---- all at once ---- */

static void gives_all(void *arg, const struct shunt_request *request,
                      struct shunt_response *response)
{
    uint64_t length = length_of(request);
    shunt_id id = 0;

    (void)arg;
    cr_expect_eq(shunt_response_write(response, "x", 1), SHUNT_ESTATE, "not begun");
    cr_expect_eq(shunt_response_end(response), SHUNT_ESTATE);
    cr_expect_eq(shunt_response_begin(response, "a\nb", length, NULL, NULL, NULL, &id),
                 SHUNT_EINVAL);
    cr_expect_eq(shunt_response_field(response, "X-Set", "before"), SHUNT_OK);
    cr_expect_eq(shunt_response_begin(response, "text/x", length, NULL, cancelled, note, &id),
                 SHUNT_OK);
    cr_expect_eq(shunt_response_begin(response, NULL, length, NULL, NULL, NULL, &id), SHUNT_ESTATE);
    cr_expect_eq(shunt_response_write(response, "abc", 3), SHUNT_OK);
    cr_expect_eq(shunt_response_write(response, "", 0), SHUNT_OK, "no end of the chunks");
    cr_expect_eq(shunt_response_write(response, "0123456789abcdefg", 17), SHUNT_OK);
    if (length == 20) {
        cr_expect_eq(shunt_response_write(response, "y", 1), SHUNT_ETOOBIG);
    }
    cr_expect_eq(shunt_response_end(response), SHUNT_OK);
    cr_expect_eq(shunt_response_write(response, "z", 1), SHUNT_ESTATE, "ended");
}

WITH_LATER(framed_by_length_by_chunks_or_by_the_connections_end, NULL, "/all", gives_all)
{
    static const struct {
        const char *why, *request, *has, *body;
        bool closes;
    } rows[] = {
        {"a length", "GET /all?20 HTTP/1.1\r\nHost: a\r\n\r\n", "Content-Length: 20",
         "abc0123456789abcdefg", false},
        {"chunks", "GET /all HTTP/1.1\r\nHost: a\r\n\r\n", "Transfer-Encoding: chunked",
         "3\r\nabc\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n", false},
        {"HEAD with a length", "HEAD /all?20 HTTP/1.1\r\nHost: a\r\n\r\n", "Content-Length: 20", "",
         false},
        {"HEAD of chunks", "HEAD /all HTTP/1.1\r\nHost: a\r\n\r\n", "Transfer-Encoding: chunked",
         "", false},
        {"1.0", "GET /all HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Connection: close",
         "abc0123456789abcdefg", true},
        {"1.0 with a length", "GET /all?20 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         "Connection: keep-alive", "abc0123456789abcdefg", false},
        {"close", "GET /all HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "Connection: close",
         "3\r\nabc\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n", true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        int fd = client_open(s);

        client_send(fd, rows[i].request);
        client_head(fd, &answer);
        cr_expect_eq(answer.status, 200, "%s", rows[i].why);
        cr_expect(answer_has(&answer, rows[i].has), "%s: %s", rows[i].why, answer.head);
        cr_expect(answer_has(&answer, "Content-Type: text/x"), "%s: %s", rows[i].why, answer.head);
        cr_expect(answer_has(&answer, "X-Set: before"), "%s: %s", rows[i].why, answer.head);
        client_expect(fd, rows[i].body);
        if (rows[i].closes) {
            client_expect_fin(fd);
            continue;
        }
        client_send(fd, GET_PLAIN);
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "/plain", "%s", rows[i].why);
        close(fd);
    }
    cr_expect_eq(mark_count("cancelled"), 0);
}

static void gives_no_content(void *arg, const struct shunt_request *request,
                             struct shunt_response *response)
{
    shunt_id id;

    (void)arg, (void)request;
    cr_expect_eq(shunt_response_status(response, 204), SHUNT_OK);
    cr_expect_eq(shunt_response_begin(response, NULL, SHUNT_LENGTH_UNKNOWN, NULL, NULL, NULL, &id),
                 SHUNT_OK);
    cr_expect_eq(shunt_response_write(response, "abc", 3), SHUNT_OK);
    cr_expect_eq(shunt_response_end(response), SHUNT_OK);
}

WITH_LATER(a_204_has_no_body_whatever_is_written, NULL, "/nothing", gives_no_content)
{
    struct answer answer;
    int fd;

    fd = client_open(s);
    client_send(fd, "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" GET_PLAIN);
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 204);
    cr_expect_null(strstr(answer.head, "Transfer-Encoding"), "%s", answer.head);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(fd);
}

/* ---- from elsewhere, later ---- */

static void begins(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    shunt_id id = 0;

    (void)arg;
    cr_expect_eq(
        shunt_response_begin(response, NULL, length_of(request), NULL, cancelled, note, &id),
        SHUNT_OK);
    value_put(id);
}

static void writes_one(void *arg, const struct shunt_request *request,
                       struct shunt_response *response)
{
    (void)request, (void)arg;
    cr_expect_eq(shunt_response_write(response, "one.", 4), SHUNT_OK);
}

static void ends(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)request, (void)arg;
    value_put(shunt_response_end(response));
}

static void aborts(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)request, (void)arg;
    shunt_response_abort(response);
    value_put(shunt_response_write(response, "late", 4));
}

static int begun(struct server *s, const char *target, shunt_id *id)
{
    char request[128];
    struct answer answer;
    int fd = client_open(s);

    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target);
    client_send(fd, request);
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 200);
    *id = value_take();
    return fd;
}

WITH_LATER(pieces_of_another_thread_come_in_order_and_requests_behind_them_wait, NULL, "/begin",
           begins)
{
    struct answer answer;
    shunt_id id;
    int fd;

    fd = begun(s, "/begin", &id);
    client_send(fd, GET_PLAIN);
    for (unsigned i = 0; i < 3; i++) {
        later_post(id, writes_one);
        client_expect(fd, "4\r\none.\r\n");
    }
    later_post(id, ends);
    later_post(id, writes_one);
    client_expect(fd, "0\r\n\r\n");
    cr_expect_eq(value_take(), SHUNT_OK);
    mark_wait("dropped", 1);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(fd);
    cr_expect_eq(mark_count("cancelled"), 0);
}

static void begins_by_post(void *arg, const struct shunt_request *request,
                           struct shunt_response *response)
{
    begins(arg, request, response);
    writes_one(arg, request, response);
}

WITH_LATER(a_deferred_answer_may_come_in_pieces, NULL, NULL, NULL)
{
    struct answer answer;
    shunt_id id, next;
    int fd;

    fd = later_one(s, "GET /later?8 HTTP/1.1\r\nHost: a\r\n\r\n" GET_PLAIN, &id);
    later_post(id, begins_by_post);
    next = value_take();
    cr_expect_neq(id, next);
    later_post(next, writes_one);
    later_post(next, ends);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "one.one.");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(fd);
}

WITH_LATER(what_ends_too_soon_is_a_reset_and_notifies, NULL, "/begin", begins)
{
    static const struct {
        const char *why, *target;
        shunt_handler *handler;
        enum shunt_status status;
    } rows[] = {
        {"short of its length", "/begin?5", ends, SHUNT_EINVAL},
        {"aborted in chunks", "/begin", aborts, SHUNT_ESTATE},
        {"aborted within its length", "/begin?100", aborts, SHUNT_ESTATE},
    };

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        shunt_id id;
        int fd = begun(s, rows[i].target, &id);

        later_post(id, rows[i].handler);
        cr_expect_eq(value_take(), rows[i].status, "%s", rows[i].why);
        client_expect_reset(fd);
        mark_wait("cancelled", i + 1);
    }
}

static void begins_and_aborts(void *arg, const struct shunt_request *request,
                              struct shunt_response *response)
{
    begins(arg, request, response);
    shunt_response_abort(response);
}

WITH_LATER(aborted_by_the_handler_that_began_it, NULL, "/abort", begins_and_aborts)
{
    int fd;

    fd = client_open(s);
    client_send(fd, "GET /abort HTTP/1.1\r\nHost: a\r\n\r\n");
    client_expect_reset(fd);
    mark_wait("cancelled", 1);
}

WITH_LATER(a_client_that_leaves_amid_pieces_notifies_once, NULL, "/begin", begins)
{
    shunt_id id;
    int fd;

    for (unsigned i = 0; i < 2; i++) {
        const struct linger now = {.l_onoff = 1};

        fd = begun(s, "/begin", &id);
        if (i == 0) {
            cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
        }
        close(fd);
        while (mark_count("cancelled") == i) {
            later_post(id, writes_one); /* who has closed is found by what is written */
            client_turn(s);
        }
    }
    later_post(id, writes_one);
    client_turn(s);
    cr_expect_eq(mark_count("cancelled"), 2);
}

static void soon(struct config *config)
{
    config->timeouts.answer_ms = 50;
}

WITH_LATER(without_a_piece_in_time_it_is_cut_off_and_logged, soon, "/begin", begins)
{
    shunt_id id;
    int fd;

    fd = begun(s, "/begin", &id);
    client_expect_reset(fd);
    mark_wait("cancelled", 1);
    server_log_wait(s, "/begin: its handler gave no answer within answer_ms (50): cut off");
    cr_expect_eq(server_counter(s, "session.answer_timeouts"), 1);
}

/* ---- back-pressure ---- */

enum { PIECE = 5000, PIECES = 4000 };

static unsigned written, agains;

static void piece_fill(unsigned char *piece, unsigned number)
{
    for (unsigned i = 0; i < PIECE; i++) {
        piece[i] = (unsigned char)(number * 31 + i * 7);
    }
}

static void writes_on(void *arg, const struct shunt_request *request,
                      struct shunt_response *response)
{
    unsigned char piece[PIECE];

    (void)arg, (void)request;
    while (written < PIECES) {
        enum shunt_status status;

        piece_fill(piece, written);
        status = shunt_response_write(response, piece, sizeof piece);
        cr_assert(status == SHUNT_OK || status == SHUNT_AGAIN, "%s", shunt_status_name(status));
        written++;
        if (status == SHUNT_AGAIN) {
            agains++;
            return;
        }
    }
    cr_expect_eq(shunt_response_end(response), SHUNT_OK);
    value_put(agains);
}

static void begins_long(void *arg, const struct shunt_request *request,
                        struct shunt_response *response)
{
    shunt_id id;

    written = 0;
    cr_expect_eq(shunt_response_begin(response, NULL, (uint64_t)PIECE * PIECES, writes_on,
                                      cancelled, note, &id),
                 SHUNT_OK);
    writes_on(arg, request, response);
}

WITH_LATER(a_slow_client_holds_the_handler_back_and_gets_all_of_it, NULL, "/long", begins_long)
{
    unsigned char piece[PIECE], wanted[PIECE];
    struct answer answer;
    int fd;

    fd = client_open(s);
    client_send(fd, "GET /long HTTP/1.1\r\nHost: a\r\n\r\n" GET_PLAIN);
    client_head(fd, &answer);
    cr_expect(answer_has(&answer, "Content-Length: 20000000"), "%s", answer.head);
    for (unsigned i = 0; i < PIECES; i++) {
        if (i == 10) {
            cr_expect_lt(server_counter(s, "conn.memory_bytes"), 1 << 20);
        }
        cr_assert_eq(fixture_read(fd, (char *)piece, PIECE), PIECE);
        piece_fill(wanted, i);
        cr_assert_eq(memcmp(piece, wanted, PIECE), 0, "piece %u", i);
    }
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    cr_expect_gt(value_take(), 1);
    close(fd);
}

static void small_queue(struct config *config)
{
    config->limits.queue_bytes_max = 65536;
    config->limits.queue_high_bytes = 32768;
    config->limits.queue_low_bytes = 16384;
}

static void writes_too_much(void *arg, const struct shunt_request *request,
                            struct shunt_response *response)
{
    static const char piece[70000];
    shunt_id id;

    (void)arg, (void)request;
    cr_expect_eq(
        shunt_response_begin(response, NULL, SHUNT_LENGTH_UNKNOWN, NULL, cancelled, note, &id),
        SHUNT_OK);
    value_put(shunt_response_write(response, piece, sizeof piece));
    value_put(shunt_response_write(response, piece, 40000));
    cr_expect_eq(shunt_response_end(response), SHUNT_OK);
}

WITH_LATER(a_piece_that_does_not_fit_is_refused_and_the_connection_goes_on, small_queue, "/much",
           writes_too_much)
{
    struct answer answer;
    char body[40008 + 5];
    int fd;

    fd = client_open(s);
    client_send(fd, "GET /much HTTP/1.1\r\nHost: a\r\n\r\n" GET_PLAIN);
    client_head(fd, &answer);
    cr_expect_eq(value_take(), SHUNT_EFULL);
    cr_expect_eq(value_take(), SHUNT_AGAIN);
    cr_assert_eq(fixture_read(fd, body, sizeof body), sizeof body);
    cr_expect_eq(memcmp(body, "9c40\r\n", 6), 0);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(fd);
}

/* ---- trailers, and hints before the head ---- */

static void gives_trailers(void *arg, const struct shunt_request *request,
                           struct shunt_response *response)
{
    static const char *const refused[] = {"Content-Length", "Host",        "Set-Cookie",
                                          "Vary",           "a b",         "Transfer-Encoding",
                                          "Trailer",        "Content-Type"};
    uint64_t length = length_of(request);
    enum shunt_status wanted =
        length == SHUNT_LENGTH_UNKNOWN && request->version_minor > 0 ? SHUNT_OK : SHUNT_ENOTSUP;
    shunt_id id;

    (void)arg;
    cr_expect_eq(shunt_response_trailer(response, "X-Sum", "1"), SHUNT_ESTATE);
    cr_expect_eq(shunt_response_field(response, "Trailer", "X-Sum"), SHUNT_OK);
    cr_expect_eq(shunt_response_begin(response, NULL, length, NULL, NULL, NULL, &id), SHUNT_OK);
    cr_expect_eq(shunt_response_trailer(response, "X-Sum", "12"), wanted);
    cr_expect_eq(shunt_response_field(response, "X-Late", "1"), SHUNT_OK, "no effect");
    cr_expect_eq(shunt_response_write(response, "abc", 3), SHUNT_OK);
    cr_expect_eq(shunt_response_trailer(response, "x-b", ""), wanted);
    for (size_t i = 0; i < sizeof refused / sizeof *refused && wanted == SHUNT_OK; i++) {
        cr_expect_eq(shunt_response_trailer(response, refused[i], "1"), SHUNT_EINVAL, "%s",
                     refused[i]);
    }
    cr_expect_eq(shunt_response_end(response), SHUNT_OK);
    cr_expect_eq(shunt_response_trailer(response, "X-Sum", "1"), SHUNT_ESTATE);
}

CLOSING_SERVER(trailers_go_out_behind_the_last_chunk_where_there_are_chunks)
{
    static const struct {
        const char *why, *request, *body;
    } rows[] = {
        {"chunks", "GET /sums HTTP/1.1\r\nHost: a\r\n\r\n",
         "3\r\nabc\r\n0\r\nX-Sum: 12\r\nx-b: \r\n\r\n"},
        {"HEAD", "HEAD /sums HTTP/1.1\r\nHost: a\r\n\r\n", ""},
        {"a length", "GET /sums?3 HTTP/1.1\r\nHost: a\r\n\r\n", "abc"},
        {"1.0", "GET /sums HTTP/1.0\r\n\r\n", "abc"},
    };

    later_open_with(s, backend, NULL, "/sums", gives_trailers);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        int fd = client_open(s);

        client_send(fd, rows[i].request);
        client_head(fd, &answer);
        cr_expect(answer_has(&answer, "Trailer: X-Sum"), "%s: %s", rows[i].why, answer.head);
        client_expect(fd, rows[i].body);
        if (i < 3) {
            client_send(fd, GET_PLAIN);
            client_answer(fd, &answer);
            cr_expect_str_eq(answer.body, "/plain", "%s", rows[i].why);
        }
        close(fd);
    }
}

static void hints(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    static const char link[] = "</a.css>; rel=preload";
    const struct shunt_field fields[] = {{{"Link", 4}, {link, sizeof link - 1}},
                                         {{"A", 1}, {"b", 1}}};
    const struct shunt_field wrong = {{"Date", 4}, {"x", 1}};
    enum shunt_status wanted = request->version_minor > 0 ? SHUNT_OK : SHUNT_ENOTSUP;
    shunt_id id;

    (void)arg;
    cr_expect_eq(shunt_response_hints(response, &wrong, 1), SHUNT_EINVAL);
    cr_expect_eq(shunt_response_hints(response, fields, 2), wanted);
    cr_expect_eq(shunt_response_hints(response, fields, 1), wanted);
    cr_expect_eq(shunt_response_defer(response, NULL, NULL, &id), SHUNT_OK);
    value_put(id);
}

CLOSING_SERVER(hints_go_out_at_once_and_not_to_a_client_of_1_0)
{
    struct answer answer;
    int fd;

    later_open_with(s, backend, NULL, "/hints", hints);
    fd = client_open(s);
    client_send(fd, "GET /hints HTTP/1.1\r\nHost: a\r\n\r\n" GET_PLAIN);
    client_expect(fd, "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nA: b\r\n\r\n"
                      "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n");
    later_answer(value_take(), "late");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "late");
    cr_expect_null(strstr(answer.head, "Link"), "%s", answer.head);
    client_answer(fd, &answer);
    close(fd);
    fd = client_open(s);
    client_send(fd, "GET /hints HTTP/1.0\r\n\r\n");
    later_answer(value_take(), "late");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "late");
    close(fd);
}
