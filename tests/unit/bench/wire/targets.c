#include "wire/targets.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static char words[4096];
static struct error error = {.text = words, .size = sizeof words};

Test(bench_targets, a_url_has_the_weight_before_it_or_1)
{
    struct targets targets = {.count = 0};

    cr_assert_eq(targets_add(&targets, "http://h:81/a", &error), SHUNT_OK);
    cr_assert_eq(targets_add(&targets, "25  ws://H:81/b?c", &error), SHUNT_OK);
    cr_assert_eq(targets_add(&targets, "1000000\thttp://h:81", &error), SHUNT_OK);
    cr_assert_eq(targets.count, 3);
    cr_expect_eq(targets.each[0].weight, 1);
    cr_expect_str_eq(targets.each[0].text, "http://h:81/a");
    cr_expect_eq(targets.each[1].weight, 25);
    cr_expect_str_eq(targets.each[1].text, "ws://H:81/b?c");
    cr_expect_str_eq(targets.each[1].url.target, "/b?c");
    cr_expect_eq(targets.each[2].weight, 1000000);
    cr_expect_str_eq(targets.each[2].url.target, "/");
    targets_fini(&targets);
    cr_expect_eq(targets.count, 0);
}

Test(bench_targets, what_is_none_or_of_another_server_is_a_sentence)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "expected http://HOST:PORT/PATH"},
        {"x", "expected http://HOST:PORT/PATH"},
        {"0 http://h/", "'0 http://h/': expected a URL, or a weight from 1 to 1000000, a space"},
        {"1000001 http://h/", "expected a URL, or a weight"},
        {"99999999999999999999 http://h/", "expected a URL, or a weight"},
        {"4294967297 http://h/", "expected a URL, or a weight"},
        {"5http://h/", "expected a URL, or a weight"},
        {"5", "expected a URL, or a weight"},
        {"5 ", "expected http://HOST:PORT/PATH"},
        {"1.5 http://h/", "expected a URL, or a weight"},
        {"-1 http://h/", "expected http://HOST:PORT/PATH"},
        {"3 https://h/", "TLS is not measured"},
        {"http://h:81/", "'http://h:81/' is of another server than 'http://h/a': one at a time"},
        {"2 http://g/", "'http://g/' is of another server than 'http://h/a': one at a time"},
        {"unix:/s:/a", "'unix:/s:/a' is of another server than 'http://h/a'"},
    };
    struct targets targets = {.count = 0};

    cr_assert_eq(targets_add(&targets, "http://h/a", &error), SHUNT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(targets_add(&targets, rows[i].text, &error), SHUNT_EINVAL, "%s", rows[i].text);
        cr_expect(strstr(words, rows[i].want) != NULL, "%s: %s", rows[i].text, words);
    }
    cr_expect_eq(targets.count, 1);
    targets_fini(&targets);
}

Test(bench_targets, urls_of_one_socket_are_of_one_server)
{
    struct targets targets = {.count = 0};

    cr_expect_eq(targets_add(&targets, "unix:/s:/a", &error), SHUNT_OK);
    cr_expect_eq(targets_add(&targets, "2 unix:/s:/b", &error), SHUNT_OK);
    cr_expect_eq(targets_add(&targets, "unix:/t:/b", &error), SHUNT_EINVAL);
    targets_fini(&targets);
}

Test(bench_targets, lines_have_comments_and_white_space)
{
    char lines[] = "# a list\n\n  \t\r\nhttp://h/a\r\n\t9 http://h/b  # the most\n"
                   "2 http://h/c#\n";
    struct targets targets = {.count = 0};

    cr_expect_eq(targets_add_lines(&targets, "list", lines, &error), SHUNT_EINVAL);
    cr_expect_str_eq(words, "list:6: 'http://h/c#': a space, a control byte, '#' or what is not "
                            "ASCII");
    cr_assert_eq(targets.count, 2);
    cr_expect_str_eq(targets.each[0].text, "http://h/a");
    cr_expect_str_eq(targets.each[1].text, "http://h/b");
    cr_expect_eq(targets.each[1].weight, 9);
    targets_fini(&targets);
}

Test(bench_targets, the_last_line_needs_no_end_and_none_at_all_is_a_sentence)
{
    char last[] = "3 http://h/a", none[] = "# nothing\n", nothing[] = "";
    struct targets targets = {.count = 0};

    cr_expect_eq(targets_add_lines(&targets, "list", last, &error), SHUNT_OK);
    cr_expect_eq(targets.count, 1);
    cr_expect_eq(targets_add_lines(&targets, "list", none, &error), SHUNT_EINVAL);
    cr_expect_str_eq(words, "list: no URL is in it");
    cr_expect_eq(targets_add_lines(&targets, "list", nothing, &error), SHUNT_EINVAL);
    targets_fini(&targets);
}

Test(bench_targets, more_than_there_may_be_are_refused)
{
    struct targets targets = {.count = 0};

    for (int i = 0; i < TARGETS_MAX; i++) {
        char text[64];

        snprintf(text, sizeof text, "http://h/%d", i);
        cr_assert_eq(targets_add(&targets, text, &error), SHUNT_OK);
    }
    cr_expect_eq(targets_add(&targets, "http://h/more", &error), SHUNT_EINVAL);
    cr_expect_str_eq(words, "more than 1024 URLs");
    targets_fini(&targets);
}
