/* Queries and urlencoded forms (URL standard section 5.1). */
#include "support/guard.h"

#include <criterion/criterion.h>
#include <shunt/fields.h>
#include <stdio.h>

/* The pairs of `form` as "(name)" or "(name=value)", in what is valid until the next call. */
static const char *pairs_of(struct shunt_span form)
{
    static char text[256];
    struct shunt_span rest = form, name, value;
    int len = 0;

    text[0] = '\0';
    while (shunt_form_next(&rest, &name, &value)) {
        len += snprintf(text + len, sizeof text - (size_t)len, "(%.*s%s%.*s)", (int)name.len,
                        name.at, value.at ? "=" : "", (int)value.len, value.at ? value.at : "");
    }
    return text;
}

Test(shunt_form, goes_over_the_pairs_as_the_url_standard_splits_them)
{
    static const struct {
        const char *form, *want;
    } rows[] = {
        {"", ""},
        {"a=b", "(a=b)"},
        {"a=b&c=d", "(a=b)(c=d)"},
        {"a", "(a)"},
        {"a=", "(a=)"},
        {"=b", "(=b)"},
        {"=", "(=)"},
        {"&", ""},
        {"&&a&&&b=&&", "(a)(b=)"},
        {"a=b=c", "(a=b=c)"},
        {"a==", "(a==)"},
        {"a;b=c", "(a;b=c)"},
        {"a=1&a=2&a", "(a=1)(a=2)(a)"},
        {"a%26b%3Dc=d", "(a%26b%3Dc=d)"},
        {"a?b/c=#", "(a?b/c=#)"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span form = guard_page_copy(rows[i].form, strlen(rows[i].form));

        cr_expect_str_eq(pairs_of(form), rows[i].want, "%s: %s", rows[i].form, pairs_of(form));
        guard_page_free(form);
    }
    cr_expect_str_eq(pairs_of((struct shunt_span){NULL, 0}), "");
}

Test(shunt_form, has_a_plus_for_a_space)
{
    struct shunt_span got;
    char out[32];

    cr_expect_eq(shunt_form_decode(shunt_span_of("a+b%2Bc%20d"), out, sizeof out, &got), SHUNT_OK);
    cr_expect(shunt_span_equal(got, shunt_span_of("a b+c d")));
    cr_expect_eq(shunt_form_decode(shunt_span_of("+"), out, sizeof out, &got), SHUNT_OK);
    cr_expect(shunt_span_equal(got, shunt_span_of(" ")));
    cr_expect_eq(shunt_form_decode(shunt_span_of("a+%"), out, sizeof out, &got), SHUNT_EPROTO);
    cr_expect_eq(shunt_form_decode(shunt_span_of("+++"), out, 2, &got), SHUNT_ETOOBIG);
}

Test(shunt_form, finds_by_the_decoded_name_every_pair_in_turn)
{
    struct shunt_span rest = shunt_span_of("x=1&a+b=2&a%20b=3%2b&A+b=4&a%20&a+b"), got;
    char out[8];

    cr_expect_eq(shunt_form_find(&rest, "a b", out, sizeof out, &got), SHUNT_OK);
    cr_expect(shunt_span_equal(got, shunt_span_of("2")));
    cr_expect_eq(shunt_form_find(&rest, "a b", out, sizeof out, &got), SHUNT_OK);
    cr_expect(shunt_span_equal(got, shunt_span_of("3+")));
    cr_expect_eq(shunt_form_find(&rest, "a b", out, sizeof out, &got), SHUNT_OK);
    cr_expect_eq(got.len, 0);
    cr_expect_null(got.at);
    cr_expect_eq(shunt_form_find(&rest, "a b", out, sizeof out, &got), SHUNT_ENOTFOUND);
    rest = shunt_span_of("=v");
    cr_expect_eq(shunt_form_find(&rest, "", out, sizeof out, &got), SHUNT_OK);
    cr_expect(shunt_span_equal(got, shunt_span_of("v")));
}

Test(shunt_form, is_refused_where_it_is_badly_encoded_whatever_is_looked_for)
{
    static const char *const forms[] = {"a%=1&b=2", "x%zz=1&b=2", "b=%4&b=2"};

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct shunt_span rest = shunt_span_of(forms[i]), got;
        char out[8];

        cr_expect_eq(shunt_form_find(&rest, "b", out, sizeof out, &got), SHUNT_EPROTO, "%s",
                     forms[i]);
    }
}
