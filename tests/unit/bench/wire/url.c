#include "wire/url.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

Test(bench_url, takes_hosts_addresses_ports_and_targets)
{
    static const struct {
        const char *why, *text, *host, *authority, *target;
        unsigned port;
    } rows[] = {
        {"all given", "http://a.example:8080/ws?x=1", "a.example", "a.example:8080", "/ws?x=1",
         8080},
        {"ws scheme", "ws://127.0.0.1:8101/ws", "127.0.0.1", "127.0.0.1:8101", "/ws", 8101},
        {"scheme without case", "WS://h/", "h", "h", "/", 80},
        {"nothing but a host", "http://h", "h", "h", "/", 80},
        {"port 80 is not named", "http://h:80/p", "h", "h", "/p", 80},
        {"a query without a path", "http://h?q", "h", "h", "/?q", 80},
        {"IPv6", "http://[::1]:9/x", "::1", "[::1]:9", "/x", 9},
        {"IPv6 without a port", "http://[::1]", "::1", "[::1]", "/", 80},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url url;
        char words[256] = "";
        struct error error = {.text = words, .size = sizeof words};

        cr_assert_eq(url_parse(rows[i].text, &url, &error), SHUNT_OK, "%s: %s", rows[i].why, words);
        cr_expect_str_eq(url.host, rows[i].host, "%s: %s", rows[i].why, url.host);
        cr_expect_str_eq(url.authority, rows[i].authority, "%s: %s", rows[i].why, url.authority);
        cr_expect_str_eq(url.target, rows[i].target, "%s: %s", rows[i].why, url.target);
        cr_expect_eq(url.port, rows[i].port, "%s: %u", rows[i].why, url.port);
    }
}

Test(bench_url, refuses_the_rest_with_a_sentence)
{
    static const struct {
        const char *why, *text;
    } rows[] = {
        {"no scheme", "127.0.0.1:80/"},
        {"TLS", "https://h/"},
        {"TLS", "wss://h/"},
        {"another scheme", "ftp://h/"},
        {"no host", "http:///x"},
        {"no host, a port", "http://:80/"},
        {"port 0", "http://h:0/"},
        {"port too high", "http://h:65536/"},
        {"port not a number", "http://h:x"},
        {"empty port", "http://h:/"},
        {"sign in the port", "http://h:+80"},
        {"IPv6 without brackets", "http://::1/"},
        {"bracket not closed", "http://[::1/"},
        {"text behind the bracket", "http://[::1]x/"},
        {"user", "http://me@h/"},
        {"fragment", "http://h/#top"},
        {"space", "http://h/a b"},
        {"line feed", "http://h/\nEvil: 1"},
        {"not ASCII", "http://h/\xc3\xa4"},
        {"empty", ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url url;
        char words[256] = "";
        struct error error = {.text = words, .size = sizeof words};

        cr_expect_eq(url_parse(rows[i].text, &url, &error), SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect_neq(words[0], '\0', "%s: no sentence", rows[i].why);
    }
}

Test(bench_url, refuses_what_is_too_long)
{
    static char text[4096] = "http://h/";
    struct url url;
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    memset(text + 9, 'x', sizeof url.target - 2);
    cr_assert_eq(url_parse(text, &url, &error), SHUNT_OK);
    cr_assert_eq(strlen(url.target), sizeof url.target - 1);
    text[9 + sizeof url.target - 2] = 'x';
    cr_assert_eq(url_parse(text, &url, &error), SHUNT_EINVAL);
}

Test(bench_url, resolves_an_address_without_asking_anybody)
{
    struct url url;
    struct url_address addresses[URL_ADDRESSES_MAX];
    char words[256];
    struct error error = {.text = words, .size = sizeof words};
    size_t count;

    cr_assert_eq(url_parse("http://[::1]:99/", &url, &error), SHUNT_OK);
    cr_assert_eq(url_resolve(&url, addresses, &count, &error), SHUNT_OK);
    cr_assert_eq(count, 1);
    cr_assert_eq(addresses[0].address.ss_family, AF_INET6);
    cr_assert_eq(((struct sockaddr_in6 *)&addresses[0].address)->sin6_port, htons(99));
}

Test(bench_url, a_unix_socket_has_a_path_and_may_have_a_target)
{
    static const struct {
        const char *text, *path, *target; /* path NULL: refused */
    } rows[] = {
        {"unix:/run/s.sock", "/run/s.sock", "/"},
        {"unix:/run/s.sock:/ws?a=1", "/run/s.sock", "/ws?a=1"},
        {"unix:relative:/", "relative", "/"},
        {"unix:", NULL, NULL},
        {"unix::/ws", NULL, NULL},
        {"unix:/a b", NULL, NULL},
        {"unix:/a:/b\r\nX: y", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url url;
        char words[256] = "";
        struct error error = {.text = words, .size = sizeof words};
        enum shunt_status status = url_parse(rows[i].text, &url, &error);

        cr_expect_eq(status, rows[i].path ? SHUNT_OK : SHUNT_EINVAL, "%s", rows[i].text);
        if (rows[i].path && status == SHUNT_OK) {
            cr_expect_str_eq(url.unix_path, rows[i].path);
            cr_expect_str_eq(url.target, rows[i].target);
        }
    }
}

Test(bench_url, sources_are_an_address_or_a_range)
{
    static const struct {
        const char *text;
        size_t count; /* 0: refused */
    } rows[] = {
        {"127.0.0.2", 1}, {"127.0.0.2-2", 1}, {"127.0.0.2-9", 8},  {"::1", 1},
        {"", 0},          {"host", 0},        {"127.0.0.9-2", 0},  {"127.0.0.2-256", 0},
        {"::1-5", 0},     {"127.0.0.2-", 0},  {"127.0.0.2-3x", 0}, {"127.0.0.1-200", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct url_address addresses[100];
        char words[256] = "";
        struct error error = {.text = words, .size = sizeof words};
        size_t count = 0;
        enum shunt_status status = url_sources(rows[i].text, addresses, 100, &count, &error);

        cr_expect_eq(status, rows[i].count ? SHUNT_OK : SHUNT_EINVAL, "%s", rows[i].text);
        cr_expect_eq(count, rows[i].count, "%s: %zu", rows[i].text, count);
        cr_expect(rows[i].count || words[0], "%s: no sentence", rows[i].text);
    }
}
