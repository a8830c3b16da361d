/* Methods by number. */
#include "exchange/methods.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct exchange_methods methods;

static void init(void)
{
    exchange_methods_init(&methods);
}

TestSuite(exchange_methods, .init = init);

Test(exchange_methods, seven_are_known_by_their_numbers)
{
    static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};

    for (unsigned i = 0; i < EXCHANGE_METHODS; i++) {
        cr_expect_eq(exchange_methods_find(&methods, shunt_span_of(names[i])), i, "%s", names[i]);
    }
    cr_expect_eq(exchange_methods_all(&methods), 0x7f);
}

Test(exchange_methods, others_are_not_known)
{
    static const char *const names[] = {"", "get", "GE", "GETS", "PROPFIND", "CONNECT", "TRACE"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        cr_expect_eq(exchange_methods_find(&methods, shunt_span_of(names[i])), methods.count, "%s",
                     names[i]);
    }
}

Test(exchange_methods, others_become_known_once_until_the_word_is_full)
{
    static char names[EXCHANGE_METHODS_MAX][8];
    uint64_t set = 0;

    for (unsigned i = EXCHANGE_METHODS; i < EXCHANGE_METHODS_MAX; i++) {
        snprintf(names[i], sizeof *names, "M%u", i);
        cr_assert_eq(exchange_methods_add(&methods, names[i], &set), SHUNT_OK);
        cr_assert_eq(exchange_methods_add(&methods, names[i], &set), SHUNT_OK);
        cr_expect_eq(exchange_methods_find(&methods, shunt_span_of(names[i])), i);
    }
    cr_expect_eq(exchange_methods_add(&methods, "ONE-MORE", &set), SHUNT_ETOOBIG);
    cr_expect_eq(exchange_methods_find(&methods, shunt_span_of("ONE-MORE")), methods.count);
    cr_expect_eq(set, UINT64_MAX - 0x7f);
    cr_expect_eq(exchange_methods_add(&methods, "PUT", &set), SHUNT_OK, "that is known");
    cr_expect_eq(exchange_methods_all(&methods), UINT64_MAX);
}

Test(exchange_methods, a_set_is_written_as_a_list)
{
    char text[EXCHANGE_METHODS_TEXT_BYTES];
    uint64_t set = 0;

    exchange_methods_write(&methods, 0, text);
    cr_expect_str_eq(text, "");
    cr_assert_eq(exchange_methods_add(&methods, "LOCK", &set), SHUNT_OK);
    exchange_methods_write(&methods, set, text);
    cr_expect_str_eq(text, "LOCK");
    exchange_methods_write(&methods, exchange_methods_all(&methods), text);
    cr_expect_str_eq(text, "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, LOCK");
}

Test(exchange_methods, a_route_is_for_tokens_but_connect_and_trace)
{
    static const struct {
        const char *name;
        bool fits;
    } rows[] = {
        {"GET", true},
        {"PROPFIND", true},
        {"get", true},
        {"M-SEARCH", true},
        {"", false},
        {"G T", false},
        {"GET,", false},
        {"CONNECT", false},
        {"TRACE", false},
        {"trace", true},
        {"a234567890123456789012345678901234567890123456789012345678901234", true},
        {"a2345678901234567890123456789012345678901234567890123456789012345", false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(exchange_method_expected(rows[i].name) == NULL, rows[i].fits, "%s",
                     rows[i].name);
    }
}
