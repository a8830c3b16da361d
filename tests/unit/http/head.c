/* The head as a whole: its limits, when they show, and what is left alone. */
#include "http/parse.h"
#include "support/guard.h"
#include "support/head_rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD_OF_60 "GET /123456789 HTTP/1.1\r\nHost: a\r\nX-Field: 0123456789012\r\n\r\n"

Test(http_head, may_be_as_long_as_its_limits_and_no_longer)
{
    static const struct {
        const char *why;
        struct http_limits limits;
        unsigned want;
    } rows[] = {
        {"all just enough", {60, 10, 2}, HEAD_TAKEN},
        {"no limit reached", {1000, 100, HTTP_FIELDS_MAX}, HEAD_TAKEN},
        {"a byte too many", {59, 10, 2}, 431},
        {"half of it", {30, 10, 2}, 431},
        {"target too long", {60, 9, 2}, 414},
        {"a field too many", {60, 10, 1}, 431},
        {"no field allowed", {60, 10, 0}, 431},
        {"nothing allowed", {0, 0, 0}, 431},
        {"over the limit inside a target that is short enough", {10, 100, 2}, 431},
    };
    static const struct head_row head[] = {HEAD_ROW("60 bytes", HEAD_OF_60, HEAD_TAKEN)};

    cr_assert_eq(head->len, 60);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct head_row row = *head;

        row.why = rows[i].why;
        row.want = rows[i].want;
        head_rows_check(&row, 1, &rows[i].limits);
    }
}

/*
 * Feed `prefix`, and then `byte` for ever, `step` bytes at a time. Returns how many bytes it took
 * to be refused.
 */
static size_t flood(const char *prefix, char byte, size_t step, unsigned *result)
{
    static const struct http_limits limits = {10000, 7000, 100};
    static char bytes[16384];
    size_t len = strlen(prefix), scanned = len;
    struct head_outcome outcome = {.result = HEAD_INCOMPLETE};

    memset(bytes, byte, sizeof bytes);
    memcpy(bytes, prefix, len);
    while (outcome.result == HEAD_INCOMPLETE && len + step <= sizeof bytes) {
        len += step;
        head_attempt((struct shunt_span){bytes, len}, scanned, &limits, &outcome);
        scanned = len;
    }
    *result = outcome.result;
    return len;
}

Test(http_head, without_an_end_is_refused_once_a_limit_is_passed)
{
    static const struct {
        const char *why, *prefix;
        char byte;
        unsigned want;
        size_t at_most; /* bytes until then, when they come one by one */
    } rows[] = {
        {"method", "", 'A', 501, 128},
        {"target", "GET /", 'a', 414, 2 + 64 + 1 + 7000 + 1},
        {"query", "GET /?", 'a', 414, 2 + 64 + 1 + 7000 + 1},
        {"version", "GET / HTTP/1.1", '1', 400, 16},
        {"name", "GET / HTTP/1.1\r\n", 'X', 431, 10000},
        {"value", "GET / HTTP/1.1\r\nX: ", 'y', 431, 10000},
        {"white space before a value", "GET / HTTP/1.1\r\nX:", ' ', 431, 10000},
        {"space", "", ' ', 400, 1},
        {"NUL", "", '\0', 400, 1},
        {"eight bits", "", '\377', 400, 1},
        {"a request line that is wrong", "GET foo HTTP/1.1\r", '\n', 400, 18},
        {"the same behind an empty line", "\r\nGET foo HTTP/1.1\r", '\n', 400, 20},
        {"two empty lines", "\r\n\r", '\n', 400, 4},
        {"NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: y", '\0', 400, 30},
        {"bare LF in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: y", '\n', 400, 30},
        {"bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: y", '\r', 400, 31},
    };
    static const size_t steps[] = {1, 3, 1000};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t j = 0; j < sizeof steps / sizeof *steps; j++) {
            unsigned result;
            size_t took = flood(rows[i].prefix, rows[i].byte, steps[j], &result);

            cr_expect_eq(result, rows[i].want, "%s: %u", rows[i].why, result);
            cr_expect_lt(took, rows[i].at_most + steps[j], "%s: %zu bytes by %zu", rows[i].why,
                         took, steps[j]);
        }
    }
}

/* The longest that a head may be without a line end: an empty line, a method, a space, a target. */
Test(http_head, whose_target_grows_is_refused_at_the_byte_that_is_too_many)
{
    const struct http_limits limits = {16384, 300, 100};
    const size_t most = 2 + HTTP_METHOD_BYTES_MAX + 1 + 300;
    char bytes[2 + HTTP_METHOD_BYTES_MAX + 1 + 300 + 1];

    memset(bytes, 'A', sizeof bytes);
    memcpy(bytes, "\r\n", 2);
    memcpy(bytes + 2 + HTTP_METHOD_BYTES_MAX, " /", 2);
    for (size_t len = 1; len <= most + 1; len++) {
        struct shunt_span in = guard_page_copy(bytes, len);
        struct head_outcome got;

        head_attempt(in, len - 1, &limits, &got);
        cr_expect_eq(got.result, len <= most ? HEAD_INCOMPLETE : 414u, "%zu of %zu: %u", len, most,
                     got.result);
        guard_page_free(in);
    }
}

Test(http_head, of_many_fields_is_refused_before_its_end)
{
    static const struct http_limits limits = {16384, 8192, 100};
    char bytes[4096] = "GET / HTTP/1.1\r\nHost: a\r\n";
    struct head_outcome outcome;
    size_t len = strlen(bytes);

    for (int i = 0; i < 99; i++) {
        len += (size_t)snprintf(bytes + len, sizeof bytes - len, "X-%d: y\r\n", i);
    }
    head_attempt((struct shunt_span){bytes, len}, 0, &limits, &outcome);
    cr_expect_eq(outcome.result, HEAD_INCOMPLETE, "a hundred");
    memcpy(bytes + len, "\r\n", 2);
    head_attempt((struct shunt_span){bytes, len + 2}, len, &limits, &outcome);
    cr_expect_eq(outcome.result, HEAD_TAKEN, "a hundred and the end");
    cr_expect_eq(outcome.head.field_count, 100);
    memcpy(bytes + len, "X: y", 4);
    head_attempt((struct shunt_span){bytes, len + 4}, 0, &limits, &outcome);
    cr_expect_eq(outcome.result, 431, "a hundred and one");
}

Test(http_head, uses_no_byte_behind_it)
{
    static const char two[] =
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n\0";
    struct shunt_span in = guard_page_copy(two, sizeof two - 1);
    struct head_outcome first, second;

    head_attempt(in, 0, &head_limits, &first);
    cr_assert_eq(first.result, HEAD_TAKEN);
    cr_expect(shunt_span_equal(first.head.path, shunt_span_of("/1")));
    head_attempt((struct shunt_span){in.at + first.used, in.len - first.used}, 0, &head_limits,
                 &second);
    cr_assert_eq(second.result, HEAD_TAKEN);
    cr_expect(shunt_span_equal(second.head.path, shunt_span_of("/2")));
    cr_expect_eq(first.used + second.used, sizeof two - 2);
    guard_page_free(in);
}

Test(http_head, leaves_its_results_alone_unless_it_is_taken)
{
    static const char *const rows[] = {"", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n\r\n"};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_field fields[4];
        struct http_head head, before;
        static const struct http_limits limits = {100, 100, 4};
        size_t used = 12345;
        unsigned answer = 0;

        memset(&before, 0x5a, sizeof before);
        head = before;
        cr_expect_neq(
            http_head_parse(shunt_span_of(rows[i]), 0, &limits, fields, &head, &used, &answer),
            SHUNT_OK);
        cr_expect_eq(memcmp(&head, &before, sizeof head), 0, "%s", rows[i]);
        cr_expect_eq(used, 12345, "%s", rows[i]);
    }
}

Test(http_head, of_a_browser_that_asks_for_a_websocket)
{
    static const char bytes[] =
        "GET /chat?room=1 HTTP/1.1\r\nHost: example.com:8080\r\nConnection: Upgrade\r\n"
        "Pragma: no-cache\r\nCache-Control: no-cache\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)\r\n"
        "Upgrade: websocket\r\nOrigin: http://example.com:8080\r\nSec-WebSocket-Version: 13\r\n"
        "Accept-Encoding: gzip, deflate\r\nAccept-Language: en-US,en;q=0.9\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
    const struct head_row row = {"browser", bytes, sizeof bytes - 1, HEAD_TAKEN};
    struct head_outcome got;

    head_rows_check(&row, 1, &head_limits);
    head_attempt(shunt_span_of(bytes), 0, &head_limits, &got);
    cr_assert_eq(got.result, HEAD_TAKEN);
    cr_expect(shunt_span_equal(got.head.method, shunt_span_of("GET")));
    cr_expect(shunt_span_equal(got.head.target, shunt_span_of("/chat?room=1")));
    cr_expect(shunt_span_equal(got.head.host, shunt_span_of("example.com:8080")));
    cr_expect(got.head.upgrade && got.head.keep_alive && !got.head.expect_continue);
    cr_expect_eq(got.head.framing, HTTP_BODY_NONE);
    cr_expect_eq(got.head.field_count, 12);
    cr_expect(shunt_span_equal(got.fields[11].value,
                               shunt_span_of("permessage-deflate; client_max_window_bits")));
}

Test(http_head, knows_a_request_for_head_by_its_method_alone)
{
    static const struct {
        const char *why, *bytes;
        bool want;
    } rows[] = {
        {"whole", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"the method and no more", "HEAD ", true},
        {"malformed behind the method", "HEAD \001", true},
        {"behind the empty line that is forgiven", "\r\nHEAD / HT", true},
        {"behind two of them", "\r\n\r\nHEAD / HT", false},
        {"a method that is cut", "HEAD", false},
        {"a longer method", "HEADS / HTTP/1.1\r\n", false},
        {"another case", "head / HTTP/1.1\r\n", false},
        {"another method", "GET /HEAD HTTP/1.1\r\n", false},
        {"half an empty line", "\r", false},
        {"nothing", "", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span in = guard_page_copy(rows[i].bytes, strlen(rows[i].bytes));

        cr_expect_eq(http_asks_for_head(in), rows[i].want, "%s", rows[i].why);
        guard_page_free(in);
    }
}

Test(http_head, refuses_a_bad_field_line_when_it_ends_however_it_is_cut)
{
#define START "GET / HTTP/1.1\r\nHost: a\r\n"
    static const struct {
        const char *why, *bytes;
        enum shunt_status want;
    } rows[] = {
        {"good lines so far", START "X: 1\r\nContent-Length: 5\r\n", SHUNT_AGAIN},
        {"a good line and a part of one", START "X: 1\r\nConte", SHUNT_AGAIN},
        {"an empty value", START "X:\r\n", SHUNT_AGAIN},
        {"space before the colon", START "X : 1\r\n", SHUNT_EPROTO},
        {"no colon", START "X-Y\r\n", SHUNT_EPROTO},
        {"no name", START ": 1\r\n", SHUNT_EPROTO},
        {"a fold", START "X: 1\r\n y\r\n", SHUNT_EPROTO},
        {"a name that is no token", START "X(y): 1\r\n", SHUNT_EPROTO},
        {"behind good ones", START "X: 1\r\nY: 2\r\nZ Z: 3\r\n", SHUNT_EPROTO},
        {"a length that is none", START "Content-Length: 5x\r\n", SHUNT_EPROTO},
        {"an empty length", START "Content-Length:\r\n", SHUNT_EPROTO},
        {"an authority that is none", "GET / HTTP/1.1\r\nHost: a b\r\n", SHUNT_EPROTO},
        {"a coding twice", START "Transfer-Encoding: chunked, chunked\r\n", SHUNT_EPROTO},
        {"the first line of all", "GET / HTTP/1.1\r\nHost : a\r\n", SHUNT_EPROTO},
        {"behind an empty line", "\r\nGET / HTTP/1.1\r\nHost : a\r\n", SHUNT_EPROTO},
    };
#undef START
    const struct http_limits limits = {16384, 8192, 100};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len = strlen(rows[i].bytes);

        for (size_t step = 1; step <= len;
             step++) { /* pieces of `step` bytes, the last one shorter */
            enum shunt_status status = SHUNT_AGAIN;

            for (size_t at = 0; at < len && status == SHUNT_AGAIN; at += step) {
                size_t end = at + step < len ? at + step : len;
                struct shunt_span in = guard_page_copy(rows[i].bytes, end);
                struct shunt_field fields[HTTP_FIELDS_MAX];
                struct http_head head;
                size_t used;
                unsigned answer = 400;

                status = http_head_parse(in, at, &limits, fields, &head, &used, &answer);
                cr_expect_eq(answer, 400, "%s", rows[i].why);
                guard_page_free(in);
            }
            cr_expect_eq(status, rows[i].want, "%s, in pieces of %zu: %s", rows[i].why, step,
                         shunt_status_name(status));
        }
    }
}
