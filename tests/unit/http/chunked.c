/* The chunked coding, received (RFC 9112 section 7.1). */
#include "http/chunked.h"
#include "support/guard.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct body {
    enum shunt_status status;
    size_t used, len;
    char bytes[4096];
};

static void decode_piece(struct http_chunked *chunked, struct shunt_span in, struct body *body)
{
    size_t used;

    body->status = SHUNT_AGAIN;
    do {
        struct shunt_span data;

        body->status = http_chunked_decode(chunked, in, &used, &data);
        cr_assert_leq(used, in.len);
        cr_assert(data.len == 0 || (data.at >= in.at && data.at + data.len <= in.at + used));
        cr_assert_leq(body->len + data.len, sizeof body->bytes);
        memcpy(body->bytes + body->len, data.at, data.len);
        body->len += data.len;
        body->used += used;
        in.at += used;
        in.len -= used;
    } while (body->status == SHUNT_AGAIN && used > 0);
}

/* Decode in pieces of `first` and then `step` bytes, each at a guard page. */
static struct body decode(const char *bytes, size_t len, size_t first, size_t step)
{
    struct http_chunked chunked = {0};
    struct body body = {.status = SHUNT_AGAIN};
    size_t at = 0, piece = first;

    while (at < len && body.status == SHUNT_AGAIN) {
        size_t n = piece < len - at ? piece : len - at;
        struct shunt_span in = guard_page_copy(bytes + at, n);

        decode_piece(&chunked, in, &body);
        guard_page_free(in);
        at += n;
        piece = step;
    }
    return body;
}

struct chunked_row {
    const char *why, *bytes;
    size_t len;
    enum shunt_status want;
    const char *data; /* NULL when it does not matter */
};
#define ROW(why, literal, want, data)                                                              \
    {                                                                                              \
        why, literal, sizeof(literal) - 1, want, data                                              \
    }

static void check(const struct chunked_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct chunked_row *row = &rows[i];
        struct body whole = decode(row->bytes, row->len, row->len, 1);

        cr_expect_eq(whole.status, row->want, "%s: %s", row->why, shunt_status_name(whole.status));
        if (row->data) {
            cr_expect(whole.len == strlen(row->data) &&
                          memcmp(whole.bytes, row->data, whole.len) == 0,
                      "%s: '%.*s'", row->why, (int)whole.len, whole.bytes);
        }
        for (size_t cut = 1; cut <= row->len; cut++) {
            struct body two = decode(row->bytes, row->len, cut, row->len);
            struct body equal = decode(row->bytes, row->len, cut, cut);

            cr_assert(two.status == whole.status && two.used == whole.used &&
                          two.len == whole.len && memcmp(two.bytes, whole.bytes, two.len) == 0,
                      "%s: cut at %zu", row->why, cut);
            cr_assert(equal.status == whole.status && equal.used == whole.used &&
                          equal.len == whole.len,
                      "%s: pieces of %zu", row->why, cut);
        }
    }
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

#define END "0\r\n\r\n"

Test(http_chunked, is_chunks_the_last_of_size_zero)
{
    static const struct chunked_row rows[] = {
        ROW("one chunk", "5\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("no chunk", END, SHUNT_OK, ""),
        ROW("many chunks", "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n" END, SHUNT_OK, "abcdef"),
        ROW("hexadecimal, both cases", "A\r\n0123456789\r\nb\r\n0123456789a\r\n" END, SHUNT_OK,
            "01234567890123456789a"),
        ROW("leading zeros", "0005\r\nhello\r\n000\r\n\r\n", SHUNT_OK, "hello"),
        ROW("sixteen digits", "0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n", SHUNT_OK,
            "hello"),
        ROW("more zeros than a number has digits",
            "0000000000000000000005\r\nhello\r\n00000000000000000000\r\n\r\n", SHUNT_OK, "hello"),
        ROW("data that look like lines", "9\r\n0\r\n\r\n\r\nab\r\n" END, SHUNT_OK,
            "0\r\n\r\n\r\nab"),
        ROW("the next request stays", "1\r\na\r\n" END "GET / HTTP/1.1\r\n", SHUNT_OK, "a"),
        ROW("nothing", "", SHUNT_AGAIN, ""),
        ROW("cut in the size", "5", SHUNT_AGAIN, ""),
        ROW("cut in the data", "5\r\nhel", SHUNT_AGAIN, "hel"),
        ROW("cut behind the data", "5\r\nhello", SHUNT_AGAIN, "hello"),
        ROW("cut before the end", "5\r\nhello\r\n0\r\n", SHUNT_AGAIN, "hello"),
        ROW("cut in the end", "5\r\nhello\r\n0\r\n\r", SHUNT_AGAIN, "hello"),
        ROW("the largest chunk", "7fffffffffffffff\r\nhello", SHUNT_AGAIN, "hello"),
    };

    CHECK(rows);
    cr_expect_eq(decode(rows[8].bytes, rows[8].len, rows[8].len, 1).used, 11);
}

Test(http_chunked, has_a_size_of_hexadecimal_digits_and_nothing_else)
{
    static const struct chunked_row rows[] = {
        ROW("no digit", "\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("not hexadecimal", "g\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("prefix", "0x5\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("minus", "-5\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("plus", "+5\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space before", " 5\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("tab before", "\t5\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("vertical tab before", "\v5\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space behind", "5 \r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space before the last", "5\r\nhello\r\n 0\r\n\r\n", SHUNT_EPROTO, "hello"),
        ROW("two numbers", "5 5\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("letter behind", "5g\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("fraction", "5.0\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("underscore", "1_0\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("comma", "5,\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("NUL", "5\0\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("eight bits", "\2655\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("2^63", "8000000000000000\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("2^64-1", "ffffffffffffffff\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("2^64+5", "10000000000000005\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("2^63 behind zeros", "00008000000000000000\r\nhello\r\n" END, SHUNT_EPROTO, ""),
    };

    CHECK(rows);
}

Test(http_chunked, ends_each_line_and_each_chunk_in_crlf)
{
    static const struct chunked_row rows[] = {
        ROW("LF behind the size", "5\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("CR behind the size", "5\rhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("two CR behind the size", "5\r\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("LF behind the data", "5\r\nhello\n" END, SHUNT_EPROTO, "hello"),
        ROW("CR behind the data", "5\r\nhello\r" END, SHUNT_EPROTO, "hello"),
        ROW("nothing behind the data", "5\r\nhello" END, SHUNT_EPROTO, "hello"),
        ROW("data too long", "5\r\nhelloXX\r\n" END, SHUNT_EPROTO, "hello"),
        ROW("data too short", "6\r\nhello\r\n" END, SHUNT_EPROTO, NULL),
        ROW("LF behind the last size", "0\n\r\n", SHUNT_EPROTO, ""),
        ROW("LF at the end", "0\r\n\n", SHUNT_EPROTO, ""),
        ROW("CR at the end", "0\r\n\rX", SHUNT_EPROTO, ""),
        ROW("empty line between chunks", "1\r\na\r\n\r\n" END, SHUNT_EPROTO, "a"),
    };

    CHECK(rows);
}

Test(http_chunked, may_have_extensions_of_names_and_values)
{
    static const struct chunked_row rows[] = {
        ROW("name", "5;ext\r\nhello\r\n0;ext\r\n\r\n", SHUNT_OK, "hello"),
        ROW("name and value", "5;a=b\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("several", "5;a=b;c;d=e\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("quoted", "5;a=\"b c\"\r\nhello\r\n0;a=\"b c\"\r\n\r\n", SHUNT_OK, "hello"),
        ROW("quoted, empty", "5;a=\"\"\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("quoted semicolon", "5;a=\"b;c\";d\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("quoted quote", "5;a=\"b\\\"c\\\\\"\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("quoted obs-text and tab", "5;a=\"\303\251\t\"\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("every tchar", "5;!#$%&'*+-.^_`|~0Az=~\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("no name", "5;\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("no name but a value", "5;=b\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("no value", "5;a=\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("two semicolons", "5;;a\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("semicolon at the end", "5;a;\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("two values", "5;a=b=c\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space before the semicolon", "5 ;a\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("space behind the semicolon", "5; a\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("space around the equals sign", "5;a = b\r\nhello\r\n" END, SHUNT_OK, "hello"),
        ROW("spaces and tabs wherever they may stand",
            "5 \t; \ta\t = \t\"b\" \t;c \t;\td=\te ;f\r\nhello\r\n0 ; a = b\r\n\r\n", SHUNT_OK,
            "hello"),
        ROW("space within a name", "5;a b\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space within a value", "5;a=b c\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space in place of a name", "5; =b\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space in place of a value", "5;a= \r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space between two semicolons", "5; ;a\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("equals sign behind a value and a space", "5;a=b =c\r\nhello\r\n" END, SHUNT_EPROTO,
            ""),
        ROW("LF in place of white space", "5 \n;a\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("CR behind white space", "5;a \r;b\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space at the end", "5;a \r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space at the end of a value", "5;a=b \r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("space at the end of a quoted value", "5;a=\"b\" \r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("quoted name", "5;\"a\"\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("quote not closed", "5;a=\"b\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("words behind the quote", "5;a=\"b\"c\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("quote inside a token", "5;a=b\"c\"\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("escaped line end", "5;a=\"\\\r\n\"\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("LF that hides a chunk", "5;\nxx\r\n4c\r\n" END, SHUNT_EPROTO, ""),
        ROW("LF behind the name", "5;a\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("bare CR", "5;a\rb\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("NUL", "5;a\0\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("control in quotes", "5;a=\"\001\"\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("DEL in quotes", "5;a=\"\177\"\r\nhello\r\n" END, SHUNT_EPROTO, ""),
        ROW("eight bits in the name", "5;\303\251\r\nhello\r\n" END, SHUNT_EPROTO, ""),
    };

    CHECK(rows);
}

#define TRAILER(lines) "1\r\na\r\n0\r\n" lines "\r\n"

Test(http_chunked, may_have_trailers_that_are_harmless_field_lines)
{
    static const struct chunked_row rows[] = {
        ROW("one", TRAILER("X: y\r\n"), SHUNT_OK, "a"),
        ROW("several", TRAILER("X: y\r\nZ:\r\nX:\t\r\n"), SHUNT_OK, "a"),
        ROW("obs-text", TRAILER("X: caf\303\251\r\n"), SHUNT_OK, "a"),
        ROW("a name that starts like a refused one", TRAILER("Hosts: b\r\nHos: c\r\n"), SHUNT_OK,
            "a"),
        ROW("a name that ends like one", TRAILER("X-Content-Length: 5\r\n"), SHUNT_OK, "a"),
        ROW("a checksum", TRAILER("Content-MD5: x\r\nDigest: y\r\n"), SHUNT_OK, "a"),
        ROW("no colon", TRAILER("X\r\n"), SHUNT_EPROTO, "a"),
        ROW("no name", TRAILER(": y\r\n"), SHUNT_EPROTO, "a"),
        ROW("space before the colon", TRAILER("X : y\r\n"), SHUNT_EPROTO, "a"),
        ROW("fold", TRAILER("X: y\r\n z\r\n"), SHUNT_EPROTO, "a"),
        ROW("white space first", TRAILER(" X: y\r\n"), SHUNT_EPROTO, "a"),
        ROW("bare LF", TRAILER("X: a\nY: b\r\n"), SHUNT_EPROTO, "a"),
        ROW("bare CR", TRAILER("X: a\rY: b\r\n"), SHUNT_EPROTO, "a"),
        ROW("NUL", TRAILER("X: a\0b\r\n"), SHUNT_EPROTO, "a"),
        ROW("control", TRAILER("X: a\001b\r\n"), SHUNT_EPROTO, "a"),
        ROW("bad name", TRAILER("X(): a\r\n"), SHUNT_EPROTO, "a"),
        ROW("eight bits in the name", TRAILER("\303\251: a\r\n"), SHUNT_EPROTO, "a"),
        ROW("Content-Length", TRAILER("Content-Length: 100\r\n"), SHUNT_EPROTO, "a"),
        ROW("any case", TRAILER("cONTENT-lENGTH: 100\r\n"), SHUNT_EPROTO, "a"),
        ROW("behind another", TRAILER("X: y\r\nHost: b\r\n"), SHUNT_EPROTO, "a"),
        ROW("Transfer-Encoding", TRAILER("Transfer-Encoding: chunked\r\n"), SHUNT_EPROTO, "a"),
        ROW("Connection", TRAILER("Connection: close\r\n"), SHUNT_EPROTO, "a"),
        ROW("Upgrade", TRAILER("Upgrade: h2c\r\n"), SHUNT_EPROTO, "a"),
        ROW("TE", TRAILER("TE: trailers\r\n"), SHUNT_EPROTO, "a"),
        ROW("Trailer", TRAILER("Trailer: X\r\n"), SHUNT_EPROTO, "a"),
        ROW("Expect", TRAILER("Expect: 100-continue\r\n"), SHUNT_EPROTO, "a"),
        ROW("Authorization", TRAILER("Authorization: x\r\n"), SHUNT_EPROTO, "a"),
        ROW("Content-Type", TRAILER("Content-Type: x\r\n"), SHUNT_EPROTO, "a"),
    };

    CHECK(rows);
}

static enum shunt_status trailer_status(const char *name, int len, const char *more)
{
    char bytes[128];

    snprintf(bytes, sizeof bytes, "1\r\na\r\n0\r\n%.*s%s: x\r\n\r\n", len, name, more);
    return decode(bytes, strlen(bytes), strlen(bytes), 1).status;
}

Test(http_chunked, has_no_trailer_that_frames_routes_or_authorizes_in_any_case)
{
    static const char *const names[] = {"content-length",
                                        "transfer-encoding",
                                        "host",
                                        "connection",
                                        "keep-alive",
                                        "upgrade",
                                        "te",
                                        "trailer",
                                        "expect",
                                        "authorization",
                                        "proxy-authorization",
                                        "proxy-connection",
                                        "cookie",
                                        "content-encoding",
                                        "content-type",
                                        "content-range",
                                        "range",
                                        "cache-control",
                                        "max-forwards",
                                        "http2-settings"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int len = (int)strlen(names[i]);
        char upper[32] = "";

        for (int at = 0; at < len; at++) {
            upper[at] = (char)toupper(names[i][at]);
        }
        cr_expect_eq(trailer_status(names[i], len, ""), SHUNT_EPROTO, "%s", names[i]);
        cr_expect_eq(trailer_status(upper, len, ""), SHUNT_EPROTO, "%s", upper);
        cr_expect_eq(trailer_status(names[i], len, "s"), SHUNT_OK, "%ss", names[i]);
        cr_expect_eq(trailer_status(names[i], len - 1, ""), SHUNT_OK, "%s less one", names[i]);
    }
}

/* `count` times `piece`, then `end`; for bodies too long for a table. */
static enum shunt_status decode_repeated(const char *start, const char *piece, size_t count,
                                         const char *end)
{
    size_t piece_len = strlen(piece), start_len = strlen(start), end_len = strlen(end);
    size_t len = start_len + count * piece_len + end_len, at = 0, used;
    char *bytes = malloc(len);
    struct http_chunked chunked = {0};
    enum shunt_status status;

    cr_assert_not_null(bytes);
    memcpy(bytes, start, start_len);
    for (size_t i = 0; i < count; i++) {
        memcpy(bytes + start_len + i * piece_len, piece, piece_len);
    }
    memcpy(bytes + start_len + count * piece_len, end, end_len);
    do {
        struct shunt_span data;

        status =
            http_chunked_decode(&chunked, (struct shunt_span){bytes + at, len - at}, &used, &data);
        at += used;
    } while (status == SHUNT_AGAIN && used > 0);
    free(bytes);
    return status;
}

Test(http_chunked, is_bounded_in_its_lines_extensions_and_trailers)
{
    cr_expect_eq(decode_repeated("0;", "x", HTTP_CHUNK_LINE_BYTES_MAX - 4, "\r\n\r\n"), SHUNT_OK,
                 "the longest size line");
    cr_expect_eq(decode_repeated("0;", "x", HTTP_CHUNK_LINE_BYTES_MAX - 3, "\r\n\r\n"),
                 SHUNT_ETOOBIG, "a byte more");
    cr_expect_eq(decode_repeated("0\r\nX:", "y", HTTP_TRAILER_BYTES_MAX - 6, "\r\n\r\n"), SHUNT_OK,
                 "the longest trailers");
    cr_expect_eq(decode_repeated("0\r\nX:", "y", HTTP_TRAILER_BYTES_MAX - 5, "\r\n\r\n"),
                 SHUNT_ETOOBIG, "a byte more");
    cr_expect_eq(decode_repeated("0\r\n", "X: y\r\n", 2000, "\r\n"), SHUNT_ETOOBIG,
                 "many trailers");
    cr_expect_eq(decode_repeated("", "1;xxxxxxx\r\na\r\n", 1024, END), SHUNT_OK,
                 "extensions of 8192 bytes in all");
    cr_expect_eq(decode_repeated("", "1;xxxxxxx\r\na\r\n", 1025, END), SHUNT_ETOOBIG,
                 "eight bytes more");
    cr_expect_eq(decode_repeated("", "1;a=\"xyz\"\r\na\r\n", 1100, END), SHUNT_ETOOBIG,
                 "extensions in quotes count");
    cr_expect_eq(decode_repeated("", "1      ;x\r\na\r\n", 1200, END), SHUNT_ETOOBIG,
                 "white space counts as well");
    cr_expect_eq(decode_repeated("", "0", HTTP_CHUNK_LINE_BYTES_MAX - 2, "\r\n\r\n"), SHUNT_OK,
                 "the longest run of zeros");
    cr_expect_eq(decode_repeated("", "0", HTTP_CHUNK_LINE_BYTES_MAX - 1, "\r\n\r\n"), SHUNT_ETOOBIG,
                 "a zero more");
    cr_expect_eq(decode_repeated("", "1\r\na\r\n", 100000, END), SHUNT_OK, "many small chunks");
}

Test(http_chunked, lets_large_chunks_pay_for_their_extensions)
{
    static const char line[] = "ff0;chunk-signature=0123456789abcdef\r\n";
    static char chunk[sizeof line - 1 + 0xff0 + 2];
    struct http_chunked chunked = {0};

    memset(chunk, 'd', sizeof chunk);
    memcpy(chunk, line, sizeof line - 1);
    memcpy(chunk + sizeof chunk - 2, "\r\n", 2);
    for (size_t round = 0; round < 10000; round++) {
        struct shunt_span in = {chunk, sizeof chunk};

        while (in.len > 0) {
            struct shunt_span data;
            size_t used;

            cr_assert_eq(http_chunked_decode(&chunked, in, &used, &data), SHUNT_AGAIN, "%zu",
                         round);
            in.at += used;
            in.len -= used;
        }
    }
}

Test(http_chunked, repeats_its_last_result_and_takes_nothing_more)
{
    static const struct {
        const char *bytes;
        enum shunt_status want;
    } rows[] = {{END, SHUNT_OK}, {"x", SHUNT_EPROTO}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_chunked chunked = {0};
        struct shunt_span data;
        size_t used;

        cr_expect_eq(http_chunked_decode(&chunked, shunt_span_of(rows[i].bytes), &used, &data),
                     rows[i].want);
        cr_expect_eq(http_chunked_decode(&chunked, shunt_span_of(END), &used, &data), rows[i].want);
        cr_expect(used == 0 && data.len == 0);
    }
}

Test(http_chunked, lends_its_data_from_the_input)
{
    struct http_chunked chunked = {0};
    struct shunt_span in = shunt_span_of("5\r\nhello\r\n3\r\nabc\r\n" END), data;
    size_t used;

    cr_expect_eq(http_chunked_decode(&chunked, in, &used, &data), SHUNT_AGAIN);
    cr_expect(data.at == in.at + 3 && data.len == 5);
    cr_expect_eq(used, 13, "up to the next run");
    cr_expect_eq(http_chunked_decode(&chunked, (struct shunt_span){in.at + used, in.len - used},
                                     &used, &data),
                 SHUNT_OK);
    cr_expect(data.at == in.at + 13 && data.len == 3);
}

Test(http_chunked, says_what_the_chunk_in_hand_still_lacks)
{
    static const struct {
        const char *why, *bytes;
        uint64_t want;
    } rows[] = {
        {"nothing yet", "", 0},
        {"a size without its end", "1000000", 0},
        {"a size with half of its end", "1000000\r", 0},
        {"a size, and no byte of its data", "1000000\r\n", 0x1000000},
        {"some of the data", "a\r\n0123", 6},
        {"all of the data", "3\r\nabc", 0},
        {"the chunk behind", "3\r\nabc\r\nff;x\r\n1", 254},
        {"trailers", "0\r\nX: y", 0},
        {"the end", "0\r\n\r\n", 0},
        {"broken", "ff\n", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_chunked chunked = {0};
        struct shunt_span rest = shunt_span_of(rows[i].bytes), data;
        size_t used = 1;

        while (rest.len > 0 && used > 0) {
            (void)!http_chunked_decode(&chunked, rest, &used, &data);
            rest = (struct shunt_span){rest.at + used, rest.len - used};
        }
        cr_expect_eq(http_chunked_left(&chunked), rows[i].want, "%s", rows[i].why);
    }
}

/* ---- the trailer section ---- */

/* What is used while the decoder is in the trailers, the input cut into pieces of `step`. */
static size_t section_of(const char *bytes, size_t step, char *section)
{
    struct http_chunked chunked = {0};
    size_t len = strlen(bytes), at = 0, section_len = 0;

    while (at < len) {
        struct shunt_span in = {bytes + at, len - at < step ? len - at : step}, data;
        bool trailers = http_chunked_in_trailers(&chunked);
        size_t used;
        enum shunt_status status = http_chunked_decode(&chunked, in, &used, &data);

        cr_assert(status == SHUNT_OK || status == SHUNT_AGAIN);
        cr_assert(!trailers || data.len == 0);
        if (trailers) {
            memcpy(section + section_len, in.at, used);
            section_len += used;
        }
        at += used;
    }
    return section_len;
}

Test(http_chunked, shows_the_trailer_section_wherever_the_input_is_cut)
{
    static const struct {
        const char *why, *bytes, *fields; /* "name=value;" */
    } rows[] = {
        {"none", "1\r\na\r\n0\r\n\r\n", ""},
        {"one", "1\r\na\r\n0\r\nX-Sum: 12\r\n\r\n", "X-Sum=12;"},
        {"white space around a value", "0\r\nA: \t b c \t\r\nB:\r\nC:d\r\n\r\n", "A=b c;B=;C=d;"},
        {"a colon in a value", "0\r\nA: b: c\r\n\r\n", "A=b: c;"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t step = 1; step <= strlen(rows[i].bytes); step++) {
            char section[128], fields[128] = "";
            struct shunt_span rest = {section, section_of(rows[i].bytes, step, section)};
            struct shunt_field field;

            while (http_chunked_trailer_next(&rest, &field)) {
                snprintf(fields + strlen(fields), sizeof fields - strlen(fields), "%.*s=%.*s;",
                         (int)field.name.len, field.name.at, (int)field.value.len, field.value.at);
            }
            cr_expect_str_eq(fields, rows[i].fields, "%s, pieces of %zu", rows[i].why, step);
        }
    }
}
