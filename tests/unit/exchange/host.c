/* Hosts of routes, as they are given and as requests have them. */
#include "exchange/host.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define LABELS_8 "a.a.a.a.a.a.a.a."

Test(exchange_host, is_a_name_or_an_address_or_whatever_ends_so)
{
    static const char *const valid[] = {
        "a",
        "example.org",
        "Example.ORG",
        "*.example.org",
        "*.a",
        "127.0.0.1",
        "[::1]",
        "a_b-c",
        "x%20y",
        "*." LABELS_8 LABELS_8 LABELS_8 "a.a.a.a.a.a.a.a",
        LABELS_8 LABELS_8 LABELS_8 LABELS_8 LABELS_8 "a",
    };

    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        cr_expect_null(exchange_host_expected(valid[i]), "%s", valid[i]);
    }
}

Test(exchange_host, is_refused_otherwise)
{
    static const char *const invalid[] = {
        "",        "*",     "*.",       ".",        ".a",
        "a.",      "*.*.a", "a.*",      "a*",       "**.a",
        "a:80",    "a:",    ":80",      "[::1",     "[::1]:1",
        "*.[::1]", "a/b",   "http://a", "a b",      "user@a",
        "*.a.",    "*..a",  "a%",       "\xc3\xa4", "*." LABELS_8 LABELS_8 LABELS_8 LABELS_8 "a",
    };
    char long_one[EXCHANGE_HOST_BYTES_MAX + 2];

    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        cr_expect_not_null(exchange_host_expected(invalid[i]), "%s", invalid[i]);
    }
    memset(long_one, 'a', sizeof long_one);
    long_one[EXCHANGE_HOST_BYTES_MAX + 1] = '\0';
    cr_expect_not_null(exchange_host_expected(long_one));
    long_one[EXCHANGE_HOST_BYTES_MAX] = '\0';
    cr_expect_null(exchange_host_expected(long_one));
}

Test(exchange_host, is_spelled_from_its_end_without_case_and_port)
{
    static const struct {
        const char *authority, *text;
    } rows[] = {
        {"a.org", "gro.a"},
        {"A.Org:80", "gro.a"},
        {"a.org:", "gro.a"},
        {"a.org.", "gro.a"},
        {"a.org.:80", "gro.a"},
        {"[::1]", "]1::["},
        {"[::1]:80", "]1::["},
        {"1.2.3.4", "4.3.2.1"},
        {"", ""},
        {":80", ""},
        {".a", ""},
        {".", ""},
        {"a80", "08a"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[EXCHANGE_HOST_BYTES_MAX];
        size_t len = exchange_host_text(shunt_span_of(rows[i].authority), text);

        cr_expect(shunt_span_equal((struct shunt_span){text, len}, shunt_span_of(rows[i].text)),
                  "%s: %.*s", rows[i].authority, (int)len, text);
    }
}

Test(exchange_host, widens_label_by_label)
{
    static const struct {
        const char *host, *wider; /* the front of its key */
    } rows[] = {{"a.b.org", "gro.b."}, {"*.a.b.org", "gro.b."}, {"*.org", ""}, {"org", ""}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char key[EXCHANGE_HOST_BYTES_MAX];
        size_t len = exchange_host_key(shunt_span_of(rows[i].host), key);

        len = exchange_host_wider((struct shunt_span){key, len});
        cr_expect(shunt_span_equal((struct shunt_span){key, len}, shunt_span_of(rows[i].wider)),
                  "%s: %.*s", rows[i].host, (int)len, key);
    }
}
