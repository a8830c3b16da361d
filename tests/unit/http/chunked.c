/* The chunked coding, received (RFC 9112 section 7.1). */
#include "unit/http/chunked_rows.h"

#include <criterion/criterion.h>
#include <stdlib.h>

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
    cr_expect_eq(chunked_decode(rows[8].bytes, rows[8].len, rows[8].len, 1).used, 11);
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
