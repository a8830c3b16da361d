/* Upgrade rules (docs/design.md) 1, 2, 4, 6 and 7; rule 3's deferral and rule 5 have files of their own. */
#include "conformance/server_fixture.h"

#include <stdio.h>
#include <unistd.h>

static struct shunt_span span_of(const char *text)
{
    return shunt_span_of(text);
}

/* ---- 1: when Upgrade counts ---- */

WITH_SERVER(upgrade_counts_only_on_http_1_1_and_only_when_connection_lists_it, NULL)
{
    static const struct {
        const char *why, *request;
        unsigned want;
    } rows[] = {
        {"as usual",
         "GET /any HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha\r\n\r\n", 101},
        {"in any case",
         "GET /any HTTP/1.1\r\nHost: a\r\ncOnNeCtIoN: uPgRaDe\r\nuPGRADE: ALPHA\r\n\r\n", 101},
        {"in a list",
         "GET /any HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n"
         "Upgrade: alpha\r\n\r\n",
         101},
        {"in a list with empty members",
         "GET /any HTTP/1.1\r\nHost: a\r\nConnection: , keep-alive ,,upgrade,\r\n"
         "Upgrade: alpha\r\n\r\n",
         101},
        {"on the second line",
         "GET /any HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n"
         "Upgrade: alpha\r\nConnection: upgrade\r\n\r\n",
         101},
        {"any method",
         "POST /any HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: alpha\r\n"
         "Content-Length: 0\r\n\r\n",
         101},
        {"no Connection", "GET /any HTTP/1.1\r\nHost: a\r\nUpgrade: alpha\r\n\r\n", 200},
        {"Connection lists others",
         "GET /any HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrader\r\n"
         "Upgrade: alpha\r\n\r\n",
         200},
        {"no Upgrade", "GET /any HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n", 200},
        {"HTTP/1.0",
         "GET /any HTTP/1.0\r\nHost: a\r\nConnection: Upgrade, keep-alive\r\n"
         "Upgrade: alpha\r\n\r\n",
         200},
        {"no route that upgrades",
         "GET /plain HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha\r\n\r\n", 200},
        {"no route",
         "GET /none HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha\r\n\r\n", 404},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer;
        int fd = client_open(s);

        client_send(fd, rows[i].request);
        client_head(fd, &answer);
        cr_expect_eq(answer.status, rows[i].want, "%s: %s", rows[i].why, answer.head);
        close(fd);
    }
}

/* ---- 2: which offer is taken ---- */

/* Takes the one offer that the test names, declines the others. */
static const char *liked;

static enum shunt_verdict only_liked(const struct shunt_request *request,
                                     struct shunt_upgrade *upgrade)
{
    struct shunt_span offer = probe.host->upgrade_offer(upgrade);

    (void)request;
    return shunt_span_equal(offer, span_of(liked)) ? SHUNT_ACCEPT : SHUNT_DECLINE;
}

WITH_SERVER(the_first_offer_that_is_loaded_allowed_and_accepted_is_taken_and_named, NULL)
{
    static const struct {
        const char *why, *path, *upgrades, *liked, *named;
    } rows[] = {
        {"the client's order", "/any", "Upgrade: beta, alpha\r\n", NULL, "Upgrade: beta"},
        {"over several lines", "/any", "Upgrade: gamma\r\nUpgrade: alpha, beta\r\n", NULL,
         "Upgrade: gamma"},
        {"a declined one is passed over", "/any", "Upgrade: gamma, beta\r\nUpgrade: alpha\r\n",
         "alpha", "Upgrade: alpha"},
        {"a version is part of the offer", "/any", "Upgrade: beta/1, beta/2, alpha\r\n", "beta/2",
         "Upgrade: beta/2"},
        {"what nobody has loaded is passed over", "/any", "Upgrade: h2c, delta/3, beta\r\n", NULL,
         "Upgrade: beta"},
        {"what the route does not allow is passed over", "/alpha",
         "Upgrade: beta, gamma, alpha\r\n", NULL, "Upgrade: alpha"},
        {"as it was offered, not as it is called", "/any", "Upgrade: BeTa\r\n", NULL,
         "Upgrade: BeTa"},
        {"empty members are passed over", "/any", "Upgrade: , ,alpha\r\n", NULL, "Upgrade: alpha"},
        {"all declined", "/any", "Upgrade: alpha, beta\r\n", "nothing", NULL},
        {"none allowed", "/alpha", "Upgrade: beta\r\n", NULL, NULL},
        {"none loaded", "/any", "Upgrade: h2c\r\n", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[512];
        struct answer answer;
        int fd = client_open(s);

        liked = rows[i].liked;
        probe.negotiate = liked ? only_liked : NULL;
        snprintf(request, sizeof request,
                 "GET %s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n%s\r\n", rows[i].path,
                 rows[i].upgrades);
        client_send(fd, request);
        client_head(fd, &answer);
        if (rows[i].named) {
            cr_expect(answer.status == 101 && answer_has(&answer, rows[i].named) &&
                          answer_has(&answer, "Connection: Upgrade"),
                      "%s: %s", rows[i].why, answer.head);
        } else {
            cr_expect_eq(answer.status, 200, "%s: %s", rows[i].why, answer.head);
        }
        close(fd);
    }
}

WITH_SERVER(where_a_protocol_is_demanded_a_plain_request_gets_426_and_the_names, NULL)
{
    struct answer answer;
    int fd;

    fd = client_open(s);
    client_send(fd, "GET /must HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 426);
    cr_expect(answer_has(&answer, "Upgrade: alpha"), "%s", answer.head);
    cr_expect(answer_has(&answer, "Connection: Upgrade"), "%s", answer.head);
    client_send(fd, upgrade_request("/must", "beta", ""));
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 426, "an offer that is not taken is no better");
    client_send(fd, upgrade_request("/must", "alpha", ""));
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101, "and the connection was good all the while");
    close(fd);
}

/* ---- 3 and 7: fields, refusals ---- */

static enum shunt_verdict with_fields(const struct shunt_request *request,
                                      struct shunt_upgrade *upgrade)
{
    const struct shunt_host *h = probe.host;

    (void)request;
    cr_expect_eq(h->upgrade_field(upgrade, span_of("X-Key"), span_of("42")), SHUNT_OK);
    cr_expect_eq(h->upgrade_field(upgrade, span_of("Bad Name"), span_of("1")), SHUNT_EINVAL);
    cr_expect_eq(h->upgrade_field(upgrade, span_of("X"), span_of("a\r\nB: c")), SHUNT_EINVAL);
    cr_expect_eq(h->upgrade_field(upgrade, span_of("Upgrade"), span_of("beta")), SHUNT_EINVAL);
    cr_expect_eq(h->upgrade_field(upgrade, span_of("content-length"), span_of("1")), SHUNT_EINVAL);
    return SHUNT_ACCEPT;
}

CLOSING_SERVER(negotiate_adds_fields_to_the_101_but_none_that_the_server_writes)
{
    struct answer answer;
    int fd;

    probe.negotiate = with_fields;
    server_open(s, backend, NULL);
    fd = client_open(s);
    client_send(fd, upgrade_request("/any", "alpha", ""));
    client_head(fd, &answer);
    cr_expect(answer.status == 101 && answer_has(&answer, "X-Key: 42"), "%s", answer.head);
    cr_expect_null(strstr(answer.head, "beta"), "%s", answer.head);
    cr_expect_null(strstr(answer.head, "Content-Length"), "%s", answer.head);
    close(fd);
}

/* What an earlier protocol has set must not show in the next one's answer. */
static enum shunt_verdict fields_then_decline(const struct shunt_request *request,
                                              struct shunt_upgrade *upgrade)
{
    const struct shunt_host *h = probe.host;
    bool first = shunt_span_equal(h->upgrade_offer(upgrade), span_of("alpha"));
    uint8_t *state = h->upgrade_state(upgrade);

    (void)request;
    if (first) {
        cr_expect_eq(h->upgrade_field(upgrade, span_of("X-First"), span_of("1")), SHUNT_OK);
        h->upgrade_set_user(upgrade, &probe);
        state[0] = 1;
        return SHUNT_DECLINE;
    }
    cr_expect_null(h->upgrade_user(upgrade));
    cr_expect_eq(state[0], 0);
    return SHUNT_ACCEPT;
}

CLOSING_SERVER(what_a_protocol_sets_and_then_declines_is_gone)
{
    struct answer answer;
    int fd;

    probe.negotiate = fields_then_decline;
    server_open(s, backend, NULL);
    fd = client_open(s);
    client_send(fd, upgrade_request("/any", "alpha, beta", ""));
    client_head(fd, &answer);
    cr_expect(answer.status == 101 && answer_has(&answer, "Upgrade: beta"), "%s", answer.head);
    cr_expect_null(strstr(answer.head, "X-First"), "%s", answer.head);
    close(fd);
}

static enum shunt_verdict refuse(const struct shunt_request *request, struct shunt_upgrade *upgrade)
{
    const struct shunt_host *h = probe.host;
    bool last = shunt_request_field(request, "X-Last", NULL) != NULL;

    cr_expect_eq(h->upgrade_refuse(upgrade, 101, NULL, span_of("")), SHUNT_EINVAL);
    cr_expect_eq(h->upgrade_refuse(upgrade, 600, NULL, span_of("")), SHUNT_EINVAL);
    if (shunt_request_field(request, "X-Bare", NULL)) {
        return SHUNT_REFUSE;
    }
    cr_expect_eq(h->upgrade_refuse(upgrade, 401, "text/plain", span_of("who?")), SHUNT_OK);
    cr_expect_eq(h->upgrade_field(upgrade, span_of("WWW-Authenticate"), span_of("Basic")),
                 SHUNT_OK);
    if (last) {
        cr_expect_eq(h->upgrade_field(upgrade, span_of("Connection"), span_of("close")), SHUNT_OK);
    }
    return SHUNT_REFUSE;
}

CLOSING_SERVER(a_refusal_has_status_fields_and_body_and_http_goes_on_behind_it)
{
    struct answer answer;
    int fd;

    probe.negotiate = refuse;
    server_open(s, backend, NULL);
    fd = client_open(s);
    for (int i = 0; i < 3; i++) {
        client_send(fd, upgrade_request("/any", "alpha, beta", ""));
        client_answer(fd, &answer);
        cr_expect_eq(answer.status, 401);
        cr_expect(answer_has(&answer, "WWW-Authenticate: Basic"), "%s", answer.head);
        cr_expect(answer_has(&answer, "Content-Type: text/plain"), "%s", answer.head);
        cr_expect_str_eq(answer.body, "who?");
    }
    cr_expect_eq(mark_count("negotiate"), 3, "the offers behind a refusal are not tried");
    client_send(fd, upgrade_request("/any", "alpha", "X-Bare: 1\r\n"));
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 403, "a refusal that chooses nothing");
    client_send(fd, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    client_send(fd, upgrade_request("/any", "alpha", "X-Last: 1\r\n"));
    client_answer(fd, &answer);
    cr_expect(answer.status == 401 && answer_has(&answer, "Connection: close"), "%s", answer.head);
    client_expect_fin(fd);
}

/* ---- 4: the whole request first ---- */

static enum shunt_verdict refuse_with_body(const struct shunt_request *request,
                                           struct shunt_upgrade *upgrade)
{
    return probe.host->upgrade_field(upgrade, span_of("X-Body"), request->body) == SHUNT_OK
               ? SHUNT_ACCEPT
               : SHUNT_REFUSE;
}

CLOSING_SERVER(the_body_is_read_whole_before_the_101_however_it_is_framed_and_cut)
{
    static const struct {
        const char *why, *request;
    } rows[] = {
        {"by length", "POST /any HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha\r\n"
                      "Content-Length: 11\r\n\r\nhello there"},
        {"by chunks",
         "POST /any HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: alpha\r\n"
         "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n there\r\n0\r\nT: 1\r\n\r\n"},
    };

    probe.negotiate = refuse_with_body;
    server_open(s, backend, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len = strlen(rows[i].request);

        for (size_t cut = 1; cut < len; cut++) {
            struct answer answer;
            int fd = client_open(s);

            fixture_write(fd, rows[i].request, cut);
            fixture_write(fd, rows[i].request + cut, len - cut);
            client_send(fd, "early");
            client_head(fd, &answer);
            cr_expect(answer.status == 101 && answer_has(&answer, "X-Body: hello there"),
                      "%s, cut at %zu: %s", rows[i].why, cut, answer.head);
            client_expect(fd, "early");
            close(fd);
        }
    }
}

WITH_SERVER(a_body_that_is_too_big_is_413_and_nobody_negotiates, NULL)
{
    struct answer answer;
    int fd;

    fd = client_open(s);
    client_send(fd, upgrade_request("/any", "alpha", "Content-Length: 1048577\r\n"));
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 413);
    client_expect_fin(fd);
    cr_expect_eq(mark_count("negotiate"), 0);
}

CLOSING_SERVER(who_expects_100_gets_it_before_the_101)
{
    struct answer answer;
    int fd;

    probe.negotiate = refuse_with_body;
    server_open(s, backend, NULL);
    fd = client_open(s);
    client_send(fd,
                upgrade_request("/any", "alpha", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 100);
    client_send(fd, "hello");
    client_head(fd, &answer);
    cr_expect(answer.status == 101 && answer_has(&answer, "X-Body: hello"), "%s", answer.head);
    close(fd);

    fd = client_open(s);
    client_send(fd, upgrade_request("/any", "alpha", "Expect: 100-continue\r\n"));
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 100, "without a body too");
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    close(fd);
}

/* ---- 6: one owner ---- */

static void greet(struct shunt_stream *stream)
{
    cr_expect_eq(probe.host->write(stream, "hello", 5), SHUNT_OK);
}

CLOSING_SERVER(the_101_comes_before_what_open_writes_and_after_the_answers_before_it)
{
    struct answer answer;
    int fd;

    probe.open = greet;
    server_open(s, backend, NULL);
    fd = client_open(s);
    client_send(fd, "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"
                    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                    "GET /any HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                    "Upgrade: alpha\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "/plain");
    client_answer(fd, &answer);
    cr_expect_str_eq(answer.body, "abc");
    client_head(fd, &answer);
    cr_expect_eq(answer.status, 101);
    client_expect(fd, "helloGET /plain HTTP/1.1\r\nHost: a\r\n\r\n"); /* the plugin's, not HTTP */
    close(fd);
    mark_wait("close", 1);
    cr_expect_str_eq(mark_text(), "negotiate open data end close ");
}
