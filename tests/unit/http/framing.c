/* What the fields mean for the body, the connection and an upgrade (RFC 9112 sections 6 and 9). */
#include "support/head_rows.h"

#include <criterion/criterion.h>

#define POST(fields)     "POST / HTTP/1.1\r\nHost: a\r\n" fields "\r\n"
#define POST_1_0(fields) "POST / HTTP/1.0\r\nHost: a\r\n" fields "\r\n"
#define CL(value)        POST("Content-Length:" value "\r\n")
#define TE(value)        POST("Transfer-Encoding:" value "\r\n")

Test(http_framing, refuses_a_content_length_that_is_not_one_number)
{
    static const struct head_row rows[] = {
        HEAD_ROW("zero", CL(" 0"), HEAD_TAKEN),
        HEAD_ROW("leading zeros", CL(" 0000000000000000000000005"), HEAD_TAKEN),
        HEAD_ROW("white space around", CL(" \t 5 \t"), HEAD_TAKEN),
        HEAD_ROW("2^63-1", CL(" 9223372036854775807"), HEAD_TAKEN),
        HEAD_ROW("2^64-1", CL(" 18446744073709551615"), HEAD_TAKEN),
        HEAD_ROW("on HTTP/1.0", POST_1_0("Content-Length: 5\r\n"), HEAD_TAKEN),
        HEAD_ROW("2^64", CL(" 18446744073709551616"), 400),
        HEAD_ROW("2^64+5", CL(" 18446744073709551621"), 400),
        HEAD_ROW("ten times too much", CL(" 99999999999999999999"), 400),
        HEAD_ROW("much too much", CL(" 999999999999999999999999999999999999999"), 400),
        HEAD_ROW("empty", CL(""), 400),
        HEAD_ROW("white space", CL(" "), 400),
        HEAD_ROW("minus", CL(" -1"), 400),
        HEAD_ROW("minus zero", CL(" -0"), 400),
        HEAD_ROW("plus", CL(" +5"), 400),
        HEAD_ROW("two words", CL(" 5 5"), 400),
        HEAD_ROW("tab inside", CL(" 1\t0"), 400),
        HEAD_ROW("list", CL(" 5, 5"), 400),
        HEAD_ROW("list that differs", CL(" 5, 6"), 400),
        HEAD_ROW("comma", CL(" 5,"), 400),
        HEAD_ROW("semicolon", CL(" 5;"), 400),
        HEAD_ROW("quotes", CL(" \"5\""), 400),
        HEAD_ROW("hexadecimal", CL(" 0x5"), 400),
        HEAD_ROW("hexadecimal digit", CL(" a"), 400),
        HEAD_ROW("fraction", CL(" 5.0"), 400),
        HEAD_ROW("exponent", CL(" 1e1"), 400),
        HEAD_ROW("underscore", CL(" 1_0"), 400),
        HEAD_ROW("letters behind", CL(" 5b"), 400),
        HEAD_ROW("control behind", CL(" 5\001"), 400),
        HEAD_ROW("no-break space", CL(" \2405"), 400),
        HEAD_ROW("digits of another script", CL(" \331\245"), 400),
        HEAD_ROW("twice, the same", POST("Content-Length: 5\r\nContent-Length: 5\r\n"), 400),
        HEAD_ROW("twice, differing", POST("Content-Length: 5\r\ncontent-length: 6\r\n"), 400),
        HEAD_ROW("space before the colon", POST("Content-Length : 5\r\n"), 400),
    };

    HEAD_ROWS_CHECK(rows);
}

Test(http_framing, knows_no_transfer_coding_but_chunked_once_and_alone)
{
    static const struct head_row rows[] = {
        HEAD_ROW("chunked", TE(" chunked"), HEAD_TAKEN),
        HEAD_ROW("any case", TE(" ChUnKeD"), HEAD_TAKEN),
        HEAD_ROW("white space around", TE("  \tchunked\t "), HEAD_TAKEN),
        HEAD_ROW("another coding", TE(" gzip"), 501),
        HEAD_ROW("another coding first", TE(" gzip, chunked"), 501),
        HEAD_ROW("another with parameters", TE(" foo;a=b, chunked"), 501),
        HEAD_ROW("identity", TE(" identity"), 501),
        HEAD_ROW("identity on a line before",
                 POST("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), 501),
        HEAD_ROW("longer than chunked", TE(" chunkedx"), 501),
        HEAD_ROW("shorter than chunked", TE(" chunk"), 501),
        HEAD_ROW("x-chunked", TE(" x-chunked"), 501),
        HEAD_ROW("chunked is not last", TE(" chunked, gzip"), 400),
        HEAD_ROW("identity last", TE(" chunked, identity"), 400),
        HEAD_ROW("chunked is not last, by lines",
                 POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n"), 400),
        HEAD_ROW("twice", TE(" chunked, chunked"), 400),
        HEAD_ROW("twice, by lines",
                 POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400),
        HEAD_ROW("empty", TE(""), 400),
        HEAD_ROW("white space", TE(" "), 400),
        HEAD_ROW("empty element first", TE(" ,chunked"), 400),
        HEAD_ROW("empty element last", TE(" chunked,"), 400),
        HEAD_ROW("comma", TE(" ,"), 400),
        HEAD_ROW("parameter", TE(" chunked;a=b"), 400),
        HEAD_ROW("semicolon", TE(" chunked;"), 400),
        HEAD_ROW("quotes", TE(" \"chunked\""), 400),
        HEAD_ROW("apostrophes are a token", TE(" 'chunked'"), 501),
        HEAD_ROW("two words", TE(" chunked foo"), 400),
        HEAD_ROW("other two words", TE(" foo\"chunked"), 400),
        HEAD_ROW("colon", TE(" : chunked"), 400),
        HEAD_ROW("vertical tab before", TE(" \vchunked"), 400),
        HEAD_ROW("vertical tab behind", TE(" chunked\v"), 400),
        HEAD_ROW("NUL", TE(" chunked\0"), 400),
        HEAD_ROW("no-break space", TE(" \240chunked"), 400),
        HEAD_ROW("eight bits", TE(" chunk\303\251d"), 400),
        HEAD_ROW("fold", TE("\r\n chunked"), 400),
        HEAD_ROW("space before the colon", POST("Transfer-Encoding : chunked\r\n"), 400),
        HEAD_ROW("other name", POST("Transfer_Encoding: gzip\r\n"), HEAD_TAKEN),
        HEAD_ROW("on HTTP/1.0", POST_1_0("Transfer-Encoding: chunked\r\n"), 400),
        HEAD_ROW("unknown on HTTP/1.0", POST_1_0("Transfer-Encoding: gzip\r\n"), 400),
        HEAD_ROW("with a length behind",
                 POST("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400),
        HEAD_ROW("with a length before",
                 POST("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400),
        HEAD_ROW("with a length of zero",
                 POST("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400),
        HEAD_ROW("unknown with a length", POST("Content-Length: 0\r\nTransfer-Encoding: x\r\n"),
                 400),
    };

    HEAD_ROWS_CHECK(rows);
}

Test(http_framing, says_how_long_the_body_is)
{
    static const struct {
        const char *bytes;
        enum http_framing framing;
        uint64_t length;
    } rows[] = {
        {POST(""), HTTP_BODY_NONE, 0},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n", HTTP_BODY_LENGTH, 7},
        {CL(" 0"), HTTP_BODY_LENGTH, 0},
        {CL(" 18446744073709551615"), HTTP_BODY_LENGTH, UINT64_MAX},
        {TE(" chunked"), HTTP_BODY_CHUNKED, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct head_outcome got;

        head_attempt(shunt_span_of(rows[i].bytes), 0, &head_limits, &got);
        cr_assert_eq(got.result, HEAD_TAKEN, "%s", rows[i].bytes);
        cr_expect_eq(got.head.framing, rows[i].framing, "%s", rows[i].bytes);
        cr_expect_eq(got.head.content_length, rows[i].length, "%s", rows[i].bytes);
    }
}

#define C(value) "Connection: " value "\r\n"
#define U(value) "Upgrade: " value "\r\n"

Test(http_framing, keeps_the_connection_as_version_and_connection_say)
{
    static const struct {
        const char *bytes;
        bool keep_alive;
    } rows[] = {
        {POST(""), true},
        {POST(C("keep-alive")), true},
        {POST(C("closed, xclose, clos")), true},
        {POST(C("\"close\"")), true},
        {POST(C("other, another, something1")), true},
        {POST(C("")), true},
        {POST(C("close")), false},
        {POST(C("CLOSE")), false},
        {POST(C("foo, close")), false},
        {POST(C(", ,close,")), false},
        {POST(C("foo") C("close")), false},
        {POST(C("keep-alive, close")), false},
        {POST(C("close, keep-alive")), false},
        {POST(C("close") C("keep-alive")), false},
        {POST_1_0(""), false},
        {POST_1_0(C("foo")), false},
        {POST_1_0(C("other, another, something1")), false},
        {POST_1_0(C("Keep-Alive")), true},
        {POST_1_0(C("foo, keep-alive")), true},
        {POST_1_0(C("keep-alive, close")), false},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", true},
        {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", false},
        {"CONNECT a:1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct head_outcome got;

        head_attempt(shunt_span_of(rows[i].bytes), 0, &head_limits, &got);
        cr_assert_eq(got.result, HEAD_TAKEN, "%s", rows[i].bytes);
        cr_expect_eq(got.head.keep_alive, rows[i].keep_alive, "%s", rows[i].bytes);
    }
}

Test(http_framing, sees_an_upgrade_where_both_fields_and_the_version_say_so)
{
    static const struct {
        const char *bytes;
        bool upgrade;
    } rows[] = {
        {POST(U("websocket") C("Upgrade")), true},
        {POST(C("upgrade") U("websocket")), true},
        {POST(U("websocket") C("keep-alive, UPGRADE")), true},
        {POST(U("websocket") C("keep-alive") C("foo, upgrade")), true},
        {POST(U("frob/2, websocket/13") C("Upgrade")), true},
        {POST(U("frob") U("websocket") C("Upgrade")), true},
        {POST(U(", a,,") C("Upgrade")), true},
        {POST(U("websocket")), false},
        {POST(C("Upgrade")), false},
        {POST(U("websocket") C("another")), false},
        {POST(U("") C("Upgrade")), false},
        {POST(U(",") C("Upgrade")), false},
        {POST(U("websocket") C("Upgraded, xUpgrade, Upgrade-Insecure")), false},
        {POST(U("websocket") C("keep-alive Upgrade")), false},
        {POST(U("websocket") C("\"Upgrade\"")), false},
        {POST(U("\"websocket\"") C("Upgrade")), false},
        {POST(U("a, \"b\"") C("Upgrade")), false},
        {POST(U("a b") C("Upgrade")), false},
        {POST(U("a/") C("Upgrade")), false},
        {POST(U("/1") C("Upgrade")), false},
        {POST(U("a/1/2") C("Upgrade")), false},
        {POST(U("a / 1") C("Upgrade")), false},
        {POST(U("a;b") C("Upgrade")), false},
        {POST(U("caf\303\251") C("Upgrade")), false},
        {POST(U("websocket") C("Upgrade, close")), false},
        {POST_1_0(U("websocket") C("Upgrade")), false},
        {POST_1_0(U("websocket") C("Upgrade, keep-alive")), false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct head_outcome got;

        head_attempt(shunt_span_of(rows[i].bytes), 0, &head_limits, &got);
        cr_assert_eq(got.result, HEAD_TAKEN, "%s", rows[i].bytes);
        cr_expect_eq(got.head.upgrade, rows[i].upgrade, "%s", rows[i].bytes);
    }
}

Test(http_framing, meets_no_expectation_but_100_continue)
{
    static const struct head_row rows[] = {
        HEAD_ROW("100-continue", POST("Expect: 100-continue\r\n"), HEAD_TAKEN),
        HEAD_ROW("any case", POST("Expect: 100-Continue\r\n"), HEAD_TAKEN),
        HEAD_ROW("empty", POST("Expect:\r\n"), HEAD_TAKEN),
        HEAD_ROW("another on HTTP/1.0 does not count", POST_1_0("Expect: foo\r\n"), HEAD_TAKEN),
        HEAD_ROW("another", POST("Expect: foo\r\n"), 417),
        HEAD_ROW("another besides", POST("Expect: 100-continue, foo\r\n"), 417),
        HEAD_ROW("another on a line behind", POST("Expect: 100-continue\r\nExpect: a=b\r\n"), 417),
        HEAD_ROW("longer", POST("Expect: 100-continued\r\n"), 417),
        HEAD_ROW("quoted", POST("Expect: \"100-continue\"\r\n"), 417),
        HEAD_ROW("bad framing comes first", POST("Expect: foo\r\nContent-Length: x\r\n"), 400),
    };
    static const struct {
        const char *bytes;
        bool expect_continue;
    } taken[] = {
        {POST("Expect: 100-continue\r\n"), true},
        {POST("Expect: 100-CONTINUE\r\nContent-Length: 5\r\n"), true},
        {POST("Expect:\r\n"), false},
        {POST(""), false},
        {POST_1_0("Expect: 100-continue\r\n"), false},
    };

    HEAD_ROWS_CHECK(rows);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct head_outcome got;

        head_attempt(shunt_span_of(taken[i].bytes), 0, &head_limits, &got);
        cr_assert_eq(got.result, HEAD_TAKEN, "%s", taken[i].bytes);
        cr_expect_eq(got.head.expect_continue, taken[i].expect_continue, "%s", taken[i].bytes);
    }
}

Test(http_framing, knows_head_by_its_name_in_capitals)
{
    struct head_outcome got;

    head_attempt(shunt_span_of("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), 0, &head_limits, &got);
    cr_expect(got.head.head_method);
    head_attempt(shunt_span_of("head / HTTP/1.1\r\nHost: a\r\n\r\n"), 0, &head_limits, &got);
    cr_expect_not(got.head.head_method);
    head_attempt(shunt_span_of("HEADS / HTTP/1.1\r\nHost: a\r\n\r\n"), 0, &head_limits, &got);
    cr_expect_not(got.head.head_method);
}
