/* Sentences in order, and no more than are read. */
#include "server/config_report.h"

#include "unit/server/config_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(server_config_report, .init = config_set_up, .fini = config_tear_down);

Test(server_config_report, stops_after_twenty_mistakes_and_says_that_there_are_more)
{
    char yaml[600] = "", *at = yaml;

    for (unsigned i = 0; i < 40; i++) {
        at += sprintf(at, "key%u: 1\n", i);
    }
    cr_assert_eq(config_read(yaml), SHUNT_EINVAL);
    cr_expect_eq(reported_lines(), 21, "%s", reported);
    cr_expect(strstr(reported, "\nand more mistakes than 20"), "%s", reported);
}

Test(server_config_report, sorts_by_line_with_the_whole_file_first_and_calls_last)
{
    struct config_report report = {.file = "f", .error = reported, .error_size = sizeof reported};

    config_refuse(&report, 0, "of a call");
    config_refuse(&report, 7, "seven");
    config_refuse(&report, 2, "two");
    config_refuse(&report, 7, "seven again");
    cr_expect_eq(config_refuse(&report, CONFIG_LINE_WHOLE, "all"), SHUNT_EINVAL);
    cr_expect_str_eq(reported, "f: all\nf:2: two\nf:7: seven\nf:7: seven again\nof a call");
}

Test(server_config_report, goes_on_in_another_buffer)
{
    char first[80], second[80];
    struct config_report report = {.error = first, .error_size = sizeof first}, next;

    config_refuse(&report, 2, "two");
    config_report_resume(&next, &report, second, sizeof second);
    config_refuse(&next, 1, "one");
    cr_expect_str_eq(first, "two");
    cr_expect_str_eq(second, "one\ntwo");
    config_report_resume(&next, &(struct config_report){.error = NULL}, second, sizeof second);
    cr_expect_str_eq(second, "", "nothing to go on with");
}

Test(server_config_report, cuts_what_does_not_fit)
{
    char small[12];
    struct config_report report = {.error = small, .error_size = sizeof small};

    config_refuse(&report, 5, "five");
    config_refuse(&report, 3, "three");
    config_refuse(&report, 4, "four");
    cr_expect_str_eq(small, "three\nfour\n");
}
