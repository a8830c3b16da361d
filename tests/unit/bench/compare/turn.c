/* One turn, with shell lines for server and scenario. */
#include "compare/turn.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const volatile int go_on = 0;

/* `sh -c LINE` in place of the program; its words begin with the line's $0. */
static json_t *turn(const char *command, const char *line, char *error, size_t error_size)
{
    char *scenario[] = {(char *)(uintptr_t) "-c", (char *)(uintptr_t)line,
                        (char *)(uintptr_t) "http://127.0.0.1:{port}/", NULL};
    struct turn_plan plan = {
        .command = command, .program = "sh", .scenario = scenario, .wait_s = 5};

    error[0] = '\0';
    return turn_run(&plan, &go_on, error, error_size);
}

/* Every Debian has perl-base. It accepts nothing: to take a connection the backlog is enough. */
#define LISTENS                                                                                    \
    "perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(Listen=>5,LocalPort=>{port},"            \
    "LocalAddr=>\"127.0.0.1\",ReuseAddr=>1) or die; sleep 60'"

Test(bench_turn, the_scenario_gets_port_pid_and_a_place_for_its_result, .timeout = 20)
{
    char error[600];
    /* $0 is the URL; then --pid PID --quiet --json FILE. */
    json_t *json = turn(LISTENS,
                        "test \"$1 $3 $4\" = '--pid --quiet --json' && kill -0 $2 && "
                        "echo \"{\\\"url\\\": \\\"$0\\\", \\\"pid\\\": $2}\" > $5",
                        error, sizeof error);

    cr_assert_not_null(json, "%s", error);
    const char *url = json_string_value(json_object_get(json, "url"));

    cr_assert_not_null(url);
    cr_expect_eq(strncmp(url, "http://127.0.0.1:", 17), 0);
    cr_expect_gt(atoi(url + 17), 0);
    pid_t server = (pid_t)json_integer_value(json_object_get(json, "pid"));

    cr_expect_eq(kill(server, 0), -1, "the server was stopped and reaped");
    json_decref(json);
}

Test(bench_turn, says_what_the_server_said, .timeout = 20)
{
    char error[600];

    cr_expect_null(turn("sh -c 'echo no such thing >&2; exit 3'", "true", error, sizeof error));
    cr_expect_str_eq(error, "the server ended before it took a connection: no such thing");
}

Test(bench_turn, says_what_the_scenario_said, .timeout = 20)
{
    char error[600];

    cr_expect_null(turn(LISTENS, "echo it is broken; exit 1", error, sizeof error));
    cr_expect_str_eq(error, "the scenario gave no result: it is broken");
}

Test(bench_turn, a_run_that_completed_nothing_is_no_result, .timeout = 20)
{
    char error[600];

    cr_expect_null(turn(LISTENS,
                        "echo '{\"completed\": 0, \"errors_total\": 3, \"errors\": {\"reset\": 0, "
                        "\"wrong_status\": 1, \"timeout\": 2}}' > $5",
                        error, sizeof error));
    cr_expect_str_eq(error, "nothing was completed, 3 errors: 1 wrong status, 2 timeout");
}

Test(bench_turn, a_server_that_ignores_sigterm_is_killed, .timeout = 20)
{
    char error[600];
    json_t *json =
        turn("perl -MIO::Socket::INET -e '$SIG{TERM}=\"IGNORE\";$s=IO::Socket::INET->new("
             "Listen=>5,LocalPort=>{port},LocalAddr=>\"127.0.0.1\") or die; while(1){sleep 1}'",
             "echo \"{\\\"pid\\\": $2}\" > $5", error, sizeof error);

    cr_assert_not_null(json, "%s", error);
    cr_expect_eq(kill((pid_t)json_integer_value(json_object_get(json, "pid")), 0), -1);
    json_decref(json);
}

Test(bench_turn, port_stands_wherever_it_is_asked_for)
{
    char *text = child_with_port("a {port} {port}{x}", 81);

    cr_expect_str_eq(text, "a 81 81{x}");
    free(text);
    cr_expect_gt(child_free_port(), 0);
}
