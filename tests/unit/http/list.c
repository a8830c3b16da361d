/* Lists, tokens and values (RFC 9110 sections 5.5 and 5.6). */
#include "http/list.h"
#include "support/guard.h"

#include <criterion/criterion.h>

Test(http_list, goes_over_the_elements_of_all_lines_of_a_name_in_order)
{
    static const char *const lines[][2] = {
        {"Upgrade", "a, b/1"},
        {"Other", "x"},
        {"UPGRADE", ""},
        {"upgrade", " , ,c ,\t"},
        {"upgrade", "\"d,e\" ,f=\"g\\\",h\",i"},
        {"upgrade", "j,\"k, l"},
    };
    static const char *const want[] = {"a", "b/1", "c",     "\"d,e\"", "f=\"g\\\",h\"",
                                       "i", "j",   "\"k, l"};
    struct shunt_field fields[sizeof lines / sizeof *lines + 1];
    const size_t count = sizeof lines / sizeof *lines;
    struct http_list_cursor cursor = {0};
    struct shunt_span element;
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        fields[i].name = shunt_span_of(lines[i][0]);
        fields[i].value = guard_page_copy(lines[i][1], strlen(lines[i][1]));
    }
    fields[count] = (struct shunt_field){shunt_span_of("Upgrade"), shunt_span_of("behind the end")};
    while (http_list_next(fields, count, "Upgrade", &cursor, &element)) {
        cr_assert_lt(found, sizeof want / sizeof *want);
        cr_expect(shunt_span_equal(element, shunt_span_of(want[found])), "%zu: %.*s", found,
                  (int)element.len, element.at);
        found++;
    }
    cr_expect_eq(found, sizeof want / sizeof *want);
    cr_expect_not(http_list_next(fields, count, "Upgrade", &cursor, &element), "it stays ended");
    cursor = (struct http_list_cursor){0};
    cr_expect_not(http_list_next(fields, count, "Upgrad", &cursor, &element));
    for (size_t i = 0; i < count; i++) {
        guard_page_free(fields[i].value);
    }
}

Test(http_list, ends_at_an_escape_that_the_value_cuts_off)
{
    struct shunt_field field = {shunt_span_of("A"), guard_page_copy("\"a\\", 3)};
    struct http_list_cursor cursor = {0};
    struct shunt_span element;

    cr_expect(http_list_next(&field, 1, "a", &cursor, &element));
    cr_expect_eq(element.len, 3);
    cr_expect_not(http_list_next(&field, 1, "a", &cursor, &element));
    guard_page_free(field.value);
}

Test(http_token, is_one_tchar_or_more)
{
    cr_expect_not(http_is_token((struct shunt_span){NULL, 0}));
    for (int c = 0; c < 256; c++) {
        char text[] = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', (char)c, 'i'};
        bool tchar = c != 0 && strchr("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                                      c) != NULL;

        cr_expect_eq(http_is_token((struct shunt_span){text, sizeof text}), tchar, "%d", c);
        cr_expect_eq(http_is_token((struct shunt_span){text + 8, 1}), tchar, "%d", c);
    }
}

Test(http_field_value, is_visible_bytes_with_white_space_only_inside)
{
    cr_expect(http_is_field_value((struct shunt_span){NULL, 0}));
    for (int c = 0; c < 256; c++) {
        char text[] = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', (char)c, 'i'};
        bool blank = c == ' ' || c == '\t', visible = c > ' ' && c != 127;

        cr_expect_eq(http_is_field_value((struct shunt_span){text, 10}), visible || blank, "%d", c);
        cr_expect_eq(http_is_field_value((struct shunt_span){text, 9}), visible, "%d", c);
        cr_expect_eq(http_is_field_value((struct shunt_span){text + 8, 2}), visible, "%d", c);
        cr_expect_eq(http_is_field_value((struct shunt_span){text + 8, 1}), visible, "%d", c);
    }
}
