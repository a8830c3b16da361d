/* Filters as a file has them. */
#include "server/config_filters.h"

#include "unit/server/config_fixture.h"

#include <criterion/criterion.h>

TestSuite(server_config_filters, .init = config_set_up, .fini = config_tear_down);

Test(server_config_filters, stand_in_their_lists_with_their_lines)
{
    cr_assert_eq(config_read("filters:\n"
                             "  - name: headers\n"
                             "    settings:\n"
                             "      set: ['A: b', 'C: d']\n"
                             "      remove: X\n"
                             "  - name: request_id\n"
                             "routes:\n"
                             "  - path: /a\n"
                             "    filters: [{name: headers, settings: {add: []}}]\n"
                             "    text: a\n"
                             "  - path: /b\n"
                             "    text: b\n"),
                 SHUNT_OK, "%s", reported);
    cr_assert_eq(config.filters.count, 2);
    cr_expect_str_eq(config.filters.items[0].name, "headers");
    cr_expect_str_eq(config.filters.items[0].label, "filter headers");
    cr_expect_eq(config.filters.items[0].line, 2);
    cr_assert_eq(config.filters.items[0].settings.count, 2);
    cr_expect_str_eq(config.filters.items[0].settings.items[0].value, "A: b\nC: d");
    cr_expect_eq(config.filters.items[0].settings.items[0].line, 4);
    cr_expect_eq(config.filters.items[1].settings.count, 0);
    cr_assert_eq(config.routes[0].filters.count, 1);
    cr_expect_str_eq(config.routes[0].filters.items[0].settings.items[0].value, "");
    cr_expect_eq(config.routes[1].filters.count, 0);
}

Test(server_config_filters, mistakes_are_named_with_their_place)
{
    static const char *const sentences[] = {
        ":2: filters[0].name: expected the name of a filter, found nothing",
        ":3: filters[1].nam: expected one of the keys name, settings, found an unknown key",
        ":4: filters[2].settings.set[1]: expected text on one line, found a mapping",
        ":5: filters[3].settings: expected a mapping, found a list",
        (":9: routes[0].filters[0].settings.set: expected text, a number or a truth value, found a "
         "mapping"),
        ":10: routes[0].filters[1]: expected a mapping, found \"headers\"",
    };

    cr_expect_eq(config_read("filters:\n"
                             "  - name: ''\n"
                             "  - nam: x\n"
                             "  - {name: headers, settings: {set: [a, {b: c}]}}\n"
                             "  - {name: headers, settings: []}\n"
                             "routes:\n"
                             "  - path: /a\n"
                             "    filters:\n"
                             "      - {name: headers, settings: {set: {a: b}}}\n"
                             "      - headers\n"
                             "    text: a\n"),
                 SHUNT_EINVAL);
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        cr_expect(strstr(reported, sentences[i]), "%s in:\n%s", sentences[i], reported);
    }
}
