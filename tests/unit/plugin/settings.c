/* plugin/settings.h */
#include "plugin/settings.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct plugin_settings settings;
static char logged[1024];

static void tear_down(void)
{
    plugin_settings_fini(&settings);
}

TestSuite(plugin_settings, .fini = tear_down);

static void add(const char *key, const char *value)
{
    cr_assert_eq(plugin_settings_add(&settings, key, value, 7), SHUNT_OK);
}

/* What is logged between the two calls lands in `logged`. */
static int log_kept, log_pipe[2];

static void log_catch(void)
{
    cr_assert_eq(pipe2(log_pipe, O_CLOEXEC | O_NONBLOCK), 0);
    log_kept = dup(STDERR_FILENO);
    dup2(log_pipe[1], STDERR_FILENO);
}

static void log_caught(void)
{
    ssize_t len = read(log_pipe[0], logged, sizeof logged - 1);

    logged[len > 0 ? len : 0] = '\0';
    dup2(log_kept, STDERR_FILENO);
    close(log_kept);
    close(log_pipe[0]);
    close(log_pipe[1]);
}

Test(plugin_settings, gives_back_a_copy_of_what_was_added)
{
    char key[] = "service", value[] = "echo";

    add(key, value);
    key[0] = value[0] = '?';
    cr_expect_str_eq(plugin_setting_get(plugin_settings_lend(&settings), "service"), "echo");
    cr_expect_null(plugin_setting_get(plugin_settings_lend(&settings), "Service"));
}

Test(plugin_settings, refuses_a_key_twice_and_keeps_the_first)
{
    add("a", "1");
    cr_expect_eq(plugin_settings_add(&settings, "a", "2", 8), SHUNT_EINVAL);
    cr_expect_eq(settings.count, 1);
    cr_expect_str_eq(plugin_setting_get(plugin_settings_lend(&settings), "a"), "1");
}

Test(plugin_settings, notes_each_key_that_was_asked_for_once)
{
    struct plugin_asked asked = {.keys = ""};

    add("ab", "1");
    settings.asked = &asked;
    plugin_setting_get(plugin_settings_lend(&settings), "abc");
    plugin_setting_get(plugin_settings_lend(&settings), "ab");
    plugin_setting_get(plugin_settings_lend(&settings), "bc");
    plugin_setting_get(plugin_settings_lend(&settings), "ab");
    cr_expect_str_eq(asked.keys, "abc, ab, bc");
    for (unsigned i = 0; i < 500; i++) {
        char key[8];

        snprintf(key, sizeof key, "k%u", i);
        plugin_setting_get(plugin_settings_lend(&settings), key);
    }
    cr_expect_lt(strlen(asked.keys), sizeof asked.keys, "what does not fit is left out");
}

Test(plugin_settings, tells_those_that_nobody_asked_for)
{
    add("a", "1");
    add("b", "1");
    add("c", "1");
    plugin_setting_get(plugin_settings_lend(&settings), "b");
    cr_expect_str_eq(plugin_settings_unused(&settings, &settings.items[0])->key, "c");
    cr_expect_null(plugin_settings_unused(&settings, &settings.items[2]));
}

Test(plugin_settings, tells_the_first_that_nobody_asked_for)
{
    uint64_t number;
    bool truth;

    add("a", "1");
    add("b", "1");
    add("c", "yes");
    cr_expect_str_eq(plugin_settings_unused(&settings, NULL)->key, "a");
    plugin_setting_get(plugin_settings_lend(&settings), "a");
    cr_expect_str_eq(plugin_settings_unused(&settings, NULL)->key, "b");
    cr_expect_eq(plugin_setting_number(plugin_settings_lend(&settings), "b", 0, 9, &number),
                 SHUNT_OK);
    cr_expect_str_eq(plugin_settings_unused(&settings, NULL)->key, "c");
    cr_expect_eq(plugin_setting_bool(plugin_settings_lend(&settings), "c", &truth), SHUNT_OK);
    cr_expect_null(plugin_settings_unused(&settings, NULL));
}

Test(plugin_settings, read_numbers_and_units_where_the_key_says_bytes)
{
    static const struct {
        const char *key, *text;
        enum shunt_status status;
        uint64_t number;
    } rows[] = {
        {"n", "0", SHUNT_OK, 0},
        {"n", "007", SHUNT_OK, 7},
        {"n", "18446744073709551615", SHUNT_OK, UINT64_MAX},
        {"n", "18446744073709551616", SHUNT_EINVAL, 0},
        {"n", "99999999999999999999999", SHUNT_EINVAL, 0},
        {"n", "", SHUNT_EINVAL, 0},
        {"n", "-1", SHUNT_EINVAL, 0},
        {"n", "+1", SHUNT_EINVAL, 0},
        {"n", " 1", SHUNT_EINVAL, 0},
        {"n", "1 ", SHUNT_EINVAL, 0},
        {"n", "0x10", SHUNT_EINVAL, 0},
        {"n", "1.5", SHUNT_EINVAL, 0},
        {"n", "1K", SHUNT_EINVAL, 0},
        {"bytes_max", "1K", SHUNT_OK, 1024},
        {"body_bytes_max", "2M", SHUNT_OK, 2097152},
        {"body_bytes", "3G", SHUNT_OK, 3221225472},
        {"bytes", "K", SHUNT_EINVAL, 0},
        {"bytes", "1KB", SHUNT_EINVAL, 0},
        {"bytes", "1k", SHUNT_EINVAL, 0},
        {"bytes", "18014398509481984K", SHUNT_EINVAL, 0},
        {"bytes", "18014398509481983K", SHUNT_OK, 18446744073709550592u},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t number = 0;
        enum shunt_status got = plugin_number_parse(rows[i].key, rows[i].text, &number);

        cr_expect_eq(got, rows[i].status, "%s: \"%s\"", rows[i].key, rows[i].text);
        cr_expect_eq(number, rows[i].number, "%s: \"%s\"", rows[i].key, rows[i].text);
    }
}

Test(plugin_settings, leave_the_value_alone_when_the_key_is_not_set)
{
    uint64_t number = 42;
    bool truth = true;

    cr_expect_eq(plugin_setting_number(plugin_settings_lend(&settings), "n", 1, 2, &number),
                 SHUNT_OK);
    cr_expect_eq(plugin_setting_bool(plugin_settings_lend(&settings), "b", &truth), SHUNT_OK);
    cr_expect_eq(number, 42);
    cr_expect(truth);
}

Test(plugin_settings, refuse_a_number_out_of_range_and_log_file_line_and_key)
{
    uint64_t number = 42;

    settings.file = "a.yaml";
    settings.owner = "plugin rail";
    add("gauge", "11");
    cr_expect_eq(plugin_setting_number(plugin_settings_lend(&settings), "gauge", 1, 11, &number),
                 SHUNT_OK);
    cr_expect_eq(number, 11);
    log_catch();
    cr_expect_eq(plugin_setting_number(plugin_settings_lend(&settings), "gauge", 1, 10, &number),
                 SHUNT_EINVAL);
    log_caught();
    cr_expect_eq(number, 11);
    cr_expect(strstr(logged, "a.yaml:7: gauge of plugin rail: expected a whole number from 1 to "
                             "10, found \"11\"\n"),
              "%s", logged);
}

Test(plugin_settings, read_truth_in_six_words_and_refuse_others)
{
    static const struct {
        const char *text;
        int truth; /* -1: refused */
    } rows[] = {{"true", 1}, {"yes", 1}, {"on", 1}, {"false", 0}, {"no", 0},
                {"off", 0},  {"1", -1},  {"", -1},  {"True", -1}, {"maybe", -1}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool truth = rows[i].truth != 1;
        enum shunt_status got;

        add("b", rows[i].text);
        log_catch();
        got = plugin_setting_bool(plugin_settings_lend(&settings), "b", &truth);
        log_caught();
        cr_expect_eq(got, rows[i].truth < 0 ? SHUNT_EINVAL : SHUNT_OK, "%s", rows[i].text);
        if (rows[i].truth >= 0) {
            cr_expect_eq(truth, rows[i].truth == 1, "%s", rows[i].text);
        } else {
            cr_expect(strstr(logged, "b of settings: expected true, false, yes"), "%s", logged);
        }
        plugin_settings_fini(&settings);
    }
}
