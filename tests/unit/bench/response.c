#include "response.h"

#include "support/guard.h"
#include <criterion/criterion.h>

#define START  "HTTP/1.1 101 Switching Protocols\r\n"
#define FIELDS "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define RIGHT  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

struct row {
    const char *why, *bytes, *protocol, *accept;
    enum shunt_status want;
    enum failure failure;
    size_t behind; /* bytes after the head */
};

static const struct row rows[] = {
    {"plain", START FIELDS RIGHT "\r\n", "websocket", ACCEPT, SHUNT_OK, FAILURES, 0},
    {"without a reason", "HTTP/1.1 101 \r\n" FIELDS RIGHT "\r\n", "websocket", ACCEPT, SHUNT_OK,
     FAILURES, 0},
    {"names in any case, lists, white space",
     START "UPGRADE:\tWebSocket \r\nconnection: keep-alive, upgrade\r\n" RIGHT "\r\n", "websocket",
     ACCEPT, SHUNT_OK, FAILURES, 0},
    {"bytes of the protocol behind it", START FIELDS RIGHT "\r\n\x81\x02hi", "websocket", ACCEPT,
     SHUNT_OK, FAILURES, 4},
    {"an interim response before it",
     "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" START FIELDS RIGHT "\r\n", "websocket",
     ACCEPT, SHUNT_OK, FAILURES, 0},
    {"another protocol, no key", START "Upgrade: echo\r\nConnection: upgrade\r\n\r\n", "echo", "",
     SHUNT_OK, FAILURES, 0},
    {"another accept value",
     START FIELDS "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n", "websocket", ACCEPT,
     SHUNT_EPROTO, FAILURE_WRONG_ACCEPT, 0},
    {"an accept value in other case",
     START FIELDS "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n\r\n", "websocket", ACCEPT,
     SHUNT_EPROTO, FAILURE_WRONG_ACCEPT, 0},
    {"no accept value", START FIELDS "\r\n", "websocket", ACCEPT, SHUNT_EPROTO,
     FAILURE_WRONG_ACCEPT, 0},
    {"a right and a wrong accept value", START FIELDS RIGHT "Sec-WebSocket-Accept: x\r\n\r\n",
     "websocket", ACCEPT, SHUNT_EPROTO, FAILURE_WRONG_ACCEPT, 0},
    {"ordinary answer", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "websocket", ACCEPT,
     SHUNT_EPROTO, FAILURE_WRONG_STATUS, 0},
    {"refusal", "HTTP/1.1 404 Not Found\r\n\r\n", "websocket", ACCEPT, SHUNT_EPROTO,
     FAILURE_WRONG_STATUS, 0},
    {"Upgrade names another protocol",
     START "Upgrade: echo\r\nConnection: Upgrade\r\n" RIGHT "\r\n", "websocket", ACCEPT,
     SHUNT_EPROTO, FAILURE_BAD_RESPONSE, 0},
    {"no Upgrade", START "Connection: Upgrade\r\n" RIGHT "\r\n", "websocket", ACCEPT, SHUNT_EPROTO,
     FAILURE_BAD_RESPONSE, 0},
    {"no Connection", START "Upgrade: websocket\r\n" RIGHT "\r\n", "websocket", ACCEPT,
     SHUNT_EPROTO, FAILURE_BAD_RESPONSE, 0},
    {"no fields at all", START "\r\n", "websocket", ACCEPT, SHUNT_EPROTO, FAILURE_BAD_RESPONSE, 0},
    {"a line without a colon", START "nonsense\r\n" FIELDS RIGHT "\r\n", "websocket", ACCEPT,
     SHUNT_EPROTO, FAILURE_BAD_RESPONSE, 0},
    {"HTTP/1.0", "HTTP/1.0 101 Switching\r\n" FIELDS RIGHT "\r\n", "websocket", ACCEPT,
     SHUNT_EPROTO, FAILURE_BAD_RESPONSE, 0},
    {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "websocket", ACCEPT, SHUNT_EPROTO, FAILURE_BAD_RESPONSE,
     0},
    {"status of two digits", "HTTP/1.1 10 No\r\n" FIELDS "\r\n", "websocket", ACCEPT, SHUNT_EPROTO,
     FAILURE_BAD_RESPONSE, 0},
    {"status of four digits", "HTTP/1.1 1010 No\r\n" FIELDS "\r\n", "websocket", ACCEPT,
     SHUNT_EPROTO, FAILURE_BAD_RESPONSE, 0},
};

static enum shunt_status check(const struct row *row, size_t len, size_t *used,
                               enum failure *failure)
{
    struct shunt_span in = guard_page_copy(row->bytes, len);
    enum shunt_status status =
        response_check(in, shunt_span_of(row->protocol), shunt_span_of(row->accept), used, failure);

    guard_page_free(in);
    return status;
}

Test(bench_response, takes_right_answers_and_names_what_is_wrong_with_others)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum failure failure = FAILURES;
        size_t len = strlen(rows[i].bytes), used = 0;
        enum shunt_status got = check(&rows[i], len, &used, &failure);

        cr_expect_eq(got, rows[i].want, "%s: got %s", rows[i].why, shunt_status_name(got));
        cr_expect_eq(failure, rows[i].failure, "%s: failure %d", rows[i].why, failure);
        if (got == SHUNT_OK) {
            cr_expect_eq(used, len - rows[i].behind, "%s: used %zu", rows[i].why, used);
        }
    }
}

Test(bench_response, asks_for_more_at_each_byte_of_a_right_answer)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t whole = strlen(rows[i].bytes) - rows[i].behind;

        for (size_t len = 0; rows[i].want == SHUNT_OK && len < whole; len++) {
            enum failure failure = FAILURES;
            size_t used = 0;
            enum shunt_status got = check(&rows[i], len, &used, &failure);

            cr_expect_eq(got, SHUNT_AGAIN, "%s cut at %zu: got %s", rows[i].why, len,
                         shunt_status_name(got));
        }
    }
}

Test(bench_response, says_nothing_else_of_a_piece_than_of_the_whole)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t len = 0; len < strlen(rows[i].bytes); len++) {
            enum failure failure = FAILURES;
            size_t used = 0;
            enum shunt_status got = check(&rows[i], len, &used, &failure);

            cr_expect(got == SHUNT_AGAIN || got == rows[i].want, "%s cut at %zu: got %s",
                      rows[i].why, len, shunt_status_name(got));
        }
    }
}

Test(bench_response, a_head_without_end_is_refused_at_the_limit)
{
    static char head[RESPONSE_HEAD_BYTES_MAX + 1];
    enum failure failure = FAILURES;
    size_t used;

    memset(head, 'x', sizeof head);
    memcpy(head, START, sizeof START - 1);
    struct shunt_span in = {head, RESPONSE_HEAD_BYTES_MAX};

    cr_assert_eq(response_check(in, shunt_span_of("a"), shunt_span_of(""), &used, &failure),
                 SHUNT_AGAIN);
    in.len++;
    cr_assert_eq(response_check(in, shunt_span_of("a"), shunt_span_of(""), &used, &failure),
                 SHUNT_EPROTO);
    cr_assert_eq(failure, FAILURE_BAD_RESPONSE);
}
