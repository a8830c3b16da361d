/* Settling in hard places: within other callbacks, paused, with more early bytes than are kept. */
#include "conformance/server_defer.h"

#include <stdlib.h>
#include <unistd.h>

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

CLOSING_SERVER(settling_within_another_negotiation_leaves_that_one_alone)
{
    struct answer answer;
    int first, second;

    probe.negotiate = declines_the_one_before;
    server_open(s, backend, NULL);
    first = client_open(s);
    client_send(first, upgrade_request("/any", "beta", ""));
    value_take();
    client_send(first, "GET /plain HTTP/1.1\r\nHost: b\r\nX-A: 1\r\nX-B: 2\r\nX-C: 3\r\n\r\n");
    client_delivered(first);
    second = client_open(s);
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

CLOSING_SERVER(a_pause_in_open_holds_after_a_deferral_too)
{
    struct answer answer;
    shunt_id id;

    probe.negotiate = defer;
    probe.open = pauses;
    server_open(s, backend, NULL);
    for (unsigned round = 0; round < 2; round++) {
        int fd = defer_one(s, upgrade_request("/any", "alpha", ""), &id);

        if (round == 1) {
            client_send(fd, "early"); /* else nothing waits when it is accepted */
            client_delivered(fd);
        }
        post_settle(id, settle_accept);
        client_head(fd, &answer);
        cr_expect_eq(answer.status, 101);
        id = value_take();
        client_send(fd, round == 1 ? "-late" : "early-late");
        client_delivered(fd);
        fixture_write(fd, "!", 1);
        client_turn(s); /* the worker has turned meanwhile */
        cr_expect_eq(mark_count("data"), 0, "data() while paused");
        cr_assert_eq(probe.host->post(id, resumes, NULL, NULL), SHUNT_OK);
        client_expect(fd, "early-late!");
        close(fd);
        mark_wait("close", 1);
        mark_reset();
    }
}

/* ---- settled in the turn in which its connection dies ---- */

/* What a plugin keeps for an upgrade: freed by whoever hears the last of it, once. */
static enum shunt_verdict keeps_memory(const struct shunt_request *request,
                                       struct shunt_upgrade *upgrade)
{
    (void)request;
    if (shunt_span_equal(probe.host->upgrade_offer(upgrade), shunt_span_of("alpha"))) {
        return SHUNT_ACCEPT;
    }
    probe.host->upgrade_set_user(upgrade, calloc(1, 64));
    waiting = upgrade;
    value_put(0);
    return SHUNT_DEFER;
}

static void frees_memory(struct shunt_upgrade *upgrade)
{
    mark(waiting ? "cancel-first" : "cancel-after");
    free(probe.host->upgrade_user(upgrade));
    waiting = NULL;
}

static void frees_at_close(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    (void)reason;
    free(probe.host->user(stream));
}

static void put_its_id(struct shunt_stream *stream)
{
    value_put(probe.host->id(stream));
}

/* Holds the worker until the test lets it go. */
static void holds(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    (void)stream, (void)bytes, (void)len;
    mark("held");
    value_take();
}

static void settles_refused(struct shunt_stream *stream, void *arg)
{
    (void)stream, (void)arg;
    if (waiting) {
        free(probe.host->upgrade_user(waiting)); /* a refused upgrade is not cancelled */
        probe.host->upgrade_settle(waiting, SHUNT_REFUSE);
        waiting = NULL;
    }
    mark("settled");
}

static void settles_accepted(struct shunt_stream *stream, void *arg)
{
    (void)stream, (void)arg;
    if (waiting) {
        probe.host->upgrade_settle(waiting, SHUNT_ACCEPT);
        waiting = NULL;
    }
    mark("settled");
}

CLOSING_SERVER(an_upgrade_that_is_settled_as_its_connection_dies_is_gone_when_settle_returns)
{
    const struct linger now = {.l_onoff = 1};
    shunt_stream_task *const tasks[] = {settles_refused, settles_accepted};

    probe.negotiate = keeps_memory;
    probe.cancel = frees_memory;
    probe.open = put_its_id;
    probe.data = holds;
    probe.close = frees_at_close;
    server_open(s, backend, NULL);
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        int holder = client_upgraded(s, "/any", "alpha"), fd = client_open(s);
        shunt_id id = value_take();

        client_send(fd, upgrade_request("/any", "beta", ""));
        value_take();
        client_send(holder, "x");
        mark_wait("held", 1);
        cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
        close(fd); /* the reset, then the task: one turn brings both */
        cr_assert_eq(probe.host->post(id, tasks[i], NULL, NULL), SHUNT_OK);
        value_put(0);
        mark_wait("settled", 1);
        client_turn(s);
        cr_expect_eq(mark_count("cancel-after"), 0, "%s", mark_text());
        close(holder);
        mark_wait("close", 1);
        mark_reset();
    }
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
    post_settle(id, settle_accept);
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
