/* How often a request makes anybody look at an offer: each protocol once, and a bounded number. */
#include "conformance/server_defer.h"

#include <stdio.h>
#include <unistd.h>

static enum shunt_verdict declines(const struct shunt_request *request,
                                   struct shunt_upgrade *upgrade)
{
    (void)request, (void)upgrade;
    return SHUNT_DECLINE;
}

/* One request that offers `list`; its answer's status. */
static unsigned offered(const struct server *s, const char *list)
{
    static char request[20000];
    struct answer answer;
    int fd = client_open(s);

    snprintf(request, sizeof request,
             "GET /any HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", list);
    client_send(fd, request);
    client_head(fd, &answer);
    close(fd);
    return answer.status;
}

CLOSING_SERVER(negotiate_runs_once_for_each_protocol_however_often_it_is_offered)
{
    static char many[16001];
    static const struct {
        const char *why, *list;
        unsigned asked;
    } rows[] = {
        {"16 KB of one protocol", many, 1},
        {"any case", "alpha, ALPHA, Alpha", 1},
        {"over several lines", "alpha\r\nUpgrade: alpha\r\nUpgrade: h2c, alpha", 1},
        {"a version makes another protocol", "alpha, alpha/1, alpha/2, alpha/1, alpha", 3},
        {"others in between", "alpha, beta, alpha, gamma, beta, alpha", 3},
    };

    for (size_t i = 0; i + 6 < sizeof many; i += 6) {
        memcpy(many + i, "alpha,", 6);
    }
    probe.negotiate = declines;
    server_create(s, backend);
    server_config(s->server)->limits.offers_max = 1000;
    server_start(s);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mark_reset();
        cr_expect_eq(offered(s, rows[i].list), 200, "%s", rows[i].why);
        cr_expect_eq(mark_count("negotiate"), rows[i].asked, "%s: asked %u times", rows[i].why,
                     mark_count("negotiate"));
    }
}

CLOSING_SERVER(what_is_declined_after_a_deferral_is_not_asked_again)
{
    struct answer answer;
    shunt_id id;
    int fd;

    probe.negotiate = defer;
    server_open(s, backend, NULL);
    fd = defer_one(s, upgrade_request("/any", "alpha, alpha, alpha", ""), &id);
    post_settle(id, settle_decline);
    client_answer(fd, &answer);
    cr_expect_eq(answer.status, 200, "%s", answer.head);
    cr_expect_eq(mark_count("negotiate"), 1);
    close(fd);
}

CLOSING_SERVER(offers_behind_the_limit_are_not_looked_at_and_the_request_is_counted)
{
    static const struct {
        const char *why, *list;
        unsigned want;
    } rows[] = {
        {"the last that is looked at", "x, y, alpha", 101},
        {"one behind it", "x, y, z, alpha", 200},
        {"empty members are none", ", x,, y, , alpha,,", 101},
        {"the same one counts each time", "x, x, x, alpha", 200},
        {"over several lines", "x\r\nUpgrade: y, z\r\nUpgrade: alpha", 200},
    };

    server_create(s, backend);
    server_config(s->server)->limits.offers_max = 3;
    server_log_keep(s);
    server_start(s);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(offered(s, rows[i].list), rows[i].want, "%s", rows[i].why);
    }
    cr_expect_eq(server_counter(s, "session.offers_overflow"), 3);
}
