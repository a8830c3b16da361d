#include "compare/compare.h"

#include <argp.h>
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdint.h>
#include <string.h>

#define WORDS_MAX 12

/* argp cuts NAME=COMMAND in place, so the words are copies. */
static bool parse(const char *const *words, struct compare_options *options)
{
    static char copies[WORDS_MAX][64], name[] = "compare";
    static char *argv[WORDS_MAX + 2] = {name};
    int argc = 1;

    for (; words[argc - 1]; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc - 1]);
        argv[argc] = copies[argc];
    }
    argv[argc] = NULL;
    argp_err_exit_status = BENCH_USAGE;
    return compare_options_parse(argc, argv, options);
}

Test(bench_compare_options, what_follows_two_dashes_is_the_scenarios)
{
    const char *words[] = {"--quota", "0.3", "a=x --fast {port}", "--rounds",    "9",
                           "b=y=z",   "--",  "handshake",         "--quota-not", NULL};
    struct compare_options options;

    cr_assert(parse(words, &options));
    cr_assert_eq(options.server_count, 2);
    cr_expect_str_eq(options.servers[0].name, "a");
    cr_expect_str_eq(options.servers[0].command, "x --fast {port}");
    cr_expect_str_eq(options.servers[1].command, "y=z", "the first = is the one that counts");
    cr_expect_eq(options.rounds, 9);
    cr_expect_eq(options.quota, 0.3);
    cr_expect_str_eq(options.scenario[0], "handshake");
    cr_expect_str_eq(options.scenario[1], "--quota-not");
    cr_expect_null(options.scenario[2]);
    compare_options_fini(&options);
}

/* Each ends the program with the status of wrong usage; the last words are what it says. */
static void expect_usage(const char *const *words)
{
    struct compare_options options;

    cr_redirect_stderr();
    parse(words, &options);
}

Test(bench_compare_options, needs_a_scenario, .exit_code = BENCH_USAGE)
{
    expect_usage((const char *[]){"a=x", NULL});
}

Test(bench_compare_options, needs_a_server, .exit_code = BENCH_USAGE)
{
    expect_usage((const char *[]){"--", "handshake", NULL});
}

Test(bench_compare_options, refuses_a_server_without_a_name, .exit_code = BENCH_USAGE)
{
    expect_usage((const char *[]){"=x", "--", "handshake", NULL});
}

Test(bench_compare_options, refuses_one_name_for_two, .exit_code = BENCH_USAGE)
{
    expect_usage((const char *[]){"a=x", "a=y", "--", "handshake", NULL});
}

Test(bench_compare_options, refuses_a_quota_above_one_cpu, .exit_code = BENCH_USAGE)
{
    expect_usage((const char *[]){"a=x", "--quota", "1.5", "--", "handshake", NULL});
}
