/* Answers that come later: from where they come, and what waits for them meanwhile. */
#include "conformance/server_later.h"

#include <poll.h>
#include <unistd.h>

#define GET_LATER "GET /later HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_PLAIN "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST_ECHO "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"

/* ---- from where ---- */

WITH_LATER(answered_by_another_thread_and_http_goes_on, NULL, NULL, NULL)
{
    struct answer answer;
    shunt_id id;
    int fd;

    fd = later_one(s, GET_LATER, &id);
    cr_assert_eq(shunt_exchange_answer(id, 201, "application/json", "{\"a\":1}", 7), SHUNT_OK);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 201);
    cr_expect(answer_has(&answer, "Content-Type: application/json"), "%s", answer.head);
    cr_expect_str_eq(answer.body, "{\"a\":1}");
    client_send(fd, GET_PLAIN);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(fd);
    cr_expect_eq(mark_count("cancelled"), 0);
    cr_expect_eq(server_counter(s, "session.answers_deferred"), 1);
}

WITH_LATER(the_request_stays_readable_body_included_while_others_are_served_later, NULL, NULL, NULL)
{
    static const char *const requests[] = {
        "POST /later?q=1 HTTP/1.1\r\nHost: a\r\nX-Key: 42\r\nContent-Length: 11\r\n\r\nhello there",
        "POST /later?q=1 HTTP/1.1\r\nHost: a\r\nX-Key: 42\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n6\r\n there\r\n0\r\n\r\n",
    };
    struct answer answer;

    for (unsigned i = 0; i < 2; i++) {
        shunt_id id;
        int other, fd = later_one(s, requests[i], &id);

        other = client_open(s);
        for (int k = 0; k < 3; k++) { /* uses the worker's buffers and its room for a head */
            client_send(other, "POST /echo HTTP/1.1\r\nHost: bbbbbbbbbbbbbbb\r\nY: 77777777777\r\n"
                               "Content-Length: 20\r\n\r\naaaaaaaaaaaaaaaaaaaa");
            client_answer(other, &answer);
        }
        later_post(id, later_describes);
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "POST /later ?q=1 @a key 42 body hello there by posted");
        close(fd);
        close(other);
    }
}

static void runs_another(void *arg, const struct shunt_request *request,
                         struct shunt_response *response)
{
    static char note[] = "run";
    struct shunt_worker *worker = shunt_response_worker(response);
    shunt_id id = value_take();

    (void)arg, (void)request;
    value_put(shunt_exchange_run(worker, id, later_describes, note));
    value_put(shunt_exchange_run(worker, id, later_describes, note));
    value_put(shunt_exchange_run(worker, 0, later_describes, note));
    value_put(shunt_exchange_run(worker, id ^ 1u << 24, later_describes, note));
}

WITH_LATER(answered_once_on_its_worker_by_the_handler_of_another_request, NULL, "/run",
           runs_another)
{
    struct answer answer;
    shunt_id id;
    int fd, other;

    fd = later_one(s, GET_LATER, &id);
    other = client_open(s);
    value_put(id);
    client_send(other, "GET /run HTTP/1.1\r\nHost: b\r\nX-Key: other\r\n\r\n");
    client_answer(other, &answer);
    cr_expect_eq(answer.status, 200);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "GET /later ? @a key  body  by run");
    cr_expect_eq(value_take(), SHUNT_OK);
    for (unsigned i = 0; i < 3; i++) {
        cr_expect_eq(value_take(), SHUNT_ENOTFOUND);
    }
    close(fd);
    close(other);
}

static void defers_again(void *arg, const struct shunt_request *request,
                         struct shunt_response *response)
{
    shunt_id id = 0;

    (void)request;
    cr_expect_eq(shunt_response_field(response, "X-Round", arg), SHUNT_OK);
    cr_expect_eq(shunt_response_defer(response, NULL, NULL, &id), SHUNT_OK);
    value_put(id);
}

WITH_LATER(deferred_once_more_has_another_id_and_keeps_what_was_set, NULL, NULL, NULL)
{
    struct answer answer;
    shunt_id id, next;
    int fd;

    fd = later_one(s, GET_LATER, &id);
    later_post(id, defers_again);
    next = value_take();
    cr_expect_neq(id, next);
    later_post(id, later_describes); /* late */
    mark_wait("dropped", 1);
    later_answer(next, "second");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "second");
    cr_expect(answer_has(&answer, "X-Round: posted"), "%s", answer.head);
    close(fd);
}

WITH_LATER(what_is_no_answer_is_refused_at_the_call, NULL, NULL, NULL)
{
    struct answer answer;
    shunt_id id;
    int fd;

    fd = later_one(s, GET_LATER, &id);
    cr_expect_eq(shunt_exchange_answer(id, 101, NULL, "", 0), SHUNT_EINVAL);
    cr_expect_eq(shunt_exchange_answer(id, 600, NULL, "", 0), SHUNT_EINVAL);
    cr_expect_eq(shunt_exchange_answer(id, 200, "a\r\nb: c", "", 0), SHUNT_EINVAL);
    cr_expect_eq(shunt_exchange_answer(0, 200, NULL, "", 0), SHUNT_ENOTFOUND);
    cr_expect_eq(shunt_exchange_answer(id, 204, NULL, NULL, 0), SHUNT_OK);
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 204);
    close(fd);
}

/* ---- what waits ---- */

WITH_LATER(requests_behind_it_wait_in_order_and_other_connections_go_on, NULL, NULL, NULL)
{
    struct answer answer;
    shunt_id id, second;
    int fd, other;

    fd = later_one(s, GET_PLAIN GET_LATER POST_ECHO GET_LATER "GET /plain HTTP/1.1\r\nHo", &id);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    client_send(fd, "st: a\r\n\r\n");
    client_delivered(fd);
    other = client_open(s);
    client_send(other, GET_PLAIN);
    client_answer(other, &answer);
    later_answer(id, "first");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "first");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "abc");
    second = value_take();
    cr_expect_neq(second, id, "a late answer must not reach the next exchange");
    later_post(id, later_describes);
    mark_wait("dropped", 1);
    later_answer(second, "second");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "second");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(fd);
    close(other);
}

/* As many requests as the sockets and the server will have; the last one may be cut. */
static size_t send_until_full(int fd)
{
    static const char request[] = GET_PLAIN;
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    size_t sent = 0;

    while (sent < 64 << 20 && poll(&room, 1, 200) == 1) {
        size_t at = sent % (sizeof request - 1);
        ssize_t len = send(fd, request + at, sizeof request - 1 - at, MSG_DONTWAIT | MSG_NOSIGNAL);

        sent += len > 0 ? (size_t)len : 0;
    }
    return sent;
}

static void waits_long(struct config *config)
{
    config->timeouts.answer_ms = 60000;
}

WITH_LATER(what_a_client_sends_behind_it_is_bounded, waits_long, NULL, NULL)
{
    struct answer answer;
    shunt_id id;
    size_t sent, requests = 0;
    int fd;

    fd = later_one(s, GET_LATER, &id);
    sent = send_until_full(fd);
    cr_expect_gt(sent, 65536);
    cr_expect_lt(server_counter(s, "conn.memory_bytes"), 4 * 65536, "%zu sent", sent);
    later_answer(id, "at last");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "at last");
    for (; requests < sent / (sizeof GET_PLAIN - 1); requests++) {
        client_answer(fd, &answer);
        cr_assert_str_eq(answer.body, "/plain");
    }
    close(fd);
}

/* ---- the forms of a request ---- */

WITH_LATER(head_and_versions_and_close_are_kept_in_mind, NULL, NULL, NULL)
{
    static const struct {
        const char *why, *request, *has, *has_not;
        bool bodiless, closes;
    } rows[] = {
        {"HEAD", "HEAD /later HTTP/1.1\r\nHost: a\r\n\r\n", "Content-Length: 4", NULL, true, false},
        {"close", "GET /later HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
         "Connection: close", NULL, false, true},
        {"1.0", "GET /later HTTP/1.0\r\n\r\n", "Connection: close", NULL, false, true},
        {"1.0 that asks to stay", "GET /later HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         "Connection: keep-alive", NULL, false, false},
        {"1.1", GET_LATER, "Content-Length: 4", "Connection:", false, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        shunt_id id;
        int fd = later_one(s, rows[i].request, &id);

        later_answer(id, "four");
        client_head(fd, &answer);
        cr_expect_eq(answer.status, 200, "%s", rows[i].why);
        cr_expect(answer_has(&answer, rows[i].has), "%s: %s", rows[i].why, answer.head);
        cr_expect(!rows[i].has_not || !strstr(answer.head, rows[i].has_not), "%s: %s", rows[i].why,
                  answer.head);
        if (!rows[i].bodiless) {
            client_expect(fd, "four");
        }
        if (rows[i].closes) {
            client_expect_fin(fd);
        } else {
            client_send(fd, GET_PLAIN);
            client_answer(fd, &answer);
            cr_expect_str_eq(answer.body, "/plain", "%s", rows[i].why);
            close(fd);
        }
    }
}

static enum shunt_verdict declines(const struct shunt_request *request,
                                   struct shunt_upgrade *upgrade)
{
    (void)request, (void)upgrade;
    return SHUNT_DECLINE;
}

static void allows_upgrades(struct config *config)
{
    static char alpha[] = "alpha";
    char **tokens = calloc(2, sizeof *tokens);

    tokens[0] = strdup(alpha);
    for (size_t i = 0; i < config->route_count; i++) {
        if (strcmp(config->routes[i].path, "/later") == 0) {
            config->routes[i].upgrade = tokens;
        }
    }
}

CLOSING_SERVER(an_upgrade_that_nobody_wants_may_be_answered_later)
{
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = declines;
    later_open(s, backend, allows_upgrades);
    fd = later_one(s, upgrade_request("/later", "alpha", ""), &id);
    client_send(fd, GET_PLAIN);
    later_answer(id, "no upgrade");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "no upgrade");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(fd);
}

/* ---- memory of the exchange ---- */

struct note {
    shunt_id id;
    char text[1000];
};

static void left(void *arg)
{
    struct note *note = arg;

    cr_expect_str_eq(note->text, "kept", "memory of the exchange is there until it is notified");
    mark("left");
}

static void keeps_a_note(void *arg, const struct shunt_request *request,
                         struct shunt_response *response)
{
    struct note *note = shunt_request_alloc(request, sizeof *note);

    (void)arg;
    cr_assert_not_null(note);
    strcpy(note->text, "kept");
    cr_assert_eq(shunt_response_defer(response, left, note, &note->id), SHUNT_OK);
    value_put((uint64_t)(uintptr_t)note);
    value_put(note->id);
}

static void gives_the_note(void *arg, const struct shunt_request *request,
                           struct shunt_response *response)
{
    const struct note *note = (const struct note *)(uintptr_t)value_take();
    char *text = shunt_request_alloc(request, sizeof note->text);

    (void)arg;
    cr_assert_not_null(text);
    strcpy(text, note->text);
    cr_expect_eq(shunt_response_body(response, NULL, text, strlen(text)), SHUNT_OK);
}

WITH_LATER(memory_of_the_exchange_goes_with_it, NULL, "/note", keeps_a_note)
{
    struct answer answer;
    uint64_t note;
    shunt_id id;
    int fd;

    for (unsigned i = 0; i < 3; i++) {
        fd = client_open(s);
        client_send(fd, "GET /note HTTP/1.1\r\nHost: a\r\n\r\n");
        note = value_take();
        id = value_take();
        value_put(note);
        later_post(id, gives_the_note);
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "kept");
        client_send(fd, "GET /note HTTP/1.1\r\nHost: a\r\n\r\n");
        value_take();
        value_take();
        close(fd);
        mark_wait("left", i + 1);
    }
    client_turn(s);
    cr_expect_eq(server_counter(s, "conn.memory_bytes"), 0);
}
