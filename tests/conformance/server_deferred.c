/* Upgrade rule 3: what negotiate defers and a later task settles, or nobody does. */
#include "conformance/server_fixture.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- the plugin's side ---- */

/* Defers, and tells the test the upgrade's id. */
static enum shunt_verdict defer(const struct shunt_request *request, struct shunt_upgrade *upgrade)
{
    (void)request;
    value_put(probe.host->upgrade_id(upgrade));
    return SHUNT_DEFER;
}

static void settle_accept(struct shunt_upgrade *upgrade, void *arg)
{
    (void)arg;
    probe.host->upgrade_settle(upgrade, SHUNT_ACCEPT);
    mark("settled");
}

static void settle_decline(struct shunt_upgrade *upgrade, void *arg)
{
    (void)arg;
    probe.host->upgrade_settle(upgrade, SHUNT_DECLINE);
    mark("settled");
}

static void settle_refuse(struct shunt_upgrade *upgrade, void *arg)
{
    (void)arg;
    cr_expect_eq(probe.host->upgrade_refuse(upgrade, 401, "text/plain", shunt_span_of("who?")),
                 SHUNT_OK);
    probe.host->upgrade_settle(upgrade, SHUNT_REFUSE);
    mark("settled");
}

static void dropped(void *arg)
{
    (void)arg;
    mark("dropped");
}

/* From the test's thread, which is another than the worker's. */
static void post(shunt_id id, shunt_upgrade_task *task)
{
    cr_assert_eq(probe.host->post_upgrade(id, task, dropped, NULL), SHUNT_OK);
}

static int defer_one(const struct server *s, const char *request, shunt_id *id)
{
    int fd = client_open(s);

    client_send(fd, request);
    *id = value_take();
    return fd;
}

/* ---- settled by another thread's task ---- */

SERVER_TEST(accepted_later_is_101_and_open)
{
    struct server s;
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = defer;
    server_open(&s, backend, NULL);
    fd = defer_one(&s, upgrade_request("/any", "alpha/7", ""), &id);
    post(id, settle_accept);
    client_head(fd, &answer);
    cr_expect(answer.status == 101 && answer_has(&answer, "Upgrade: alpha/7"), "%s", answer.head);
    client_send(fd, "x");
    client_expect(fd, "x");
    close(fd);
    mark_wait("close", 1);
    cr_expect_str_eq(mark_text(), "negotiate open settled data end close ");
    server_close(&s);
}

SERVER_TEST(refused_later_is_the_refusal_and_http_goes_on)
{
    struct server s;
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = defer;
    server_open(&s, backend, NULL);
    fd = defer_one(&s, upgrade_request("/any", "alpha", ""), &id);
    post(id, settle_refuse);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 401);
    cr_expect_str_eq(answer.body, "who?");
    client_send(fd, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(fd);
    server_close(&s);
}

static enum shunt_verdict defer_alpha_accept_others(const struct shunt_request *request,
                                                    struct shunt_upgrade *upgrade)
{
    return shunt_span_equal(probe.host->upgrade_offer(upgrade), shunt_span_of("alpha"))
               ? defer(request, upgrade)
               : SHUNT_ACCEPT;
}

SERVER_TEST(declined_later_tries_the_next_offer)
{
    struct server s;
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = defer_alpha_accept_others;
    server_open(&s, backend, NULL);
    fd = defer_one(&s, upgrade_request("/any", "alpha, h2c, beta", ""), &id);
    post(id, settle_decline);
    client_head(fd, &answer);
    cr_expect(answer.status == 101 && answer_has(&answer, "Upgrade: beta"), "%s", answer.head);
    close(fd);
    server_close(&s);
}

SERVER_TEST(each_offer_of_a_request_may_be_deferred)
{
    struct server s;
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = defer;
    server_open(&s, backend, NULL);
    fd = defer_one(&s, upgrade_request("/any", "alpha, beta", ""), &id);
    post(id, settle_decline);
    cr_expect_eq(value_take(), id);
    client_send(fd, "early");
    post(id, settle_accept);
    client_head(fd, &answer);
    cr_expect(answer.status == 101 && answer_has(&answer, "Upgrade: beta"), "%s", answer.head);
    client_expect(fd, "early");
    close(fd);
    server_close(&s);
}

SERVER_TEST(declined_by_all_is_http_with_the_requests_behind_it)
{
    struct server s;
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = defer;
    server_open(&s, backend, NULL);
    for (int round = 0; round < 2; round++) {
        fd = client_open(&s);
        client_send(fd, upgrade_request("/any", "alpha", ""));
        client_send(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                        "GET /plain HTTP/1.1\r\nHost: a\r\n");
        id = value_take();
        if (round == 1) {
            client_send(fd, "X: 1\r\n\r\n"); /* while it is deferred */
            client_delivered(fd);
        }
        post(id, settle_decline);
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
    server_close(&s);
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

SERVER_TEST(the_request_stays_readable_body_included_while_others_are_served)
{
    static const char *const requests[] = {
        "POST /any?q=1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha/2\r\n"
        "X-Key: 42\r\nContent-Length: 11\r\n\r\nhello thereearly",
        "POST /any?q=1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha/2\r\n"
        "X-Key: 42\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n "
        "there\r\n0\r\n\r\nearly",
    };
    struct server s;
    struct answer answer;

    probe.negotiate = defer;
    probe.open = looks_at_request;
    server_open(&s, backend, NULL);
    for (unsigned i = 0; i < 2; i++) {
        shunt_id id;
        int other, fd = defer_one(&s, requests[i], &id);

        other = client_open(&s);
        for (int k = 0; k < 3; k++) { /* uses the worker's buffers and its room for a head */
            client_send(other, "POST /echo HTTP/1.1\r\nHost: bbbbbbbbbbbbbbb\r\nY: 77777777777\r\n"
                               "Content-Length: 20\r\n\r\naaaaaaaaaaaaaaaaaaaa");
            client_answer(other, &answer);
        }
        post(id, looks_and_accepts);
        client_head(fd, &answer);
        cr_expect_eq(answer.status, 101);
        client_expect(fd, "early");
        close(fd);
        close(other);
    }
    cr_expect_eq(mark_count("looked"), 4);
    server_close(&s);
}

/* ---- settled from within a callback of another connection ---- */

static struct shunt_upgrade *waiting;

/* The first one waits; the second one declines it while its own request is in hand. */
static enum shunt_verdict declines_the_one_before(const struct shunt_request *request,
                                                  struct shunt_upgrade *upgrade)
{
    struct shunt_upgrade *before = waiting;
    const struct shunt_field *field;

    if (!before) {
        waiting = upgrade;
        value_put(0);
        return SHUNT_DEFER;
    }
    waiting = NULL;
    probe.host->upgrade_settle(before, SHUNT_DECLINE);
    field = shunt_request_field(request, "X-Mine", NULL);
    cr_expect(field && shunt_span_equal(field->value, shunt_span_of("yes")),
              "the request in hand was overwritten");
    cr_expect(shunt_span_equal(request->path, shunt_span_of("/alpha")));
    return SHUNT_ACCEPT;
}

SERVER_TEST(settling_within_another_negotiation_leaves_that_one_alone)
{
    struct server s;
    struct answer answer;
    int first, second;

    probe.negotiate = declines_the_one_before;
    server_open(&s, backend, NULL);
    first = client_open(&s);
    client_send(first, upgrade_request("/any", "beta", ""));
    value_take();
    client_send(first, "GET /plain HTTP/1.1\r\nHost: b\r\nX-A: 1\r\nX-B: 2\r\nX-C: 3\r\n\r\n");
    client_delivered(first);
    second = client_open(&s);
    client_send(second, "GET /alpha HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                        "Upgrade: alpha\r\nX-Mine: yes\r\n\r\n");
    client_head(second, &answer);
    cr_expect_eq(answer.status, 101, "%s", answer.head);
    client_answer(first, &answer);
    cr_expect_str_eq(answer.body, "/any");
    client_answer(first, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    close(first);
    close(second);
    server_close(&s);
}

static enum shunt_verdict keeps_beta_waiting(const struct shunt_request *request,
                                             struct shunt_upgrade *upgrade)
{
    (void)request;
    if (shunt_span_equal(probe.host->upgrade_offer(upgrade), shunt_span_of("beta"))) {
        waiting = upgrade;
        value_put(0);
        return SHUNT_DEFER;
    }
    return SHUNT_ACCEPT;
}

/* The first open() accepts the one that waits, whose open() runs within it. */
static void opens_the_other(struct shunt_stream *stream)
{
    struct shunt_upgrade *other = waiting;

    cr_expect_not_null(probe.host->request(stream));
    if (other) {
        waiting = NULL;
        probe.host->upgrade_settle(other, SHUNT_ACCEPT);
        cr_expect_not_null(probe.host->request(stream), "after another open()");
    }
}

SERVER_TEST(the_request_is_there_for_all_of_open_even_where_another_opens_within)
{
    struct server s;
    struct answer answer;
    int first, second;

    probe.negotiate = keeps_beta_waiting;
    probe.open = opens_the_other;
    server_open(&s, backend, NULL);
    first = client_open(&s);
    client_send(first, upgrade_request("/any", "beta", ""));
    value_take();
    second = client_upgraded(&s, "/any", "alpha");
    client_head(first, &answer);
    cr_expect_eq(answer.status, 101);
    close(first);
    close(second);
    server_close(&s);
    cr_expect_eq(mark_count("open"), 2);
}

/* ---- what open() wants holds ---- */

static void pauses(struct shunt_stream *stream)
{
    value_put(probe.host->id(stream));
    probe.host->pause(stream);
}

static void resumes(struct shunt_stream *stream, void *arg)
{
    (void)arg;
    mark("resuming");
    probe.host->resume(stream);
}

SERVER_TEST(a_pause_in_open_holds_after_a_deferral_too)
{
    struct server s;
    struct answer answer;
    shunt_id id;

    probe.negotiate = defer;
    probe.open = pauses;
    server_open(&s, backend, NULL);
    for (unsigned round = 0; round < 2; round++) {
        int fd = defer_one(&s, upgrade_request("/any", "alpha", ""), &id);

        if (round == 1) {
            client_send(fd, "early"); /* else nothing waits when it is accepted */
            client_delivered(fd);
        }
        post(id, settle_accept);
        client_head(fd, &answer);
        cr_expect_eq(answer.status, 101);
        id = value_take();
        client_send(fd, round == 1 ? "-late" : "early-late");
        client_delivered(fd);
        fixture_write(fd, "!", 1);
        client_turn(&s); /* the worker has turned meanwhile */
        cr_expect_eq(mark_count("data"), 0, "data() while paused");
        cr_assert_eq(probe.host->post(id, resumes, NULL, NULL), SHUNT_OK);
        client_expect(fd, "early-late!");
        close(fd);
        mark_wait("close", 1);
        mark_reset();
    }
    server_close(&s);
}

/* ---- more early bytes than are kept ---- */

enum { MANY = 600000 };

static uint64_t data_hash = FIXTURE_HASH, data_bytes;

static void hashes(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    data_hash = fixture_hash(data_hash, bytes, len);
    data_bytes += len;
    if (data_bytes == MANY) {
        cr_expect_eq(probe.host->write(stream, "all", 3), SHUNT_OK);
    }
}

static void *writes_many(void *arg)
{
    const uint8_t *many = arg;

    fixture_write(*(const int *)(const void *)many, many, MANY);
    return NULL;
}

SERVER_TEST(any_number_of_early_bytes_is_given_in_order_and_reading_pauses_meanwhile)
{
    uint8_t *many = malloc(MANY);
    struct server s;
    struct answer answer;
    pthread_t writer;
    shunt_id id;
    int fd;

    cr_assert_not_null(many);
    probe.negotiate = defer;
    probe.data = hashes;
    server_open(&s, backend, NULL);
    fd = defer_one(&s, upgrade_request("/any", "alpha", ""), &id);
    srandom(1);
    for (size_t i = 0; i < MANY; i++) {
        many[i] = (uint8_t)random();
    }
    memcpy(many, &fd, sizeof fd); /* the writer's argument; as good as other bytes */
    cr_assert_eq(pthread_create(&writer, NULL, writes_many, many), 0);
    for (int i = 0; i < 20; i++) { /* turns of the worker, in which it reads what it will */
        client_turn(&s);
    }
    post(id, settle_accept);
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    client_expect(fd, "all");
    pthread_join(writer, NULL);
    close(fd);
    server_close(&s);
    cr_expect_eq(data_hash, fixture_hash(FIXTURE_HASH, many, MANY),
                 "other bytes, or another order");
    free(many);
}

/* ---- nobody settles it ---- */

SERVER_TEST(the_client_leaving_cancels_and_a_later_task_is_dropped)
{
    struct server s;
    shunt_id id;
    int fd;

    probe.negotiate = defer;
    server_open(&s, backend, NULL);
    fd = defer_one(&s, upgrade_request("/any", "alpha", ""), &id);
    close(fd);
    mark_wait("cancel", 1);
    post(id, settle_accept);
    mark_wait("dropped", 1);
    cr_expect_str_eq(mark_text(), "negotiate cancel dropped ");
    server_close(&s);
}

SERVER_TEST(a_reset_cancels_too)
{
    const struct linger now = {.l_onoff = 1};
    struct server s;
    shunt_id id;
    int fd;

    probe.negotiate = defer;
    server_open(&s, backend, NULL);
    fd = defer_one(&s, upgrade_request("/any", "alpha", ""), &id);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(fd);
    mark_wait("cancel", 1);
    post(id, settle_accept);
    mark_wait("dropped", 1);
    server_close(&s);
    cr_expect_eq(mark_count("cancel"), 1);
    cr_expect_eq(mark_count("open"), 0);
}

static void soon(struct config *config)
{
    config->timeouts.upgrade_ms = 30;
}

SERVER_TEST(the_time_out_answers_503_and_cancels)
{
    struct server s;
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = defer;
    server_open(&s, backend, soon);
    fd = defer_one(&s, upgrade_request("/any", "alpha", ""), &id);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 503);
    client_expect_fin(fd);
    mark_wait("cancel", 1);
    post(id, settle_accept);
    mark_wait("dropped", 1);
    server_close(&s);
}

static void one_pending(struct config *config)
{
    config->limits.pending_upgrades_max = 1;
}

SERVER_TEST(more_than_may_wait_get_503_and_room_comes_back)
{
    struct server s;
    struct answer answer;
    shunt_id id;

    probe.negotiate = defer;
    server_open(&s, backend, one_pending);
    for (unsigned i = 0; i < 3; i++) {
        int other, fd = defer_one(&s, upgrade_request("/any", "alpha", ""), &id);

        other = client_open(&s);
        client_send(other, upgrade_request("/any", "alpha", ""));
        value_take();
        client_answer(other, &answer);
        cr_expect_eq(answer.status, 503);
        client_expect_fin(other);
        cr_expect_eq(mark_count("cancel"), i + 1, "who was asked and deferred is told");
        post(id, settle_accept);
        client_head(fd, &answer);
        cr_expect_eq(answer.status, 101);
        close(fd);
    }
    server_close(&s);
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
    post(id, settle_refuse);
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
    int fd;

    probe.negotiate = defer;
    server_open(&s, backend, NULL);
    fd = defer_one(&s, upgrade_request("/any", "alpha", ""), &id);
    shunt_server_stop(s.server);
    shunt_server_stop(s.server);
    server_join(&s);
    client_expect_reset(fd);
    cr_expect_str_eq(mark_text(), "negotiate cancel ");
}
