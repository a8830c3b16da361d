#include "wire/response.h"

#include "support/guard.h"
#include <criterion/criterion.h>
#include <stdio.h>

#define START   "HTTP/1.1 101 Switching Protocols\r\n"
#define FIELDS  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define RIGHT   "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define DEFLATE "Sec-WebSocket-Extensions: permessage-deflate"
#define CHOSEN  "Sec-WebSocket-Protocol: "
#define ACCEPT  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

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
    struct response_want want = {.protocol = shunt_span_of(row->protocol),
                                 .accept = shunt_span_of(row->accept)};
    struct extension_answer answer;
    unsigned final;
    enum shunt_status status = response_check(in, &want, used, &final, &answer, failure);

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
    struct response_want want = {.protocol = shunt_span_of("a")};
    struct extension_answer answer;
    unsigned final;

    cr_assert_eq(response_check(in, &want, &used, &final, &answer, &failure), SHUNT_AGAIN);
    in.len++;
    cr_assert_eq(response_check(in, &want, &used, &final, &answer, &failure), SHUNT_EPROTO);
    cr_assert_eq(failure, FAILURE_BAD_RESPONSE);
}

/* Fields behind a right 101, with `offer` (NULL: none) and subprotocols offered. */
static const struct {
    const char *why, *fields, *offer, *subprotocols;
    enum failure failure; /* FAILURES: it is right */
    bool taken;
} options[] = {
    {"offered and taken", DEFLATE "\r\n", "", "", FAILURES, true},
    {"offered and not taken", "", "", "", FAILURES, false},
    {"never offered", DEFLATE "\r\n", NULL, "", FAILURE_WRONG_EXTENSION, false},
    {"in other case of the field's name", "SEC-websocket-EXTENSIONS: permessage-deflate\r\n", "",
     "", FAILURES, true},
    {"twice in one field", DEFLATE ", permessage-deflate\r\n", "", "", FAILURE_WRONG_EXTENSION,
     false},
    {"twice in two", DEFLATE "\r\n" DEFLATE "\r\n", "", "", FAILURE_WRONG_EXTENSION, false},
    {"an empty field", "Sec-WebSocket-Extensions:\r\n", "", "", FAILURE_WRONG_EXTENSION, false},
    {"one that was offered", CHOSEN "b\r\n", NULL, "a, b", FAILURES, false},
    {"one that was not", CHOSEN "c\r\n", NULL, "a, b", FAILURE_WRONG_SUBPROTOCOL, false},
    {"the offer in other case", CHOSEN "B\r\n", NULL, "a, b", FAILURE_WRONG_SUBPROTOCOL, false},
    {"all of them", CHOSEN "a, b\r\n", NULL, "a, b", FAILURE_WRONG_SUBPROTOCOL, false},
    {"two fields", CHOSEN "a\r\n" CHOSEN "b\r\n", NULL, "a, b", FAILURE_WRONG_SUBPROTOCOL, false},
    {"none of them", "", NULL, "a, b", FAILURE_WRONG_SUBPROTOCOL, false},
    {"an empty one", CHOSEN "\r\n", NULL, "a, b", FAILURE_WRONG_SUBPROTOCOL, false},
    {"one where none was offered", CHOSEN "a\r\n", NULL, "", FAILURE_WRONG_SUBPROTOCOL, false},
};

Test(bench_response, extension_and_subprotocol_must_be_of_those_offered)
{
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        struct extension_offer offer;
        struct extension_answer answer = {.taken = false};
        unsigned final;
        struct response_want want = {.protocol = shunt_span_of("websocket"),
                                     .accept = shunt_span_of(ACCEPT),
                                     .subprotocols = shunt_span_of(options[i].subprotocols)};
        enum failure failure = FAILURES;
        char head[1024], words[256];
        struct error error = {.text = words, .size = sizeof words};
        size_t used;

        if (options[i].offer) {
            cr_assert_eq(extension_offer_init(&offer, options[i].offer, &error), SHUNT_OK);
            want.offer = &offer;
        }
        int len = snprintf(head, sizeof head, START FIELDS RIGHT "%s\r\n", options[i].fields);
        struct shunt_span in = guard_page_copy(head, (size_t)len);
        enum shunt_status status = response_check(in, &want, &used, &final, &answer, &failure);

        guard_page_free(in);
        cr_expect_eq(status, options[i].failure == FAILURES ? SHUNT_OK : SHUNT_EPROTO, "%s: %s",
                     options[i].why, shunt_status_name(status));
        cr_expect_eq(failure, options[i].failure, "%s: failure %d", options[i].why, failure);
        cr_expect_eq(answer.taken, options[i].taken, "%s", options[i].why);
    }
}

Test(bench_response, another_protocol_may_have_such_fields_of_its_own)
{
    struct response_want want = {.protocol = shunt_span_of("echo")};
    struct extension_answer answer;
    enum failure failure;
    unsigned final;
    size_t used;

    cr_expect_eq(
        response_check(shunt_span_of(START "Upgrade: echo\r\nConnection: upgrade\r\n" DEFLATE
                                           "\r\n" CHOSEN "x\r\n\r\n"),
                       &want, &used, &final, &answer, &failure),
        SHUNT_OK);
}

Test(bench_response, a_sample_shows_the_field_that_is_wrong)
{
    static const char head[] = START FIELDS RIGHT DEFLATE "; x\r\n" CHOSEN "c\r\n\r\n";
    static const struct {
        enum failure failure;
        const char *want;
    } samples[] = {
        {FAILURE_WRONG_EXTENSION, DEFLATE "; x"},
        {FAILURE_WRONG_SUBPROTOCOL, CHOSEN "c"},
        {FAILURE_WRONG_ACCEPT, "Sec-WebSocket-Accept: " ACCEPT},
        {FAILURE_BAD_RESPONSE, "HTTP/1.1 101 Switching Protocols"},
    };

    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct shunt_span sample = response_sample(shunt_span_of(head), samples[i].failure);

        cr_expect(shunt_span_equal(sample, shunt_span_of(samples[i].want)), "%.*s", (int)sample.len,
                  sample.at);
    }
    struct shunt_span none = response_sample(shunt_span_of(START "\r\n"), FAILURE_WRONG_ACCEPT);

    cr_expect(shunt_span_equal(none, shunt_span_of("HTTP/1.1 101 Switching Protocols")));
}

Test(bench_response, tells_the_final_status_and_none_of_what_is_no_response)
{
    static const struct {
        const char *why, *bytes;
        unsigned final;
    } answers[] = {
        {"404", "HTTP/1.1 404 Not Found\r\n\r\n", 404},
        {"503 behind 103", "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 503 No\r\n\r\n", 503},
        {"a 101 without its fields", "HTTP/1.1 101 Switching\r\n\r\n", 101},
        {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", 0},
    };

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct response_want want = {.protocol = shunt_span_of("websocket")};
        struct extension_answer answer;
        enum failure failure;
        unsigned final = 1;
        size_t used;

        cr_expect_eq(response_check(shunt_span_of(answers[i].bytes), &want, &used, &final, &answer,
                                    &failure),
                     SHUNT_EPROTO, "%s", answers[i].why);
        cr_expect_eq(final, answers[i].final, "%s: %u", answers[i].why, final);
    }
}
