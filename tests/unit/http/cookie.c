/* Cookies in (RFC 6265 section 4.2) and Set-Cookie out (section 4.1). */
#include "support/guard.h"

#include <criterion/criterion.h>
#include <shunt/fields.h>
#include <stdio.h>

/* The cookies of lines as "(name|value)", in what is valid until the next call. */
static const char *cookies_of(const struct shunt_field *fields, size_t count)
{
    static char text[512];
    const struct shunt_request request = {.fields = fields, .field_count = count};
    struct shunt_cookie_cursor cursor = {0};
    struct shunt_span name, value;
    int len = 0;

    text[0] = '\0';
    while (shunt_cookie_next(&request, &cursor, &name, &value)) {
        len += snprintf(text + len, sizeof text - (size_t)len, "(%.*s|%.*s)", (int)name.len,
                        name.at, (int)value.len, value.at);
    }
    cr_expect_not(shunt_cookie_next(&request, &cursor, &name, &value), "it stays ended");
    return text;
}

Test(shunt_cookie, pairs_are_read_and_what_is_none_is_skipped)
{
    static const struct {
        const char *why, *line, *want;
    } rows[] = {
        {"nothing", "", ""},
        {"one", "a=b", "(a|b)"},
        {"two", "a=b; c=d", "(a|b)(c|d)"},
        {"no space", "a=b;c=d", "(a|b)(c|d)"},
        {"white space around pairs", " a=b ;\tc=d\t", "(a|b)(c|d)"},
        {"empty pairs", ";;a=b; ;", "(a|b)"},
        {"an empty value", "a=", "(a|)"},
        {"an equals sign in the value", "a=b=c==", "(a|b=c==)"},
        {"every kind of octet", "a=!#$%&'()*+-./0:<=>?@Z[]^_`z{|}~",
         "(a|!#$%&'()*+-./0:<=>?@Z[]^_`z{|}~)"},
        {"quotes stay", "a=\"b\"; c=\"\"", "(a|\"b\")(c|\"\")"},
        {"the same name twice", "a=1; a=2", "(a|1)(a|2)"},
        {"case counts", "a=1; A=2", "(a|1)(A|2)"},
        {"attributes of old are cookies", "$Version=1; a=b; $Path=/", "($Version|1)(a|b)($Path|/)"},
        {"no equals sign", "a; b=c", "(b|c)"},
        {"no name", "=a; b=c", "(b|c)"},
        {"a name of two words", "a b=c; d=e", "(d|e)"},
        {"a space before the equals sign", "a =b; c=d", "(c|d)"},
        {"a space behind it", "a= b; c=d", "(c|d)"},
        {"a space in the value", "a=b c; d=e", "(d|e)"},
        {"a comma", "a=b,c=d; e=f", "(e|f)"},
        {"a backslash", "a=b\\c; d=e", "(d|e)"},
        {"a quote in the value", "a=b\"c; d=e", "(d|e)"},
        {"a quote alone", "a=\"; b=c", "(b|c)"},
        {"a quote does not hide the semicolon", "a=\"b; c=d\"; e=f", "(e|f)"},
        {"three quotes", "a=\"\"\"; b=c", "(b|c)"},
        {"an escaped quote", "a=\"b\\\"c\"; d=e", "(d|e)"},
        {"UTF-8", "a=\303\251; b=c", "(b|c)"},
        {"a control", "a=b\001; c=d", "(c|d)"},
        {"DEL", "a=b\177; c=d", "(c|d)"},
        {"a tab in the value", "a=b\tc; d=e", "(d|e)"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_field field = {shunt_span_of("cookie"),
                                    guard_page_copy(rows[i].line, strlen(rows[i].line))};

        cr_expect_str_eq(cookies_of(&field, 1), rows[i].want, "%s: %s", rows[i].why,
                         cookies_of(&field, 1));
        guard_page_free(field.value);
    }
}

Test(shunt_cookie, are_those_of_every_line)
{
    const struct shunt_field fields[] = {
        {shunt_span_of("Cookie"), shunt_span_of("a=1;")},
        {shunt_span_of("Cookies"), shunt_span_of("b=2")},
        {shunt_span_of("COOKIE"), shunt_span_of("")},
        {shunt_span_of("cookie"), shunt_span_of("x; c=3")},
    };

    cr_expect_str_eq(cookies_of(fields, 4), "(a|1)(c|3)");
    cr_expect_str_eq(cookies_of(fields, 0), "");
}

Test(shunt_cookie, is_found_by_its_name_the_first_one)
{
    const struct shunt_field field = {shunt_span_of("Cookie"), shunt_span_of("aa=0; a=1; a=2; B=")};
    const struct shunt_request request = {.fields = &field, .field_count = 1};
    struct shunt_span value = {"kept", 4};

    cr_expect_not(shunt_cookie_find(&request, "b", &value));
    cr_expect_eq(value.len, 4);
    cr_expect(shunt_cookie_find(&request, "a", &value));
    cr_expect(shunt_span_equal(value, shunt_span_of("1")));
    cr_expect(shunt_cookie_find(&request, "B", &value));
    cr_expect_eq(value.len, 0);
}

#define COOKIE .size = sizeof(struct shunt_cookie)

Test(shunt_cookie, is_written_with_the_attributes_that_are_set)
{
    static const struct {
        struct shunt_cookie cookie;
        const char *want;
    } rows[] = {
        {{COOKIE, .name = "a", .value = "b"}, "a=b"},
        {{COOKIE, .name = "a"}, "a="},
        {{COOKIE, .name = "a", .value = "\"b\""}, "a=\"b\""},
        {{COOKIE, .name = "a", .value = "b", .domain = "x-1.example.org"},
         "a=b; Domain=x-1.example.org"},
        {{COOKIE, .name = "a", .value = "b", .domain = "az.AZ.09"}, "a=b; Domain=az.AZ.09"},
        {{COOKIE, .name = "a", .value = "b", .path = "/c d,e"}, "a=b; Path=/c d,e"},
        {{COOKIE, .name = "a", .value = "b", .max_age_s = 9223372036854775807},
         "a=b; Max-Age=9223372036854775807"},
        {{COOKIE, .name = "a", .value = "b", .expires_s = 784111777},
         "a=b; Expires=Sun, 06 Nov 1994 08:49:37 GMT"},
        {{COOKIE, .name = "a", .expires_s = 1}, "a=; Expires=Thu, 01 Jan 1970 00:00:01 GMT"},
        {{COOKIE, .name = "a", .value = "b", .secure = true}, "a=b; Secure"},
        {{COOKIE, .name = "a", .value = "b", .http_only = true}, "a=b; HttpOnly"},
        {{COOKIE, .name = "a", .value = "b", .same_site = SHUNT_SAME_SITE_STRICT},
         "a=b; SameSite=Strict"},
        {{COOKIE, .name = "a", .value = "b", .same_site = SHUNT_SAME_SITE_LAX},
         "a=b; SameSite=Lax"},
        {{COOKIE, .name = "a", .value = "b", .same_site = SHUNT_SAME_SITE_NONE, .secure = true},
         "a=b; SameSite=None; Secure"},
        {{COOKIE, .name = "__Host-a", .value = "b", .path = "/", .secure = true},
         "__Host-a=b; Path=/; Secure"},
        {{COOKIE, .name = "__Secure-a", .value = "b", .secure = true}, "__Secure-a=b; Secure"},
        {{COOKIE, .name = "a", .value = "b", .domain = "c.d", .path = "/", .expires_s = 1,
          .max_age_s = 1, .secure = true, .http_only = true, .same_site = SHUNT_SAME_SITE_LAX},
         "a=b; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=1; Domain=c.d; Path=/; "
         "SameSite=Lax; Secure; HttpOnly"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t want = strlen(rows[i].want), len = 0;

        for (size_t room = 0; room <= want + 1; room++) {
            const char before[256] = "";
            struct shunt_span out = guard_page_copy(before, room);

            cr_expect_eq(shunt_cookie_write(&rows[i].cookie, (char *)(uintptr_t)out.at, room, &len),
                         room == want + 1 ? SHUNT_OK : SHUNT_ETOOBIG, "%s in %zu", rows[i].want,
                         room);
            if (room == want + 1) {
                cr_expect_str_eq(out.at, rows[i].want);
                cr_expect_eq(len, want);
            }
            guard_page_free(out);
        }
    }
}

static char label_of_64[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

Test(shunt_cookie, is_refused_where_the_grammar_or_user_agents_forbid_it)
{
    static const struct {
        const char *why;
        struct shunt_cookie cookie;
    } rows[] = {
        {"no size", {.name = "a"}},
        {"no name", {COOKIE, .value = "b"}},
        {"an empty name", {COOKIE, .name = "", .value = "b"}},
        {"a name that is no token", {COOKIE, .name = "a=b", .value = "b"}},
        {"a space in the name", {COOKIE, .name = "a b", .value = "b"}},
        {"a line end in the name", {COOKIE, .name = "a\r\nX: y", .value = "b"}},
        {"a line end in the value", {COOKIE, .name = "a", .value = "b\r\nX: y"}},
        {"LF in the value", {COOKIE, .name = "a", .value = "b\nX: y"}},
        {"an attribute in the value", {COOKIE, .name = "a", .value = "b; Path=/"}},
        {"a space in the value", {COOKIE, .name = "a", .value = "b c"}},
        {"a comma in the value", {COOKIE, .name = "a", .value = "b,c"}},
        {"a quote in the value", {COOKIE, .name = "a", .value = "b\"c"}},
        {"one quote", {COOKIE, .name = "a", .value = "\""}},
        {"a backslash", {COOKIE, .name = "a", .value = "\\"}},
        {"UTF-8", {COOKIE, .name = "a", .value = "\303\251"}},
        {"an attribute in the domain", {COOKIE, .name = "a", .domain = "b;Path=/"}},
        {"a leading dot", {COOKIE, .name = "a", .domain = ".b.c"}},
        {"a trailing dot", {COOKIE, .name = "a", .domain = "b.c."}},
        {"an empty label", {COOKIE, .name = "a", .domain = "b..c"}},
        {"an empty domain", {COOKIE, .name = "a", .domain = ""}},
        {"white space in a domain", {COOKIE, .name = "a", .domain = "b .c"}},
        {"white space around a domain", {COOKIE, .name = "a", .domain = " b.c"}},
        {"a tab in a domain", {COOKIE, .name = "a", .domain = "b.c\t"}},
        {"a hyphen at a label's front", {COOKIE, .name = "a", .domain = "-b.c"}},
        {"a hyphen at a label's end", {COOKIE, .name = "a", .domain = "b-.c"}},
        {"an underscore", {COOKIE, .name = "a", .domain = "b_c"}},
        {"a port", {COOKIE, .name = "a", .domain = "b:80"}},
        {"a label of 64 bytes", {COOKIE, .name = "a", .domain = label_of_64}},
        {"a path without a slash", {COOKIE, .name = "a", .path = "b"}},
        {"an empty path", {COOKIE, .name = "a", .path = ""}},
        {"an attribute in the path", {COOKIE, .name = "a", .path = "/; Domain=b"}},
        {"a line end in the path", {COOKIE, .name = "a", .path = "/\r\nX: y"}},
        {"DEL in the path", {COOKIE, .name = "a", .path = "/\177"}},
        {"UTF-8 in the path", {COOKIE, .name = "a", .path = "/\303\251"}},
        {"a space at the path's end", {COOKIE, .name = "a", .path = "/b "}},
        {"a negative age", {COOKIE, .name = "a", .max_age_s = -1}},
        {"a negative date", {COOKIE, .name = "a", .expires_s = -1}},
        {"no such SameSite", {COOKIE, .name = "a", .same_site = (enum shunt_same_site)4}},
        {"SameSite=None without Secure", {COOKIE, .name = "a", .same_site = SHUNT_SAME_SITE_NONE}},
        {"__Host- without Secure", {COOKIE, .name = "__Host-a", .path = "/"}},
        {"__Host- without a path", {COOKIE, .name = "__Host-a", .secure = true}},
        {"__Host- with another path", {COOKIE, .name = "__Host-a", .path = "/b", .secure = true}},
        {"__Host- with a domain",
         {COOKIE, .name = "__Host-a", .path = "/", .secure = true, .domain = "b.c"}},
        {"__host- in lower case", {COOKIE, .name = "__host-a"}},
        {"__Secure- without Secure", {COOKIE, .name = "__Secure-a"}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[256] = "";
        size_t len = 7;

        cr_expect_eq(shunt_cookie_write(&rows[i].cookie, out, sizeof out, &len), SHUNT_EINVAL, "%s",
                     rows[i].why);
        cr_expect_eq(len, 7);
    }
}
