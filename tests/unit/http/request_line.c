/* The request line (RFC 9112 section 3) and what may stand before it. */
#include "support/head_rows.h"

#include <criterion/criterion.h>

#define REST        "\r\nHost: a\r\n\r\n"
#define LINE(line)  line REST
#define TEN(text)   text text text text text text text text text text
#define SIXTY(text) TEN(text) TEN(text) TEN(text) TEN(text) TEN(text) TEN(text)

Test(http_request_line, is_method_target_and_version_with_one_space_between)
{
    static const struct head_row rows[] = {
        HEAD_ROW("the form itself", LINE("GET / HTTP/1.1"), HEAD_TAKEN),
        HEAD_ROW("nothing yet", "", HEAD_INCOMPLETE),
        HEAD_ROW("cut in the method", "GE", HEAD_INCOMPLETE),
        HEAD_ROW("cut behind the method", "GET", HEAD_INCOMPLETE),
        HEAD_ROW("cut in the target", "GET /inde", HEAD_INCOMPLETE),
        HEAD_ROW("cut in an escape", "GET /%4", HEAD_INCOMPLETE),
        HEAD_ROW("wrong in an escape that is cut", "GET /%z", 400),
        HEAD_ROW("cut in the version", "GET / HTTP/1.", HEAD_INCOMPLETE),
        HEAD_ROW("cut in the line's end", "GET / HTTP/1.1\r", HEAD_INCOMPLETE),
        HEAD_ROW("space before the method", LINE(" GET / HTTP/1.1"), 400),
        HEAD_ROW("tab before the method", LINE("\tGET / HTTP/1.1"), 400),
        HEAD_ROW("two spaces behind the method", LINE("GET  / HTTP/1.1"), 400),
        HEAD_ROW("two spaces behind the target", LINE("GET /  HTTP/1.1"), 400),
        HEAD_ROW("tab behind the method", LINE("GET\t/ HTTP/1.1"), 400),
        HEAD_ROW("tab behind the target", LINE("GET /\tHTTP/1.1"), 400),
        HEAD_ROW("vertical tab behind the target", LINE("GET /\vHTTP/1.1"), 400),
        HEAD_ROW("space at the end", LINE("GET / HTTP/1.1 "), 400),
        HEAD_ROW("a fourth word", LINE("GET / HTTP/1.1 x"), 400),
        HEAD_ROW("space in the target", LINE("GET /a b HTTP/1.1"), 400),
        HEAD_ROW("no version", LINE("GET /"), 400),
        HEAD_ROW("no version but a space", LINE("GET / "), 400),
        HEAD_ROW("no target", LINE("GET HTTP/1.1"), 400),
        HEAD_ROW("only a method", LINE("GET"), 400),
        HEAD_ROW("bare LF at the end", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
        HEAD_ROW("bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", 400),
        HEAD_ROW("bare CR at the end", "GET / HTTP/1.1\rHost: a\r\r", 400),
        HEAD_ROW("two CR at the end", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400),
        HEAD_ROW("another protocol's greeting", "SSH-2.0-OpenSSH_9.2\r\n", 400),
        HEAD_ROW("a TLS hello", "\x16\x03\x01\x02\x00\x01", 400),
        HEAD_ROW("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    };

    HEAD_ROWS_CHECK(rows);
}

Test(http_request_line, may_follow_one_empty_line)
{
    static const struct head_row rows[] = {
        HEAD_ROW("one", "\r\n" LINE("GET / HTTP/1.1"), HEAD_TAKEN),
        HEAD_ROW("half of one", "\r", HEAD_INCOMPLETE),
        HEAD_ROW("one and nothing else", "\r\n", HEAD_INCOMPLETE),
        HEAD_ROW("two", "\r\n\r\n" LINE("GET / HTTP/1.1"), 400),
        HEAD_ROW("bare LF", "\n" LINE("GET / HTTP/1.1"), 400),
        HEAD_ROW("bare CR", "\r" LINE("GET / HTTP/1.1"), 400),
        HEAD_ROW("a line of one space", " \r\n" LINE("GET / HTTP/1.1"), 400),
    };
    struct head_outcome outcome;

    HEAD_ROWS_CHECK(rows);
    head_attempt((struct shunt_span){rows[0].bytes, rows[0].len}, 0, &head_limits, &outcome);
    cr_expect_eq(outcome.used, rows[0].len, "the empty line counts as used");
}

Test(http_request_line, takes_any_token_of_64_bytes_as_a_method)
{
    static const struct head_row rows[] = {
        HEAD_ROW("every kind of tchar", LINE("M-9!#$%&'*+.^_`|~z / HTTP/1.1"), HEAD_TAKEN),
        HEAD_ROW("lower case is another method", LINE("get / HTTP/1.1"), HEAD_TAKEN),
        HEAD_ROW("64 bytes", LINE(SIXTY("M") "METH / HTTP/1.1"), HEAD_TAKEN),
        HEAD_ROW("65 bytes", LINE(SIXTY("M") "METHO / HTTP/1.1"), 501),
        HEAD_ROW("65 bytes and no end", SIXTY("M") "METHO", 501),
        HEAD_ROW("64 bytes and no end", SIXTY("M") "METH", HEAD_INCOMPLETE),
        HEAD_ROW("parenthesis", LINE("GE(T / HTTP/1.1"), 400),
        HEAD_ROW("colon", LINE("GET: / HTTP/1.1"), 400),
        HEAD_ROW("quote", LINE("\"GET\" / HTTP/1.1"), 400),
        HEAD_ROW("slash", LINE("GE/T / HTTP/1.1"), 400),
        HEAD_ROW("at sign", LINE("G@T / HTTP/1.1"), 400),
        HEAD_ROW("brace", LINE("G{T / HTTP/1.1"), 400),
        HEAD_ROW("comma", LINE("GET,HEAD / HTTP/1.1"), 400),
        HEAD_ROW("NUL", LINE("G\0T / HTTP/1.1"), 400),
        HEAD_ROW("DEL", LINE("G\177T / HTTP/1.1"), 400),
        HEAD_ROW("eight bits", LINE("G\303\211T / HTTP/1.1"), 400),
    };

    HEAD_ROWS_CHECK(rows);
}

Test(http_request_line, takes_version_1_and_names_the_status_for_others)
{
    static const struct head_row rows[] = {
        HEAD_ROW("1.0", LINE("GET / HTTP/1.0"), HEAD_TAKEN),
        HEAD_ROW("1.2 reads as 1.1", LINE("GET / HTTP/1.2"), HEAD_TAKEN),
        HEAD_ROW("1.9 reads as 1.1", LINE("GET / HTTP/1.9"), HEAD_TAKEN),
        HEAD_ROW("0.9", LINE("GET / HTTP/0.9"), 505),
        HEAD_ROW("2.0", LINE("GET / HTTP/2.0"), 505),
        HEAD_ROW("3.0", LINE("GET / HTTP/3.0"), 505),
        HEAD_ROW("9.9", LINE("GET / HTTP/9.9"), 505),
        HEAD_ROW("no minor version", LINE("GET / HTTP/1"), 400),
        HEAD_ROW("no minor digit", LINE("GET / HTTP/1."), 400),
        HEAD_ROW("no major digit", LINE("GET / HTTP/.1"), 400),
        HEAD_ROW("comma", LINE("GET / HTTP/1,1"), 400),
        HEAD_ROW("two minor digits", LINE("GET / HTTP/1.10"), 400),
        HEAD_ROW("two major digits", LINE("GET / HTTP/11.1"), 400),
        HEAD_ROW("leading zero", LINE("GET / HTTP/01.1"), 400),
        HEAD_ROW("minus", LINE("GET / HTTP/-1.1"), 400),
        HEAD_ROW("plus", LINE("GET / HTTP/+1.1"), 400),
        HEAD_ROW("letter", LINE("GET / HTTP/1.x"), 400),
        HEAD_ROW("hexadecimal", LINE("GET / HTTP/1.a"), 400),
        HEAD_ROW("lower case", LINE("GET / http/1.1"), 400),
        HEAD_ROW("mixed case", LINE("GET / Http/1.1"), 400),
        HEAD_ROW("another name", LINE("GET / ICY/1.1"), 400),
        HEAD_ROW("HTTPS", LINE("GET / HTTPS/1.1"), 400),
        HEAD_ROW("no slash", LINE("GET / HTTP 1.1"), 400),
        HEAD_ROW("space behind the slash", LINE("GET / HTTP/ 1.1"), 400),
        HEAD_ROW("wrong before its end", "GET / HTTX", 400),
    };
    struct head_outcome outcome;

    HEAD_ROWS_CHECK(rows);
    for (size_t i = 0; i < 3; i++) {
        head_attempt((struct shunt_span){rows[i].bytes, rows[i].len}, 0, &head_limits, &outcome);
        cr_expect_eq(outcome.head.version_minor, i > 0, "%s", rows[i].why);
    }
}
