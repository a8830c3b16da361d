/* Paths of routes: which are valid, and which are the same. */
#include "exchange/pattern.h"

#include "exchange/tree.h"

#include <criterion/criterion.h>

#define EIGHT "/a/a/a/a/a/a/a/a"

Test(exchange_pattern, is_fixed_segments_and_parameters)
{
    static const char *const valid[] = {
        "/",
        "//",
        "/a",
        "/a/",
        "/a//b",
        "/%2F%7e",
        "/~!$&'()+,;=:@",
        "/{a}",
        "/{_a9}/{Ab}",
        "/a/{b}/",
        "/{rest...}",
        "/a/{b...}",
        "/{a}/{b...}",
        EIGHT EIGHT EIGHT EIGHT EIGHT,
        "/{b}" EIGHT EIGHT EIGHT "/a/a/a/a/a/a/a",
    };

    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        cr_expect_null(exchange_pattern_expected(valid[i]), "%s", valid[i]);
    }
}

Test(exchange_pattern, is_refused_with_what_was_expected)
{
    static const struct {
        const char *path, *expected;
    } rows[] = {
        {"", "absolute"},
        {"a", "absolute"},
        {"*", "absolute"},
        {"/a b", "absolute"},
        {"/a?b", "absolute"},
        {"/a#", "absolute"},
        {"/[a]", "absolute"},
        {"/\x01", "absolute"},
        {"/\xc3\xa4", "absolute"},
        {"/%", "absolute"},
        {"/%2", "absolute"},
        {"/%2g", "absolute"},
        {"/%/2f", "absolute"},
        {"/*", "whole segment"},
        {"/a*", "whole segment"},
        {"/:a", "whole segment"},
        {"/{}", "whole segment"},
        {"/{", "whole segment"},
        {"/}", "whole segment"},
        {"/{a", "whole segment"},
        {"/a{b}", "whole segment"},
        {"/{a}b", "whole segment"},
        {"/{a}{b}", "whole segment"},
        {"/{a-b}", "whole segment"},
        {"/{1}", "whole segment"},
        {"/{...}", "whole segment"},
        {"/{a..}", "whole segment"},
        {"/{a.}", "whole segment"},
        {"/{a...}/", "whole segment"},
        {"/{a...}/b", "whole segment"},
        {"/{a}/{a}", "a name for each"},
        {"/{a}/b/{a...}", "a name for each"},
        {"/{b}" EIGHT EIGHT EIGHT EIGHT, "32 segments"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *expected = exchange_pattern_expected(rows[i].path);

        cr_assert_not_null(expected, "%s", rows[i].path);
        cr_expect(strstr(expected, rows[i].expected), "%s: %s", rows[i].path, expected);
    }
}

Test(exchange_pattern, is_the_same_where_only_names_differ)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"/a", "/a", true},         {"/a", "/A", false},
        {"/a", "/a/", false},       {"/{a}", "/{bc}", true},
        {"/{a}/b", "/{c}/b", true}, {"/{a}/b", "/{c}/d", false},
        {"/{a}", "/{a...}", false}, {"/{a...}", "/{b...}", true},
        {"/{a}", "/a", false},      {"/{a}/{b}", "/{a}/b", false},
        {"/{a}", "/{a}/", false},   {"/{a", "/{b}", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(exchange_pattern_same(rows[i].a, rows[i].b), rows[i].same, "%s %s", rows[i].a,
                     rows[i].b);
        cr_expect_eq(exchange_pattern_same(rows[i].b, rows[i].a), rows[i].same, "%s %s", rows[i].b,
                     rows[i].a);
        cr_expect_eq(exchange_pattern_hash(rows[i].a) == exchange_pattern_hash(rows[i].b),
                     rows[i].same, "%s %s", rows[i].a, rows[i].b);
    }
}

Test(exchange_pattern, becomes_a_key_without_names)
{
    static const char wanted[] = "/a/\x01//\x02";
    char key[sizeof "/a/{bc}//{d...}"];
    size_t len = exchange_pattern_key(shunt_span_of("/a/{bc}//{d...}"), key);

    cr_expect_eq(len, sizeof wanted - 1);
    cr_expect_eq(memcmp(key, wanted, len), 0);
}
