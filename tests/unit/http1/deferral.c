/* Deferred answers and pieces where memory is short, and when time passes. */
#include "unit/http1/fixture.h"

#include "http1/session.h"

#define GET  "GET /handler HTTP/1.1\r\nHost: a\r\n\r\n"
#define TEXT "GET /text HTTP/1.1\r\nHost: a\r\n\r\n"

static struct shunt_worker *short_of_memory; /* once the handler has deferred */
static unsigned cancellations, handled;
static shunt_id last_id;

static void cancelled(void *arg)
{
    (void)arg;
    cancellations++;
}

/* From here on a session's first buffer, of 1 KiB, is not to be had; half of a budget is for
 * requests. */
static void memory_end(void)
{
    if (short_of_memory) {
        short_of_memory->limits.memory_bytes_max = 2 * (short_of_memory->memory.used + 1000);
    }
}

static void defers(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    handled++;
    cr_expect_eq(shunt_response_defer(response, cancelled, NULL, &last_id), SHUNT_OK);
    memory_end();
}

static void begins(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    cr_expect_eq(
        shunt_response_begin(response, NULL, SHUNT_LENGTH_UNKNOWN, NULL, cancelled, NULL, &last_id),
        SHUNT_OK);
    memory_end();
}

static void answers(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)request;
    cr_expect_eq(shunt_response_body(response, NULL, arg, strlen(arg)), SHUNT_OK);
}

static unsigned count(const char *text, const char *what)
{
    unsigned found = 0;

    for (; (text = strstr(text, what)); text += strlen(what)) {
        found++;
    }
    return found;
}

WITH_HTTP(http1_deferral, without_memory_for_what_follows_it_is_503_and_http_goes_on, defers)
{
    const char *answer;

    short_of_memory = http->loop;
    answer = http_ask(http, GET TEXT);
    cr_expect_eq(strncmp(answer, "HTTP/1.1 503 ", 13), 0, "%s", answer);
    cr_expect_not_null(strstr(answer, "\r\n\r\nhello"), "%s", answer);
    cr_expect_eq(cancellations, 1);
    cr_expect_eq(http->context.exchange.pending_answers, 0);
    cr_expect_eq(shunt_exchange_run(http->loop, last_id, answers, "late"), SHUNT_ENOTFOUND);
}

WITH_HTTP(http1_deferral, without_memory_behind_pieces_it_is_cut_off, begins)
{
    int end;
    const char *answer;

    short_of_memory = http->loop;
    loop_write(http->far, GET TEXT);
    answer = loop_read(http->loop, http->far, &end);
    cr_expect_null(strstr(answer, "hello"), "%s", answer);
    cr_expect_null(strstr(answer, "0\r\n\r\n"), "%s", answer);
    cr_expect_neq(end, 0);
    cr_expect_eq(cancellations, 1);
    cr_expect_eq(http->context.exchange.pending_answers, 0);
}

WITH_HTTP(http1_deferral, each_of_many_pipelined_is_answered_in_turn, defers)
{
    static char many[100 * sizeof GET];

    for (unsigned i = 0; i < 50; i++) {
        strcat(many, GET);
    }
    loop_write(http->far, many);
    for (unsigned i = 0; i < 50; i++) {
        const char *answer = http_ask(http, "");

        cr_assert_eq(handled, i + 1, "one at a time");
        cr_expect(i == 0 || count(answer, "HTTP/1.1 200") == 1, "%u: %s", i, answer);
        cr_expect_eq(shunt_exchange_run(http->loop, last_id, answers, "now"), SHUNT_OK);
        cr_expect_eq(shunt_exchange_run(http->loop, last_id, answers, "twice"), SHUNT_ENOTFOUND);
    }
    cr_expect_eq(count(http_ask(http, ""), "now"), 1);
    cr_expect_null(http->conn->user, "nothing is left of it");
    cr_expect_eq(cancellations, 0);
}

WITH_HTTP(http1_deferral, it_is_found_by_its_id_only_while_it_waits, defers)
{
    (void)http_ask(http, GET);
    cr_expect_not_null(http1_owner.exchange(http->conn));
    cr_expect_eq(shunt_exchange_run(http->loop, last_id + 1, answers, "x"), SHUNT_ENOTFOUND);
    cr_expect_eq(shunt_exchange_run(http->loop, last_id, answers, "x"), SHUNT_OK);
    cr_expect_null(http1_owner.exchange(http->conn));
}
