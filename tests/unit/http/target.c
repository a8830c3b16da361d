/* The request target in its four forms (RFC 9112 section 3.2). */
#include "support/head_rows.h"

#include <criterion/criterion.h>

#define TARGET(method, target) method " " target " HTTP/1.1\r\nHost: field\r\n\r\n"
#define GET(target)            TARGET("GET", target)

Test(http_target, in_origin_form_is_path_and_query_as_rfc_3986_has_them)
{
    static const struct head_row rows[] = {
        HEAD_ROW("root", GET("/"), HEAD_TAKEN),
        HEAD_ROW("every kind of pchar", GET("/aZ09-._~!$&'()*+,;=:@/x"), HEAD_TAKEN),
        HEAD_ROW("slash and question mark in the query", GET("/?a=b&c=%20d?e=/f"), HEAD_TAKEN),
        HEAD_ROW("empty query", GET("/?"), HEAD_TAKEN),
        HEAD_ROW("two slashes", GET("//a//b"), HEAD_TAKEN),
        HEAD_ROW("dots are the router's matter", GET("/a/../b"), HEAD_TAKEN),
        HEAD_ROW("escapes of both cases", GET("/%2f%2F%aF"), HEAD_TAKEN),
        HEAD_ROW("escape of no digits", GET("/%zz"), 400),
        HEAD_ROW("escape of one digit", GET("/%4g"), 400),
        HEAD_ROW("escape that ends early", GET("/%4"), 400),
        HEAD_ROW("percent at the end", GET("/%"), 400),
        HEAD_ROW("bad escape in the query", GET("/?%%20"), 400),
        HEAD_ROW("unicode escape of old", GET("/%u0041"), 400),
        HEAD_ROW("less than", GET("/a<b"), 400),
        HEAD_ROW("greater than", GET("/a>b"), 400),
        HEAD_ROW("opening bracket", GET("/a[b"), 400),
        HEAD_ROW("closing bracket", GET("/a]b"), 400),
        HEAD_ROW("bracket in the query", GET("/?a[]=b"), 400),
        HEAD_ROW("fragment", GET("/a#b"), 400),
        HEAD_ROW("quote", GET("/a\"b"), 400),
        HEAD_ROW("braces", GET("/{a}"), 400),
        HEAD_ROW("bar", GET("/a|b"), 400),
        HEAD_ROW("backslash", GET("/a\\b"), 400),
        HEAD_ROW("circumflex", GET("/a^b"), 400),
        HEAD_ROW("backquote", GET("/a`b"), 400),
        HEAD_ROW("NUL", GET("/a\0b"), 400),
        HEAD_ROW("escape character", GET("/a\033b"), 400),
        HEAD_ROW("DEL", GET("/a\177b"), 400),
        HEAD_ROW("UTF-8", GET("/caf\303\251"), 400),
        HEAD_ROW("bare CR", GET("/a\rb"), 400),
        HEAD_ROW("bare LF", GET("/a\nb"), 400),
        HEAD_ROW("neither slash nor scheme", GET("foo"), 400),
        HEAD_ROW("query alone", GET("?a"), 400),
        HEAD_ROW("fragment alone", GET("#a"), 400),
        HEAD_ROW("dot", GET("./a"), 400),
    };

    HEAD_ROWS_CHECK(rows);
}

Test(http_target, in_absolute_form_is_http_or_https_with_a_host)
{
    static const struct head_row rows[] = {
        HEAD_ROW("http", GET("http://a/"), HEAD_TAKEN),
        HEAD_ROW("https", GET("https://a/"), HEAD_TAKEN),
        HEAD_ROW("scheme without case", GET("HTTP://A/"), HEAD_TAKEN),
        HEAD_ROW("no path", GET("http://a"), HEAD_TAKEN),
        HEAD_ROW("no path but a query", GET("http://a?b"), HEAD_TAKEN),
        HEAD_ROW("port", GET("http://a:80/"), HEAD_TAKEN),
        HEAD_ROW("empty port", GET("http://a:/"), HEAD_TAKEN),
        HEAD_ROW("IPv6", GET("http://[::1]:80/"), HEAD_TAKEN),
        HEAD_ROW("for OPTIONS too", TARGET("OPTIONS", "http://a"), HEAD_TAKEN),
        HEAD_ROW("another scheme", GET("ftp://a/"), 400),
        HEAD_ROW("websocket's scheme", GET("ws://a/"), 400),
        HEAD_ROW("a scheme that starts like ours", GET("httpx://a/"), 400),
        HEAD_ROW("no scheme", GET("://a/"), 400),
        HEAD_ROW("one slash", GET("http:/a"), 400),
        HEAD_ROW("no slashes", GET("http:a"), 400),
        HEAD_ROW("scheme alone", GET("http://"), 400),
        HEAD_ROW("empty host", GET("http:///path"), 400),
        HEAD_ROW("empty host with a port", GET("http://:80/"), 400),
        HEAD_ROW("empty host with a query", GET("http://?a"), 400),
        HEAD_ROW("user", GET("http://user@a/"), 400),
        HEAD_ROW("user and password", GET("http://user:pw@a/"), 400),
        HEAD_ROW("port of letters", GET("http://a:b/"), 400),
        HEAD_ROW("port too high", GET("http://a:65536/"), 400),
        HEAD_ROW("bracket not closed", GET("http://[::1/"), 400),
        HEAD_ROW("no address in brackets", GET("http://[a]/"), 400),
        HEAD_ROW("opening bracket in the path", GET("http://a/[b"), 400),
        HEAD_ROW("closing bracket in the path", GET("http://a/b]"), 400),
        HEAD_ROW("brackets in the query", GET("http://a/?[b]"), 400),
        HEAD_ROW("fragment", GET("http://a/#b"), 400),
        HEAD_ROW("bad escape in the host", GET("http://a%zz/"), 400),
        HEAD_ROW("no Host field all the same", "GET http://a/ HTTP/1.1\r\n\r\n", 400),
    };

    HEAD_ROWS_CHECK(rows);
}

Test(http_target, in_asterisk_form_is_for_options_and_in_authority_form_for_connect)
{
    static const struct head_row rows[] = {
        HEAD_ROW("asterisk", TARGET("OPTIONS", "*"), HEAD_TAKEN),
        HEAD_ROW("authority", TARGET("CONNECT", "a:443"), HEAD_TAKEN),
        HEAD_ROW("authority with IPv6", TARGET("CONNECT", "[::1]:443"), HEAD_TAKEN),
        HEAD_ROW("asterisk with GET", GET("*"), 400),
        HEAD_ROW("asterisk with options in lower case", TARGET("options", "*"), 400),
        HEAD_ROW("two asterisks", TARGET("OPTIONS", "**"), 400),
        HEAD_ROW("asterisk with CONNECT", TARGET("CONNECT", "*"), 400),
        HEAD_ROW("authority with GET", GET("a:443"), 400),
        HEAD_ROW("authority with OPTIONS", TARGET("OPTIONS", "a:443"), 400),
        HEAD_ROW("no port", TARGET("CONNECT", "a"), 400),
        HEAD_ROW("empty port", TARGET("CONNECT", "a:"), 400),
        HEAD_ROW("no port behind IPv6", TARGET("CONNECT", "[::1]"), 400),
        HEAD_ROW("no host", TARGET("CONNECT", ":443"), 400),
        HEAD_ROW("user", TARGET("CONNECT", "u@a:443"), 400),
        HEAD_ROW("path", TARGET("CONNECT", "a:443/"), 400),
        HEAD_ROW("query", TARGET("CONNECT", "a:443?b"), 400),
        HEAD_ROW("CONNECT to a path", TARGET("CONNECT", "/"), 400),
        HEAD_ROW("CONNECT to a URI", TARGET("CONNECT", "http://a:80/"), 400),
    };

    HEAD_ROWS_CHECK(rows);
}

Test(http_target, is_taken_apart_into_path_query_and_host)
{
    static const struct {
        const char *bytes, *path, *query, *host;
    } rows[] = {
        {GET("/"), "/", "", "field"},
        {GET("/a/b?c=d?e"), "/a/b", "c=d?e", "field"},
        {GET("/a?"), "/a", "", "field"},
        {GET("http://A:80/b?c"), "/b", "c", "A:80"},
        {GET("http://a"), "/", "", "a"},
        {GET("http://a?b/c"), "/", "b/c", "a"},
        {GET("http://a?"), "/", "", "a"},
        {GET("https://[::1]/x/"), "/x/", "", "[::1]"},
        {TARGET("OPTIONS", "*"), "/", "", "field"},
        {TARGET("CONNECT", "a:1"), "/", "", "a:1"},
        {"GET / HTTP/1.0\r\n\r\n", "/", "", ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct head_outcome got;

        head_attempt(shunt_span_of(rows[i].bytes), 0, &head_limits, &got);
        cr_assert_eq(got.result, HEAD_TAKEN, "%s", rows[i].bytes);
        cr_expect(shunt_span_equal(got.head.path, shunt_span_of(rows[i].path)), "path of %s: %.*s",
                  rows[i].bytes, (int)got.head.path.len, got.head.path.at);
        cr_expect(shunt_span_equal(got.head.query, shunt_span_of(rows[i].query)),
                  "query of %s: %.*s", rows[i].bytes, (int)got.head.query.len, got.head.query.at);
        cr_expect(shunt_span_equal(got.head.host, shunt_span_of(rows[i].host)), "host of %s: %.*s",
                  rows[i].bytes, (int)got.head.host.len, got.head.host.at);
    }
}
