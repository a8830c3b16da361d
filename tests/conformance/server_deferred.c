/* Upgrade rule 3: what negotiate defers and a later task settles, or nobody does. */
#include "conformance/server_defer.h"

#include <unistd.h>

/* A server that defers every upgrade, and a client whose `offer` waits. */
static int deferred(struct server *s, enum io_backend backend,
                    void (*change)(struct config *config), const char *offer, shunt_id *id)
{
    probe.negotiate = defer;
    server_open(s, backend, change);
    return defer_one(s, upgrade_request("/any", offer, ""), id);
}

/* ---- settled by another thread's task ---- */

CLOSING_SERVER(accepted_later_is_101_and_open)
{
    struct answer answer;
    shunt_id id;
    int fd = deferred(s, backend, NULL, "alpha/7", &id);

    post_settle(id, settle_accept);
    client_head(fd, &answer);
    cr_expect(answer.status == 101 && answer_has(&answer, "Upgrade: alpha/7"), "%s", answer.head);
    client_send(fd, "x");
    client_expect(fd, "x");
    close(fd);
    mark_wait("close", 1);
    cr_expect_str_eq(mark_text(), "negotiate open settled data end close ");
}

CLOSING_SERVER(refused_later_is_the_refusal_and_http_goes_on)
{
    struct answer answer;
    shunt_id id;
    int fd = deferred(s, backend, NULL, "alpha", &id);

    post_settle(id, settle_refuse);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 401);
    cr_expect_str_eq(answer.body, "who?");
    client_send(fd, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(fd);
}

static enum shunt_verdict defer_alpha_accept_others(const struct shunt_request *request,
                                                    struct shunt_upgrade *upgrade)
{
    return shunt_span_equal(probe.host->upgrade_offer(upgrade), shunt_span_of("alpha"))
               ? defer(request, upgrade)
               : SHUNT_ACCEPT;
}

CLOSING_SERVER(declined_later_tries_the_next_offer)
{
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = defer_alpha_accept_others;
    server_open(s, backend, NULL);
    fd = defer_one(s, upgrade_request("/any", "alpha, h2c, beta", ""), &id);
    post_settle(id, settle_decline);
    client_head(fd, &answer);
    cr_expect(answer.status == 101 && answer_has(&answer, "Upgrade: beta"), "%s", answer.head);
    close(fd);
}

CLOSING_SERVER(each_offer_of_a_request_may_be_deferred)
{
    struct answer answer;
    shunt_id id, next;
    int fd = deferred(s, backend, NULL, "alpha, beta", &id);

    post_settle(id, settle_decline);
    next = value_take();
    cr_expect_neq(next, id, "a late post for alpha must not settle beta");
    client_send(fd, "early");
    post_settle(next, settle_accept);
    client_head(fd, &answer);
    cr_expect(answer.status == 101 && answer_has(&answer, "Upgrade: beta"), "%s", answer.head);
    client_expect(fd, "early");
    close(fd);
}

CLOSING_SERVER(declined_by_all_is_http_with_the_requests_behind_it)
{
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = defer;
    server_open(s, backend, NULL);
    for (int round = 0; round < 2; round++) {
        fd = client_open(s);
        client_send(fd, upgrade_request("/any", "alpha", ""));
        client_send(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                        "GET /plain HTTP/1.1\r\nHost: a\r\n");
        id = value_take();
        if (round == 1) {
            client_send(fd, "X: 1\r\n\r\n"); /* while it is deferred */
            client_delivered(fd);
        }
        post_settle(id, settle_decline);
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "/any");
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "abc");
        if (round == 0) {
            client_send(fd, "\r\n");
        }
        client_answer(fd, &answer);
        cr_expect_str_eq(answer.body, "/plain");
        close(fd);
    }
}

/* ---- what it may look at meanwhile ---- */

static void looks_and_accepts(struct shunt_upgrade *upgrade, void *arg)
{
    const struct shunt_request *request = probe.host->upgrade_request(upgrade);
    const struct shunt_field *field = shunt_request_field(request, "X-Key", NULL);

    cr_expect(shunt_span_equal(request->method, shunt_span_of("POST")));
    cr_expect(shunt_span_equal(request->target, shunt_span_of("/any?q=1")));
    cr_expect(shunt_span_equal(request->path, shunt_span_of("/any")));
    cr_expect(shunt_span_equal(request->query, shunt_span_of("q=1")));
    cr_expect(shunt_span_equal(request->host, shunt_span_of("a")));
    cr_expect(field && shunt_span_equal(field->value, shunt_span_of("42")));
    cr_expect(shunt_span_equal(request->body, shunt_span_of("hello there")));
    cr_expect(shunt_span_equal(probe.host->upgrade_offer(upgrade), shunt_span_of("alpha/2")));
    cr_expect_eq(probe.host->upgrade_early_bytes(upgrade), 5);
    mark("looked");
    settle_accept(upgrade, arg);
}

static void looks_at_request(struct shunt_stream *stream)
{
    const struct shunt_request *request = probe.host->request(stream);

    cr_assert_not_null(request);
    cr_expect(shunt_span_equal(request->body, shunt_span_of("hello there")));
    cr_expect(shunt_span_equal(request->path, shunt_span_of("/any")));
    mark("looked");
}

CLOSING_SERVER(the_request_stays_readable_body_included_while_others_are_served)
{
    static const char *const requests[] = {
        "POST /any?q=1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha/2\r\n"
        "X-Key: 42\r\nContent-Length: 11\r\n\r\nhello thereearly",
        "POST /any?q=1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha/2\r\n"
        "X-Key: 42\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n "
        "there\r\n0\r\n\r\nearly",
    };
    struct answer answer;

    probe.negotiate = defer;
    probe.open = looks_at_request;
    server_open(s, backend, NULL);
    for (unsigned i = 0; i < 2; i++) {
        shunt_id id;
        int other, fd = defer_one(s, requests[i], &id);

        other = client_open(s);
        for (int k = 0; k < 3; k++) { /* uses the worker's buffers and its room for a head */
            client_send(other, "POST /echo HTTP/1.1\r\nHost: bbbbbbbbbbbbbbb\r\nY: 77777777777\r\n"
                               "Content-Length: 20\r\n\r\naaaaaaaaaaaaaaaaaaaa");
            client_answer(other, &answer);
        }
        post_settle(id, looks_and_accepts);
        client_head(fd, &answer);
        cr_expect_eq(answer.status, 101);
        client_expect(fd, "early");
        close(fd);
        close(other);
    }
    cr_expect_eq(mark_count("looked"), 4);
}

/* ---- nobody settles it ---- */

CLOSING_SERVER(the_client_leaving_cancels_and_a_later_task_is_dropped)
{
    shunt_id id;
    int fd = deferred(s, backend, NULL, "alpha", &id);

    close(fd);
    mark_wait("cancel", 1);
    post_settle(id, settle_accept);
    mark_wait("dropped", 1);
    cr_expect_str_eq(mark_text(), "negotiate cancel dropped ");
}

SERVER_TEST(a_reset_cancels_too)
{
    const struct linger now = {.l_onoff = 1};
    struct server s;
    shunt_id id;
    int fd = deferred(&s, backend, NULL, "alpha", &id);

    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(fd);
    mark_wait("cancel", 1);
    post_settle(id, settle_accept);
    mark_wait("dropped", 1);
    server_close(&s);
    cr_expect_eq(mark_count("cancel"), 1);
    cr_expect_eq(mark_count("open"), 0);
}

static void soon(struct config *config)
{
    config->timeouts.upgrade_ms = 30;
}

CLOSING_SERVER(the_time_out_answers_503_and_cancels)
{
    struct answer answer;
    shunt_id id;
    int fd = deferred(s, backend, soon, "alpha", &id);

    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 503);
    client_expect_fin(fd);
    mark_wait("cancel", 1);
    post_settle(id, settle_accept);
    mark_wait("dropped", 1);
}

static void one_pending(struct config *config)
{
    config->limits.pending_upgrades_max = 1;
}

CLOSING_SERVER(more_than_may_wait_get_503_and_room_comes_back)
{
    struct answer answer;
    shunt_id id;

    probe.negotiate = defer;
    server_open(s, backend, one_pending);
    for (unsigned i = 0; i < 3; i++) {
        int other, fd = defer_one(s, upgrade_request("/any", "alpha", ""), &id);

        other = client_open(s);
        client_send(other, upgrade_request("/any", "alpha", ""));
        value_take();
        client_answer(other, &answer);
        cr_expect_eq(answer.status, 503);
        client_expect_fin(other);
        cr_expect_eq(mark_count("cancel"), i + 1, "who was asked and deferred gets cancel");
        post_settle(id, settle_accept);
        client_head(fd, &answer);
        cr_expect_eq(answer.status, 101);
        close(fd);
    }
}

SERVER_TEST(stop_leaves_time_to_settle)
{
    struct server s;
    struct answer answer;
    shunt_id id;
    int fd, other;

    server_open(&s, backend, NULL);
    other = client_upgraded(&s, "/any", "alpha");
    probe.negotiate = defer;
    fd = defer_one(&s, upgrade_request("/any", "alpha", ""), &id);
    shunt_server_stop(s.server);
    mark_wait("shutdown", 1); /* of the other one: now the worker knows */
    post_settle(id, settle_refuse);
    client_answer(fd, &answer);
    cr_expect(answer.status == 401 && answer_has(&answer, "Connection: close"), "%s", answer.head);
    client_expect_fin(fd);
    client_expect_fin(other);
    server_join(&s);
}

SERVER_TEST(the_second_stop_cancels_what_is_deferred)
{
    struct server s;
    shunt_id id;
    int fd = deferred(&s, backend, NULL, "alpha", &id);

    shunt_server_stop(s.server);
    shunt_server_stop(s.server);
    server_join(&s);
    client_expect_reset(fd);
    cr_expect_str_eq(mark_text(), "negotiate cancel ");
}
