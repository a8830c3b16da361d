/* Sentences in order, and no more than fit. */
#include "base/error.h"

#include <criterion/criterion.h>
#include <string.h>

static char text[200];

Test(base_error, sorts_by_line_with_the_whole_file_first_and_calls_last)
{
    struct error error = {.where = "f", .text = text, .size = sizeof text};

    error_add(&error, 0, "of a call");
    error_add(&error, 7, "seven");
    error_add(&error, 2, "two");
    error_add(&error, 7, "seven again");
    cr_expect_eq(error_add(&error, ERROR_LINE_WHOLE, "all"), SHUNT_EINVAL);
    cr_expect_str_eq(text, "f: all\nf:2: two\nf:7: seven\nf:7: seven again\nof a call");
}

Test(base_error, goes_on_in_another_buffer)
{
    char first[80], second[80];
    struct error error = {.text = first, .size = sizeof first};
    struct error next = {.text = second, .size = sizeof second};

    error_add(&error, 2, "two");
    error_resume(&next, &error);
    error_add(&next, 1, "one");
    cr_expect_str_eq(first, "two");
    cr_expect_str_eq(second, "one\ntwo");
    error_resume(&next, &(struct error){.text = NULL});
    cr_expect_str_eq(second, "", "nothing to go on with");
}

Test(base_error, cuts_what_does_not_fit)
{
    char small[12];
    struct error error = {.text = small, .size = sizeof small};

    error_add(&error, 5, "five");
    error_add(&error, 3, "three");
    error_add(&error, 4, "four");
    cr_expect_str_eq(small, "three\nfour\n");
}

Test(base_error, is_set_to_one_sentence_and_gives_the_status)
{
    struct error error = {.where = "f", .text = text, .size = sizeof text};

    error_add(&error, 3, "three");
    cr_expect_eq(error_set(&error, SHUNT_ENOMEM, "no room for %d", 5), SHUNT_ENOMEM);
    cr_expect_str_eq(text, "f: no room for 5");
    cr_expect_eq(error.count, 1);
    error_add(&error, 3, "three");
    cr_expect_str_eq(text, "f: no room for 5\nf:3: three");
    error_clear(&error);
    cr_expect_str_eq(text, "");
    cr_expect_eq(error.count, 0);
    cr_expect_eq(error_set(NULL, SHUNT_EINVAL, "nobody wants to know"), SHUNT_EINVAL);
}
