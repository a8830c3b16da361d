#include "exchange/log_format.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(exchange_log_format, takes_the_ready_made_and_ones_of_ones_own)
{
    static const char *const rows[] = {
        "common",
        "combined",
        "json",
        "${status}",
        "$$${status}$$",
        "${request.User-Agent}${response.X-Id}",
        "{\"a\":\"${path}\",\"n\":${bytes}}",
        "{\"a\":\"\\\"${path}\",\"n\":${bytes}}",
        "a\t${status}",
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct exchange_log_format *format;
        char error[256] = "";

        cr_assert_eq(exchange_log_format_create(rows[i], &format, error, sizeof error), SHUNT_OK,
                     "%s: %s", rows[i], error);
        cr_expect_eq(format->escape == EXCHANGE_LOG_JSON, *rows[i] == '{' || *rows[i] == 'j');
        exchange_log_format_destroy(format);
    }
    exchange_log_format_destroy(NULL);
}

Test(exchange_log_format, names_what_was_expected_and_found)
{
    static const struct {
        const char *why, *text, *want;
    } rows[] = {
        {"nothing", "", "expected common, combined, json, or a text with ${names}, found \"\""},
        {"a word", "commmon",
         "expected common, combined, json, or a text with ${names}, found \"commmon\""},
        {"an unknown name", "a ${stats} b",
         "expected a name such as ${status} or ${request.User-Agent}, found \"${stats}\""},
        {"a name and more", "${status.x}",
         "expected a name such as ${status} or ${request.User-Agent}, found \"${status.x}\""},
        {"no field", "${request.}",
         "expected a name such as ${status} or ${request.User-Agent}, found \"${request.}\""},
        {"no field's name", "${request.a b}",
         "expected a name such as ${status} or ${request.User-Agent}, found \"${request.a b}\""},
        {"an end that is missing", "${status", "expected a } behind ${, found \"${status\""},
        {"a $ alone", "$status", "expected ${name}, or $$ for a $, found \"$status\""},
        {"a line end", "${status}\nx", "expected a text without control characters, found \"\nx\""},
        {"text of JSON without quotes", "{\"a\":${path}}",
         "expected a value that is no number within quotes, found \"${path}\""},
        {"a string of JSON without an end", "{\"a\":\"${path}}",
         "expected quotes in pairs, found \"{\"a\":\"${path}}\""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct exchange_log_format *format = NULL;
        char error[256] = "";

        cr_expect_eq(exchange_log_format_create(rows[i].text, &format, error, sizeof error),
                     SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect_str_eq(error, rows[i].want, "%s: %s", rows[i].why, error);
        cr_expect_null(format);
    }
}

Test(exchange_log_format, is_bounded)
{
    static char text[EXCHANGE_LOG_FORMAT_BYTES_MAX + 2];
    struct exchange_log_format *format = NULL;
    char error[256] = "";

    memset(text, 'a', sizeof text - 1);
    memcpy(text, "${status}", 9);
    cr_expect_eq(exchange_log_format_create(text, &format, error, sizeof error), SHUNT_EINVAL);
    cr_expect_str_eq(error, "expected at most 4096 bytes, found 4097");
    text[EXCHANGE_LOG_FORMAT_BYTES_MAX] = '\0';
    cr_expect_eq(exchange_log_format_create(text, &format, error, sizeof error), SHUNT_OK);
    exchange_log_format_destroy(format);
    *text = '\0';
    for (unsigned i = 0; i < 500; i++) {
        strcat(text, "${time}");
    }
    cr_expect_eq(exchange_log_format_create(text, &format, error, sizeof error), SHUNT_EINVAL);
    cr_expect_eq(strncmp(error, "expected fewer values, found", 28), 0, "%s", error);
}

/* Whatever the text, it is a format or there is a sentence about it. */
Test(exchange_log_format, random_texts_are_taken_or_refused)
{
    static const char *const parts[] = {"$",  "{",         "}",        "\"",     "\\", "${status}",
                                        "${", "${path}",   "request.", "$$",     " ",  "a",
                                        "\n", "${request", "${time}",  "${peer}"};

    srandom(1);
    for (unsigned round = 0; round < 20000; round++) {
        struct exchange_log_format *format = NULL;
        char text[256] = "", error[256] = "";

        for (unsigned i = (unsigned)random() % 12; i > 0; i--) {
            strcat(text, parts[(size_t)random() % (sizeof parts / sizeof *parts)]);
        }
        if (exchange_log_format_create(text, &format, error, sizeof error) == SHUNT_OK) {
            exchange_log_format_destroy(format);
        } else {
            cr_assert_eq(strncmp(error, "expected ", 9), 0, "%s: %s", text, error);
        }
    }
}
