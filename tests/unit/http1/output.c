/* What a handler may set, and what is written of it. */
#include "http1/output.h"
#include "unit/http1/fixture.h"

#include <stdio.h>

WITH_HTTP(http1_output, unset_is_200_with_an_empty_body_and_a_date, NULL)
{
    const char *answer;

    answer = http_ask(http, "DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_eq(strncmp(answer, "HTTP/1.1 200 OK\r\nDate: ", 23), 0, "%s", answer);
    cr_expect_not_null(strstr(answer, " GMT\r\n"), "%s", answer);
    cr_expect_eq(http->context.date_len, 37, "made once and kept");
    http->context.date[6] = '#'; /* within the same second it is not made again */
    answer = http_ask(http, "DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect(strstr(answer, "Date: #") || http->context.date[6] != '#', "%s", answer);
    http->context.date_s = 0;
    answer = http_ask(http, "DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_null(strstr(answer, "#"), "made anew in another second: %s", answer);
}

static void sets_all(void *arg, const struct shunt_request *request,
                     struct shunt_response *response)
{
    static const struct {
        const char *name, *value;
        enum shunt_status want;
    } rows[] = {
        {"X-One", "1", SHUNT_OK},
        {"X-Empty", "", SHUNT_OK},
        {"Connection", "close", SHUNT_EINVAL},
        {"connection", "keep-alive", SHUNT_EINVAL},
        {"CONTENT-LENGTH", "1", SHUNT_EINVAL},
        {"Date", "now", SHUNT_EINVAL},
        {"Transfer-Encoding", "chunked", SHUNT_EINVAL},
        {"Upgrade", "x", SHUNT_EINVAL},
        {"", "x", SHUNT_EINVAL},
        {"a b", "x", SHUNT_EINVAL},
        {"a:", "x", SHUNT_EINVAL},
        {"X", "a\r\nSet-Cookie: b", SHUNT_EINVAL},
        {"X", "a\nb", SHUNT_EINVAL},
        {"X", " a", SHUNT_EINVAL},
        {"X", "\x01", SHUNT_EINVAL},
    };

    (void)arg, (void)request;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(shunt_response_field(response, rows[i].name, rows[i].value), rows[i].want,
                     "%s: %s", rows[i].name, rows[i].value);
    }
    cr_expect_eq(shunt_response_status(response, 199), SHUNT_EINVAL);
    cr_expect_eq(shunt_response_status(response, 600), SHUNT_EINVAL);
    cr_expect_eq(shunt_response_status(response, 201), SHUNT_OK);
}

WITH_HTTP(http1_output, fields_are_checked_and_the_servers_own_are_refused, sets_all)
{
    const char *answer;

    answer = http_ask(http, "GET /handler HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_eq(strncmp(answer, "HTTP/1.1 201 Created\r\n", 22), 0, "%s", answer);
    cr_expect_not_null(strstr(answer, "\r\nX-One: 1\r\n"), "%s", answer);
    cr_expect_null(strstr(answer, "Set-Cookie"), "%s", answer);
    cr_expect_null(strstr(answer, "Connection"), "%s", answer);
}

static void fills_the_head(void *arg, const struct shunt_request *request,
                           struct shunt_response *response)
{
    static char value[1001];
    unsigned taken = 0;

    (void)arg, (void)request;
    memset(value, 'v', sizeof value - 1);
    while (shunt_response_field(response, "X", value) == SHUNT_OK) {
        cr_assert_lt(taken++, 100);
    }
    cr_expect_eq(shunt_response_field(response, "X", value), SHUNT_ETOOBIG);
    cr_expect_eq(shunt_response_field(response, "Y", "small"), SHUNT_OK, "what fits still goes in");
}

WITH_HTTP(http1_output, a_full_head_is_refused_and_what_was_taken_is_written_whole, fills_the_head)
{
    const char *answer;

    answer = http_ask(http, "GET /handler HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_not_null(strstr(answer, "v\r\nY: small\r\n\r\n"), "%s", answer);
}

/* On the handler's stack, which is gone when the response is written. */
static void passes_what_it_owns(void *arg, const struct shunt_request *request,
                                struct shunt_response *response)
{
    char type[32], body[32];

    (void)arg, (void)request;
    snprintf(type, sizeof type, "text/%s", "mine");
    snprintf(body, sizeof body, "my %s", "own");
    cr_expect_eq(shunt_response_body(response, "text/x\r\nEvil: 1", body, 3), SHUNT_EINVAL);
    cr_expect_eq(shunt_response_body(response, "text/other", "other", 5), SHUNT_OK);
    cr_expect_eq(shunt_response_body(response, type, body, strlen(body)), SHUNT_OK);
    memset(type, '#', sizeof type);
    memset(body, '#', sizeof body);
}

WITH_HTTP(http1_output, body_and_type_are_copied_and_the_type_is_checked, passes_what_it_owns)
{
    const char *answer;

    answer = http_ask(http, "GET /handler HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_not_null(strstr(answer, "Content-Type: text/mine\r\n"), "%s", answer);
    cr_expect_not_null(strstr(answer, "\r\n\r\nmy own"), "%s", answer);
    cr_expect_null(strstr(answer, "Evil"), "%s", answer);
}

static void large(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    static char body[300000];

    (void)arg, (void)request;
    memset(body, 'b', sizeof body);
    cr_expect_eq(shunt_response_body(response, NULL, body, sizeof body), SHUNT_OK);
}

WITH_HTTP(http1_output, a_large_body_is_sent_whole_and_head_has_none_of_it, large)
{
    const char *answer, *body;

    answer = http_ask(http, "HEAD /handler HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_not_null(strstr(answer, "Content-Length: 300000\r\n"), "%s", answer);
    cr_expect_null(strstr(answer, "bbb"));
    cr_expect_null(strstr(answer, "Content-Type"), "none was given: %s", answer);
    answer = http_ask(http, "GET /handler HTTP/1.1\r\nHost: a\r\n\r\n");
    body = strstr(answer, "\r\n\r\n");
    cr_assert_not_null(body);
    cr_expect_eq(strspn(body + 4, "b"), 300000);
    cr_expect_eq(strlen(body + 4), 300000);
}

WITH_HTTP(http1_output, refusals_are_counted_by_kind, NULL)
{
    bool ended;

    http_ask(http, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_eq(http->context.exchange.counters.responses_4xx, 1);
    http_ask(http, "BREW /text HTTP/1.1\r\nHost: a\r\n\r\n");
    cr_expect_eq(http->context.exchange.counters.responses_5xx, 1);
    http_ask_anew(http, "GET /text HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", &ended);
    cr_expect_eq(http->context.exchange.counters.malformed, 1);
    http_ask_anew(http, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 999999\r\n\r\n", &ended);
    cr_expect_eq(http->context.exchange.counters.too_big, 1);
}
