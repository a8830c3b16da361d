#include "base/log_limit.h"

#include "base/log.h"

#include <criterion/criterion.h>
#include <stdio.h>

static char last[256];
static unsigned lines;

static void keep(void *arg, const char *text)
{
    (void)arg;
    snprintf(last, sizeof last, "%s", text);
    lines++;
}

Test(base_log_limit, a_line_comes_once_in_ten_seconds_with_how_many_were_held_back)
{
    struct log_limit limit = {0};

    log_errors_divert(keep, NULL);
    log_limit_line(&limit, 5, SHUNT_LOG_ERROR, "port %d", 80);
    cr_expect_str_eq(last, "port 80 (0 such before this)");
    log_limit_line(&limit, 6, SHUNT_LOG_ERROR, "port 81");
    log_limit_line(&limit, 5 + LOG_LIMIT_MS - 1, SHUNT_LOG_ERROR, "port 82");
    cr_expect_eq(lines, 1);
    log_limit_line(&limit, 5 + LOG_LIMIT_MS, SHUNT_LOG_ERROR, "port 83");
    cr_expect_eq(lines, 2);
    cr_expect_str_eq(last, "port 83 (2 such before this)");
    log_limit_line(&limit, 5 + 2 * LOG_LIMIT_MS, SHUNT_LOG_ERROR, "port 84");
    cr_expect_str_eq(last, "port 84 (0 such before this)");
    log_errors_divert(NULL, NULL);
}
