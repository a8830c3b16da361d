/* Field lines (RFC 9112 section 5). */
#include "support/head_rows.h"

#include <criterion/criterion.h>

#define FIELD(line) "GET / HTTP/1.1\r\nHost: a\r\n" line "\r\nX-Last: z\r\n\r\n"

Test(http_fields, are_a_token_a_colon_and_a_value)
{
    static const struct head_row rows[] = {
        HEAD_ROW("the form itself", FIELD("X: y"), HEAD_TAKEN),
        HEAD_ROW("no space", FIELD("X:y"), HEAD_TAKEN),
        HEAD_ROW("white space around the value", FIELD("X: \t y \t "), HEAD_TAKEN),
        HEAD_ROW("empty value", FIELD("X:"), HEAD_TAKEN),
        HEAD_ROW("value of white space", FIELD("X: \t "), HEAD_TAKEN),
        HEAD_ROW("colons in the value", FIELD("X: a:b::c"), HEAD_TAKEN),
        HEAD_ROW("tab and spaces inside", FIELD("X: a\tb  c"), HEAD_TAKEN),
        HEAD_ROW("tabs where words of eight end", FIELD("X: 1234567\t1234567\t12345678\t"),
                 HEAD_TAKEN),
        HEAD_ROW("every visible byte", FIELD("X: !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~"),
                 HEAD_TAKEN),
        HEAD_ROW("obs-text", FIELD("X: caf\303\251 \200\377"), HEAD_TAKEN),
        HEAD_ROW("every kind of tchar in the name", FIELD("!#$%&'*+-.^_`|~09AZaz: y"), HEAD_TAKEN),
        HEAD_ROW("digits in a long name", FIELD("X-1234567890-1234567890-Y: z"), HEAD_TAKEN),
        HEAD_ROW("space before the colon", FIELD("X : y"), 400),
        HEAD_ROW("tab before the colon", FIELD("X\t: y"), 400),
        HEAD_ROW("vertical tab before the colon", FIELD("X\v: y"), 400),
        HEAD_ROW("no name", FIELD(": y"), 400),
        HEAD_ROW("no name nor value", FIELD(":"), 400),
        HEAD_ROW("no colon", FIELD("X"), 400),
        HEAD_ROW("no colon but words", FIELD("X y"), 400),
        HEAD_ROW("equals sign for a colon", FIELD("X=y"), 400),
        HEAD_ROW("comma in the name", FIELD("X,Y: z"), 400),
        HEAD_ROW("comma behind a dash", FIELD("Aaaa-,Bbbb: z"), 400),
        HEAD_ROW("slash in the name", FIELD("X/Y: z"), 400),
        HEAD_ROW("less than in the name", FIELD("X<Y: z"), 400),
        HEAD_ROW("at sign in the name", FIELD("X@Y: z"), 400),
        HEAD_ROW("parenthesis in the name", FIELD("X(Y): z"), 400),
        HEAD_ROW("quotes around the name", FIELD("\"X\": z"), 400),
        HEAD_ROW("brackets in the name", FIELD("X[0]: z"), 400),
        HEAD_ROW("backslash in the name", FIELD("X\\Y: z"), 400),
        HEAD_ROW("braces in the name", FIELD("{X}: z"), 400),
        HEAD_ROW("NUL in the name", FIELD("X\0Y: z"), 400),
        HEAD_ROW("control in the name", FIELD("X\001Y: z"), 400),
        HEAD_ROW("DEL in the name", FIELD("X\177Y: z"), 400),
        HEAD_ROW("eight bits in the name", FIELD("X\303\251Y: z"), 400),
        HEAD_ROW("NUL in the value", FIELD("X: a\0b"), 400),
        HEAD_ROW("NUL at the value's end", FIELD("X: a\0"), 400),
        HEAD_ROW("control in the value", FIELD("X: a\001b"), 400),
        HEAD_ROW("escape in a long value", FIELD("X: aaaaaaaaaaaaaaaaaaaaa\033[0m"), 400),
        HEAD_ROW("vertical tab in the value", FIELD("X: a\vb"), 400),
        HEAD_ROW("form feed in the value", FIELD("X: a\fb"), 400),
        HEAD_ROW("DEL in the value", FIELD("X: a\177b"), 400),
    };

    HEAD_ROWS_CHECK(rows);
}

Test(http_fields, end_in_crlf_and_are_never_folded)
{
    static const struct head_row rows[] = {
        HEAD_ROW("bare LF", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400),
        HEAD_ROW("bare CR inside", FIELD("X: a\rb"), 400),
        HEAD_ROW("bare CR that hides a field", FIELD("X: a\rContent-Length: 39"), 400),
        HEAD_ROW("bare CR in the name", FIELD("X\rY: z"), 400),
        HEAD_ROW("two CR", FIELD("X: a\r"), 400),
        HEAD_ROW("bare LF inside", FIELD("X: a\nY: b"), 400),
        HEAD_ROW("fold by space", FIELD("X: a\r\n b"), 400),
        HEAD_ROW("fold by tab", FIELD("X: a\r\n\tb"), 400),
        HEAD_ROW("fold of nothing", FIELD("X: a\r\n "), 400),
        HEAD_ROW("fold before the colon", FIELD("X\r\n : a"), 400),
        HEAD_ROW("white space before the first", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        HEAD_ROW("bare LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
        HEAD_ROW("bare CR ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\rX", 400),
        HEAD_ROW("bare LFs end the head", "GET / HTTP/1.1\r\nHost: a\n\n", 400),
        HEAD_ROW("cut in the name", "GET / HTTP/1.1\r\nHos", HEAD_INCOMPLETE),
        HEAD_ROW("cut at the colon", "GET / HTTP/1.1\r\nHost:", HEAD_INCOMPLETE),
        HEAD_ROW("cut in the value", "GET / HTTP/1.1\r\nHost: a", HEAD_INCOMPLETE),
        HEAD_ROW("cut in the line end", "GET / HTTP/1.1\r\nHost: a\r", HEAD_INCOMPLETE),
        HEAD_ROW("cut behind the line", "GET / HTTP/1.1\r\nHost: a\r\n", HEAD_INCOMPLETE),
        HEAD_ROW("cut in the last line end", "GET / HTTP/1.1\r\nHost: a\r\n\r", HEAD_INCOMPLETE),
    };

    HEAD_ROWS_CHECK(rows);
}

Test(http_fields, come_in_order_as_sent_without_white_space_around)
{
    static const char bytes[] = "GET / HTTP/1.1\r\nHOST:a\r\nX-Empty:  \r\nx-two: \t b c\t \r\n"
                                "X-Empty: again\r\n\r\nbody";
    static const struct {
        const char *name, *value;
    } want[] = {{"HOST", "a"}, {"X-Empty", ""}, {"x-two", "b c"}, {"X-Empty", "again"}};
    struct head_outcome got;

    head_attempt(shunt_span_of(bytes), 0, &head_limits, &got);
    cr_assert_eq(got.result, HEAD_TAKEN);
    cr_expect_eq(got.head.fields, got.fields, "the caller's room is used");
    cr_expect_eq(got.used, sizeof bytes - 1 - 4, "the body is not");
    cr_assert_eq(got.head.field_count, sizeof want / sizeof *want);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        cr_expect(shunt_span_equal(got.fields[i].name, shunt_span_of(want[i].name)), "%zu", i);
        cr_expect(shunt_span_equal(got.fields[i].value, shunt_span_of(want[i].value)), "%zu", i);
    }
}
