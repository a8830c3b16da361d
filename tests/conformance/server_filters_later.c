/* Filters that wait: requests and upgrades go on later, are answered later, or are gone. */
#include "conformance/server_filters.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GET_ONE  "GET /one HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_TEXT "GET /text HTTP/1.1\r\nHost: a\r\n\r\n"

static void cancelled(void *arg)
{
    (void)arg;
    mark("cancelled");
}

static enum shunt_filtering defer(struct shunt_response *response)
{
    shunt_id id = 0;

    cr_expect_eq(shunt_response_defer(response, cancelled, NULL, &id), SHUNT_OK);
    value_put(id);
    return SHUNT_DEFERRED;
}

static enum shunt_filtering c_defers(const char *name, const struct shunt_request *request,
                                     struct shunt_response *response)
{
    (void)request;
    return *name == 'c' ? defer(response) : SHUNT_GO_ON;
}

static enum shunt_filtering all_defer(const char *name, const struct shunt_request *request,
                                      struct shunt_response *response)
{
    (void)name, (void)request;
    return defer(response);
}

static void go_on(void)
{
    cr_assert_eq(shunt_exchange_go_on(value_take()), SHUNT_OK);
}

CLOSING_SERVER(a_request_goes_on_when_the_filter_is_content)
{
    struct answer answer;
    int fd = filters_client(s, backend, c_defers);

    client_send(fd, "POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" GET_TEXT);
    go_on();
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "hello");
    cr_expect(answer_has(&answer, "Filter: c"), "%s", answer.head);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "text");
    cr_expect_str_eq(mark_text(), "a+ b+ c+ d+ handler d-200 c-200 b-200 a-200 a+ b+ b-200 a-200 ");
    close(fd);
}

CLOSING_SERVER(each_filter_may_defer)
{
    struct answer answer;
    int fd = filters_client(s, backend, all_defer);

    client_send(fd, GET_ONE GET_TEXT);
    for (int i = 0; i < 6; i++) {
        go_on();
    }
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "text");
    cr_expect_eq(mark_count("cancelled"), 0);
    close(fd);
}

CLOSING_SERVER(it_may_answer_later)
{
    struct answer answer;
    int fd = filters_client(s, backend, c_defers);

    client_send(fd, GET_ONE GET_TEXT);
    cr_assert_eq(shunt_exchange_answer(value_take(), 403, "text/plain", "no", 2), SHUNT_OK);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 403);
    cr_expect_str_eq(answer.body, "no");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200);
    cr_expect_str_eq(mark_text(), "a+ b+ c+ c-403 b-403 a-403 a+ b+ b-200 a-200 ");
    close(fd);
}

static void lets_go_on(void *arg, const struct shunt_request *request,
                       struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_eq(shunt_response_field(response, "Posted", "1"), SHUNT_OK);
    cr_expect_eq(shunt_response_go_on(response), SHUNT_OK);
}

CLOSING_SERVER(a_posted_handler_lets_go_on_with_a_field)
{
    struct answer answer;
    int fd = filters_client(s, backend, c_defers);

    client_send(fd, upgrade_request("/one", "alpha", ""));
    cr_assert_eq(shunt_exchange_post(value_take(), lets_go_on, NULL, NULL), SHUNT_OK);
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    cr_expect(answer_has(&answer, "Posted: 1"), "%s", answer.head);
    close(fd);
}

/* ---- upgrades ---- */

CLOSING_SERVER(an_upgrade_goes_on_with_its_early_bytes)
{
    struct answer answer;
    int fd = filters_client(s, backend, c_defers);

    client_send(fd, upgrade_request("/one", "alpha", ""));
    client_send(fd, "early ");
    client_turn(s);
    client_send(fd, "bytes");
    client_delivered(fd);
    go_on();
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101, "%s", answer.head);
    client_expect(fd, "early bytes");
    cr_expect_eq(mark_count("c-101"), 1);
    close(fd);
}

CLOSING_SERVER(an_upgrade_answered_later_stays_http)
{
    struct answer answer;
    int fd = filters_client(s, backend, c_defers);

    client_send(fd, upgrade_request("/one", "alpha", ""));
    client_send(fd, GET_TEXT);
    cr_assert_eq(shunt_exchange_answer(value_take(), 403, NULL, "", 0), SHUNT_OK);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 403);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "text");
    cr_expect_eq(mark_count("negotiate"), 0);
    close(fd);
}

static struct shunt_upgrade *waiting;

static enum shunt_verdict negotiate_defers(const struct shunt_request *request,
                                           struct shunt_upgrade *upgrade)
{
    (void)request;
    waiting = upgrade;
    value_put(probe.host->upgrade_id(upgrade));
    return SHUNT_DEFER;
}

static void settle(struct shunt_upgrade *upgrade, void *arg)
{
    (void)arg;
    cr_expect_eq(upgrade, waiting);
    probe.host->upgrade_settle(upgrade, SHUNT_ACCEPT);
}

CLOSING_SERVER(a_protocol_may_defer_behind_a_filter)
{
    struct answer answer;
    int fd;

    filter_acts = c_defers;
    probe.negotiate = negotiate_defers;
    filters_open(s, backend, NULL);
    fd = client_open(s);
    client_send(fd, upgrade_request("/one", "alpha", ""));
    go_on();
    cr_assert_eq(probe.host->post_upgrade(value_take(), settle, NULL, NULL), SHUNT_OK);
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    client_send(fd, "echo");
    client_expect(fd, "echo");
    close(fd);
    probe.negotiate = NULL;
    cr_expect_eq(server_counter(s, "session.upgrades_deferred"), 1);
}

CLOSING_SERVER(the_end_of_the_clients_direction_cancels_an_upgrade)
{
    shunt_id id;
    int fd = filters_client(s, backend, c_defers);

    client_send(fd, upgrade_request("/one", "alpha", ""));
    id = value_take();
    cr_assert_eq(shutdown(fd, SHUT_WR), 0);
    client_expect_fin(fd);
    mark_wait("cancelled", 1);
    cr_assert_eq(shunt_exchange_go_on(id), SHUNT_OK);
    client_turn(s);
    cr_expect_eq(mark_count("negotiate"), 0);
    cr_expect_eq(mark_count("cancelled"), 1);
}

/* ---- gone ---- */

CLOSING_SERVER(a_client_that_leaves_cancels_once)
{
    const struct linger now = {.l_onoff = 1};
    shunt_id id;
    int fd = filters_client(s, backend, c_defers);

    client_send(fd, GET_ONE);
    id = value_take();
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    close(fd);
    mark_wait("cancelled", 1);
    cr_assert_eq(shunt_exchange_go_on(id), SHUNT_OK);
    client_turn(s);
    cr_expect_eq(mark_count("cancelled"), 1);
    cr_expect_eq(mark_count("handler"), 0);
}

static void soon(struct config *config)
{
    config->timeouts.answer_ms = 30;
}

CLOSING_SERVER(without_a_decision_in_time_it_is_503_with_the_fields_of_filters)
{
    struct answer answer;
    int fd;

    filter_acts = c_defers;
    filters_open(s, backend, soon);
    fd = client_open(s);
    client_send(fd, upgrade_request("/one", "alpha", ""));
    client_send(fd, GET_TEXT);
    (void)value_take();
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 503);
    cr_expect(answer_has(&answer, "Filter: b"), "%s", answer.head);
    cr_expect_eq(mark_count("c-503"), 1);
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "text");
    mark_wait("cancelled", 1);
    close(fd);
}

/* ---- order, whatever defers ---- */

static enum shunt_filtering some_defer(const char *name, const struct shunt_request *request,
                                       struct shunt_response *response)
{
    const struct shunt_field *who = shunt_request_field(request, "Defers", NULL);

    return who && memchr(who->value.at, *name, who->value.len) ? defer(response) : SHUNT_GO_ON;
}

/* A request on a path with a body of `len` bytes; `filters` defer it. */
static size_t request_write(char *to, size_t room, const char *path, const char *filters,
                            size_t len, bool chunked)
{
    char body[512];
    size_t at;

    memset(body, 'x', len);
    at =
        (size_t)snprintf(to, room, "POST %s HTTP/1.1\r\nHost: a\r\nDefers: -%s\r\n", path, filters);
    if (chunked && len > 0) {
        at += (size_t)snprintf(to + at, room - at,
                               "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%.*s\r\n0\r\n\r\n", len,
                               (int)len, body);
    } else {
        at += (size_t)snprintf(to + at, room - at, "Content-Length: %zu\r\n\r\n%.*s", len, (int)len,
                               body);
    }
    return at;
}

/* A pipelined sequence of requests, bodies that nobody reads among them, cut anywhere. */
static void sequence(const struct server *s, unsigned seed)
{
    static const char *const rows[] = {"", "a", "b", "ab", "c", "cd", "abcd"};
    char text[32768];
    unsigned statuses[24], deferrals = 0;
    size_t lens[24], at = 0, sent = 0;
    struct answer answer;
    int fd = client_open(s);

    srand(seed);
    for (int i = 0; i < 24; i++) {
        bool one = rand() % 2;
        const char *filters = rows[(unsigned)rand() % (one ? 7 : 4)];

        lens[i] = (size_t)rand() % 500;
        statuses[i] = one ? 200 : 404;
        deferrals += (unsigned)strlen(filters);
        at += request_write(text + at, sizeof text - at, one ? "/one" : "/none", filters, lens[i],
                            rand() % 2);
    }
    while (sent < at) {
        size_t part = 1 + (size_t)rand() % 1500;

        part = part < at - sent ? part : at - sent;
        fixture_write(fd, text + sent, part);
        sent += part;
    }
    meet();
    while (deferrals-- > 0) {
        go_on();
    }
    for (int i = 0; i < 24; i++) {
        client_answer(fd, &answer);
        cr_assert_eq(answer.status, statuses[i], "seed %u, %d: %s", seed, i, answer.head);
        cr_assert(statuses[i] == 404 || answer.body_len == lens[i], "seed %u, %d", seed, i);
    }
    close(fd);
}

CLOSING_SERVER(answers_keep_their_order_whatever_defers)
{
    filter_acts = some_defer;
    filters_open(s, backend, NULL);
    for (unsigned seed = 1; seed <= 40; seed++) {
        sequence(s, seed);
    }
    cr_expect_eq(mark_count("cancelled"), 0);
}
