/* Host (RFC 9110 section 7.2): uri-host [":" port], as RFC 3986 section 3.2 has them. */
#include "http/authority.h"
#include "support/guard.h"
#include "support/head_rows.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(http_authority, has_a_host_in_one_of_three_forms_and_maybe_a_port)
{
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        {"", true},
        {"a", true},
        {"localhost", true},
        {"www.example.com.", true},
        {"xn--caf-dma.example", true},
        {"a_b", true},
        {"a-._~!$&'()*+,;=9", true},
        {"%41%7a", true},
        {"127.0.0.1", true},
        {"999.1.1.1", true}, /* a name, if no address */
        {"a:", true},
        {"a:0", true},
        {"a:8080", true},
        {"a:65535", true},
        {"a:00080", true},
        {":80", true},
        {"[::]", true},
        {"[::1]", true},
        {"[::1]:80", true},
        {"[::1]:", true},
        {"[1:2:3:4:5:6:7:8]", true},
        {"[1:2:3:4:5:6:7::]", true},
        {"[::2:3:4:5:6:7:8]", true},
        {"[1::8]", true},
        {"[fe80::ABCD:ef01]", true},
        {"[::ffff:192.0.2.1]", true},
        {"[::255.255.255.255]", true},
        {"[::0.0.0.0]", true},
        {"[1:2:3:4:5:6:192.0.2.1]", true},
        {"[1::192.0.2.1]", true},
        {"[v1.a:b]", true},
        {"[VF.x]", true},
        {"a:65536", false},
        {"a:99999999999999999999", false},
        {"a:80:80", false},
        {"a:abc", false},
        {"a:-1", false},
        {"a:+1", false},
        {"a: 80", false},
        {"a:80 ", false},
        {"a b", false},
        {"a\tb", false},
        {"a/b", false},
        {"a?b", false},
        {"a#b", false},
        {"user@a", false},
        {"a@", false},
        {"\"a\"", false},
        {"<a>", false},
        {"a\\b", false},
        {"a^b", false},
        {"a`b", false},
        {"a{b}", false},
        {"a|b", false},
        {"http://a", false},
        {"%", false},
        {"%4", false},
        {"%4g", false},
        {"%zz", false},
        {"caf\303\251", false},
        {"::1", false},
        {"[]", false},
        {"[", false},
        {"]", false},
        {"a]", false},
        {"[::1", false},
        {"[::1]a", false},
        {"[::1]80", false},
        {"[::1]]", false},
        {"a[::1]", false},
        {"[:]", false},
        {"[1]", false},
        {"[:::]", false},
        {"[1:::2]", false},
        {"[1::2::3]", false},
        {"[:1::2]", false},
        {"[1::2:]", false},
        {"[1:2:3:4:5:6:7]", false},
        {"[1:2:3:4:5:6:7:]", false},
        {"[1:2:3:4:5:6:7:8:9]", false},
        {"[1:2:3:4:5:6:7:8::]", false},
        {"[::1:2:3:4:5:6:7:8]", false},
        {"[1:2:3:4::5:6:7:8]", false},
        {"[12345::]", false},
        {"[g::]", false},
        {"[::1%25eth0]", false},
        {"[::1%eth0]", false},
        {"[127.0.0.1]", false},
        {"[::256.0.0.1]", false},
        {"[::1.2.3]", false},
        {"[::1.2.3.4.5]", false},
        {"[::01.2.3.4]", false},
        {"[::1.2.3.4:5]", false},
        {"[::a.2.3.4]", false},
        {"[1:2:3:4:5:6:7:1.2.3.4]", false},
        {"[1:2:3:4:5:1.2.3.4]", false},
        {"[::1:2:3:4:5:6:1.2.3.4]", false},
        {"[v.a]", false},
        {"[v1.]", false},
        {"[v1]", false},
        {"[vg.a]", false},
        {"[v1.a/b]", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span in = guard_page_copy(rows[i].text, strlen(rows[i].text));

        cr_expect_eq(http_is_authority(in), rows[i].valid, "'%s'", rows[i].text);
        guard_page_free(in);
    }
}

#define HOSTS(fields)     "GET / HTTP/1.1\r\n" fields "\r\n"
#define HOSTS_1_0(fields) "GET / HTTP/1.0\r\n" fields "\r\n"

Test(http_host, stands_once_in_a_request_and_is_an_authority)
{
    static const struct head_row rows[] = {
        HEAD_ROW("once", HOSTS("Host: a\r\n"), HEAD_TAKEN),
        HEAD_ROW("any case", HOSTS("hOST: a\r\n"), HEAD_TAKEN),
        HEAD_ROW("no space", HOSTS("Host:a\r\n"), HEAD_TAKEN),
        HEAD_ROW("white space around it", HOSTS("Host: \t a:80 \t\r\n"), HEAD_TAKEN),
        HEAD_ROW("last of the fields", HOSTS("X: y\r\nHost: a\r\n"), HEAD_TAKEN),
        HEAD_ROW("empty: the URI has no authority", HOSTS("Host:\r\n"), HEAD_TAKEN),
        HEAD_ROW("HTTP/1.0 without", HOSTS_1_0(""), HEAD_TAKEN),
        HEAD_ROW("HTTP/1.0 with", HOSTS_1_0("Host: a\r\n"), HEAD_TAKEN),
        HEAD_ROW("none", HOSTS(""), 400),
        HEAD_ROW("none but others", HOSTS("X-Host: a\r\nHosts: a\r\nHos: a\r\n"), 400),
        HEAD_ROW("twice the same", HOSTS("Host: a\r\nHost: a\r\n"), 400),
        HEAD_ROW("twice, other case", HOSTS("Host: a\r\nhost: b\r\n"), 400),
        HEAD_ROW("twice, one empty", HOSTS("Host:\r\nHost: a\r\n"), 400),
        HEAD_ROW("twice in HTTP/1.0", HOSTS_1_0("Host: a\r\nHost: b\r\n"), 400),
        HEAD_ROW("bad in HTTP/1.0", HOSTS_1_0("Host: a b\r\n"), 400),
        HEAD_ROW("port without host", HOSTS("Host: :80\r\n"), 400),
        HEAD_ROW("list", HOSTS("Host: a, b\r\n"), 400),
        HEAD_ROW("user", HOSTS("Host: u@a\r\n"), 400),
        HEAD_ROW("path", HOSTS("Host: a/b\r\n"), 400),
        HEAD_ROW("eight bits", HOSTS("Host: caf\303\251\r\n"), 400),
        HEAD_ROW("space before the colon", HOSTS("Host : a\r\n"), 400),
    };

    HEAD_ROWS_CHECK(rows);
}

Test(http_authority, has_a_port_where_digits_stand_behind_a_colon)
{
    static const struct {
        const char *text, *port;
    } rows[] = {
        {"a:80", "80"},         {"a:", ""},    {"a", ""}, {"a80", ""}, {"80", ""}, {":80", "80"},
        {"[::1]:8080", "8080"}, {"[::1]", ""}, {"", ""}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char bytes[32];
        struct shunt_span whole, got;

        /* What stands in front of it looks like the rest of one. */
        snprintf(bytes, sizeof bytes, "b:1%s", rows[i].text);
        whole = guard_page_copy(bytes, strlen(bytes));
        got = http_authority_port((struct shunt_span){whole.at + 3, whole.len - 3});
        cr_expect(shunt_span_equal(got, shunt_span_of(rows[i].port)), "%s: %.*s", rows[i].text,
                  (int)got.len, got.at);
        guard_page_free(whole);
    }
}
