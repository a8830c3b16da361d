/* What a plugin finds wrong in its settings is a reason, or only a line of the log. */
#include "server/faults.h"

#include "base/log.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>

static struct plugin_settings settings;
static struct plugin_asked asked;
static struct faults faults;
static char reported[1024];
static struct error report = {.where = "c.yaml", .text = reported, .size = sizeof reported};

static void set_up(void)
{
    settings = (struct plugin_settings){.file = "c.yaml", .owner = "plugin p", .asked = &asked};
    cr_assert_eq(plugin_settings_add(&settings, "size", "1", 5), SHUNT_OK);
    cr_assert_eq(plugin_settings_add(&settings, "rate", "fast", 6), SHUNT_OK);
    error_clear(&report);
}

static void tear_down(void)
{
    plugin_settings_fini(&settings);
}

TestSuite(server_faults, .init = set_up, .fini = tear_down);

static void read_settings(bool failed)
{
    uint64_t rate = 0;

    faults_begin(&faults, &settings, 3);
    log_error("p: the sizes do not fit");
    log_error("p: size: too small");
    cr_expect_eq(plugin_setting_number(plugin_settings_lend(&settings), "rate", 1, 9, &rate),
                 SHUNT_EINVAL);
    faults_end(&faults, failed, &report);
}

Test(server_faults, of_a_call_that_failed_are_in_the_report_by_line)
{
    read_settings(true);
    cr_expect_str_eq(reported, "c.yaml:3: p: the sizes do not fit\nc.yaml:5: p: size: too small\n"
                               "c.yaml:6: rate of plugin p: expected a whole number from 1 to 9, "
                               "found \"fast\"");
}

Test(server_faults, of_a_call_that_succeeded_are_in_the_log)
{
    char text[1024];
    size_t len;
    FILE *log;

    cr_redirect_stderr();
    read_settings(false);
    cr_expect_str_eq(reported, "");
    log = cr_get_redirected_stderr();
    len = fread(text, 1, sizeof text - 1, log);
    text[len] = '\0';
    cr_expect(strstr(text, "c.yaml:3: p: the sizes do not fit\n"), "%s", text);
    cr_expect(strstr(text, "c.yaml:5: p: size: too small\n"), "%s", text);
    cr_expect(strstr(text, "c.yaml:6: rate of plugin p: expected a whole number "), "%s", text);
}

Test(server_faults, end_with_the_call)
{
    read_settings(true);
    error_clear(&report);
    cr_redirect_stderr();
    log_error("of nobody's call");
    cr_expect_eq(report.count, 0);
    cr_expect_null(asked.refused);
}
