/* The scenario upgrade as a user gives it. */
#include "scenario.h"

#include <argp.h>
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 16

static int upgrade(const char *const *words)
{
    char *argv[WORDS_MAX] = {(char *)(uintptr_t) "shunt-bench upgrade"};
    int argc = 1;

    for (; words[argc - 1]; argc++) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    }
    argp_err_exit_status = BENCH_USAGE;
    return scenario_upgrade(argc, argv, argc, argv);
}

static json_t *result_of(const char *const *more)
{
    char file[] = "/tmp/bench_upgrade_XXXXXX";
    const char *words[WORDS_MAX] = {"-d", "0.05", "-q", "--json", file};
    int fd = mkstemp(file);
    json_error_t why;

    for (size_t i = 5; *more; i++) {
        words[i] = *more++;
    }
    cr_expect_eq(upgrade(words), BENCH_DONE);
    json_t *json = json_load_file(file, 0, &why);

    cr_assert_not_null(json, "%s", why.text);
    close(fd);
    unlink(file);
    return json;
}

static double number(const json_t *json, const char *object, const char *key)
{
    return json_number_value(json_object_get(object ? json_object_get(json, object) : json, key));
}

Test(bench_upgrade, upgrades_and_checks_every_one, .timeout = 60)
{
    static const struct {
        const char *why, *more[7];
    } rows[] = {
        {"as it is", {NULL}},
        {"one at a time", {"-c", "1", NULL}},
        {"two threads with unequal shares", {"-t", "2", "-c", "7", NULL}},
        {"another protocol", {"--protocol", "echo", NULL}},
        {"its token in another case", {"--protocol", "WebSocket", NULL}},
        {"more fields", {"--header", "Origin: http://a", "--header", "X-Long: 0123456789", NULL}},
    };

    cr_redirect_stdout();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *json = result_of(rows[i].more);

        cr_expect_gt(number(json, NULL, "completed"), 0, "%s", rows[i].why);
        cr_expect_eq(number(json, NULL, "errors_total"), 0, "%s", rows[i].why);
        cr_expect_gt(number(json, "latency_us", "p50"), 0, "%s", rows[i].why);
        cr_expect_gt(number(json, "upgrade", "ns_mean"), 0, "%s", rows[i].why);
        cr_expect_gt(number(json, "upgrade", "request_bytes"), 0, "%s", rows[i].why);
        cr_expect(json_is_false(json_object_get(json_object_get(json, "client"), "limited")));
        json_decref(json);
    }
}

Test(bench_upgrade, a_field_makes_the_request_longer, .timeout = 30)
{
    const char *const none[] = {NULL}, *const one[] = {"--header", "A: b", NULL};

    cr_redirect_stdout();
    json_t *plain = result_of(none), *longer = result_of(one);

    cr_expect_eq(number(longer, "upgrade", "request_bytes"),
                 number(plain, "upgrade", "request_bytes") + 6);
    json_decref(plain);
    json_decref(longer);
}

Test(bench_upgrade, an_offer_that_is_declined_ends_with_1, .timeout = 30)
{
    /* RFC 6455 gives the token no version. */
    const char *words[] = {"-d", "0.02", "-q", "--protocol", "websocket/13", NULL};

    cr_redirect_stdout();
    cr_expect_eq(upgrade(words), BENCH_FAILED);
}

Test(bench_upgrade, an_unknown_protocol_ends_with_2, .exit_code = 2)
{
    const char *words[] = {"--protocol", "h2c", NULL};

    cr_redirect_stderr();
    upgrade(words);
}

Test(bench_upgrade, more_threads_than_connections_end_with_2, .exit_code = 2)
{
    const char *words[] = {"-t", "3", "-c", "2", NULL};

    cr_redirect_stderr();
    upgrade(words);
}

Test(bench_upgrade, a_field_of_the_request_itself_ends_with_2, .exit_code = 2)
{
    const char *words[] = {"--header", "Upgrade: echo", NULL};

    cr_redirect_stderr();
    upgrade(words);
}

Test(bench_upgrade, writes_the_page, .timeout = 30)
{
    char file[] = "/tmp/bench_upgrade_XXXXXX", text[256] = "";
    int fd = mkstemp(file);
    const char *words[] = {"-d", "0.05", "-q", "--html", file, NULL};

    cr_redirect_stdout();
    cr_expect_eq(upgrade(words), BENCH_DONE);
    cr_expect_gt(read(fd, text, sizeof text - 1), 0);
    cr_expect_eq(strncmp(text, "<!DOCTYPE html>", 15), 0, "%.40s", text);
    close(fd);
    unlink(file);
}
