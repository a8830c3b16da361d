/* The command as a user gives it, in this process: exit status, JSON, sentences. */
#include "scenario.h"

#include "unit/bench/small_server.h"
#include <argp.h>
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 16

/* Run "handshake" with `words`, which end with NULL. */
static int handshake(const char *const *words)
{
    char *argv[WORDS_MAX] = {(char *)(uintptr_t) "shunt-bench handshake"};
    int argc = 1;

    for (; words[argc - 1]; argc++) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    }
    argp_err_exit_status = BENCH_USAGE;
    return scenario_handshake(argc, argv, argc, argv);
}

static void url_of(const struct server *server, char text[64])
{
    snprintf(text, 64, "ws://127.0.0.1:%u/ws", server->port);
}

/* Standard error as one line of text. */
static void expect_error(const char *part)
{
    static char text[4096];
    FILE *error = cr_get_redirected_stderr();

    fflush(stderr);
    size_t len = fread(text, 1, sizeof text - 1, error);

    text[len] = '\0';
    cr_expect_not_null(strstr(text, part), "'%s' is not in '%s'", part, text);
}

Test(bench_scenario, writes_the_json_and_ends_with_0, .timeout = 30)
{
    struct server server = {.behaviour = RIGHT};
    char url[64], self[16], file[] = "/tmp/bench_scenario_XXXXXX";
    int fd = mkstemp(file);
    json_error_t why;

    snprintf(self, sizeof self, "%d", (int)getpid());
    cr_redirect_stdout();
    cr_redirect_stderr();
    server_listen(&server);
    server_start(&server);
    url_of(&server, url);
    const char *words[] = {url, "-c",     "2",  "-d",    "0.2", "--warmup",
                           "0", "--json", file, "--pid", self,  NULL};

    cr_expect_eq(handshake(words), BENCH_DONE);
    server_stop(&server);
    json_t *json = json_load_file(file, 0, &why);

    cr_assert_not_null(json, "%s", why.text);
    cr_expect_gt(json_integer_value(json_object_get(json, "completed")), 0);
    cr_expect_str_eq(json_string_value(json_object_get(json, "url")), url);
    cr_expect(json_is_number(json_object_get(json, "server_cpu_us_per_op")));
    json_decref(json);
    close(fd);
    unlink(file);
}

Test(bench_scenario, ends_with_1_when_errors_outnumber_completions, .timeout = 30)
{
    struct server server = {.behaviour = NOT_FOUND};
    char url[64];

    cr_redirect_stdout();
    server_listen(&server);
    server_start(&server);
    url_of(&server, url);
    const char *words[] = {url, "-c", "2", "-d", "0.2", "--warmup", "0", "-q", NULL};

    cr_expect_eq(handshake(words), BENCH_FAILED);
    server_stop(&server);
}

struct interrupter {
    struct server *server;
    pid_t process;
};

static void *interrupt(void *arg)
{
    struct interrupter *interrupter = arg;

    while (atomic_load(&interrupter->server->served) < 4) { /* the first is the probe */
        sched_yield();
    }
    kill(interrupter->process, SIGINT);
    return NULL;
}

Test(bench_scenario, an_interrupt_ends_it_early_with_what_there_is, .timeout = 8)
{
    struct server server = {.behaviour = RIGHT};
    struct interrupter interrupter = {&server, getpid()};
    pthread_t thread;
    char url[64];
    sigset_t signals;

    cr_redirect_stdout();
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* the helper threads must not take it */
    server_listen(&server);
    server_start(&server);
    url_of(&server, url);
    const char *words[] = {url, "-c", "2", "-d", "10", "--warmup", "0", "-q", NULL};

    cr_assert_eq(pthread_create(&thread, NULL, interrupt, &interrupter), 0);
    cr_expect_eq(handshake(words), BENCH_DONE);
    pthread_join(thread, NULL);
    server_stop(&server);
}

Test(bench_scenario, a_refused_port_is_a_sentence_and_1)
{
    struct server server = {.behaviour = RIGHT};
    char url[64];

    cr_redirect_stderr();
    server_listen(&server);
    close(server.listener);
    url_of(&server, url);
    const char *words[] = {url, NULL};

    cr_expect_eq(handshake(words), BENCH_FAILED);
    expect_error("Connection refused");
}

Test(bench_scenario, an_unknown_process_is_a_sentence_and_1)
{
    const char *words[] = {"ws://127.0.0.1:1/", "--pid", "2147483646", NULL};

    cr_redirect_stderr();
    cr_expect_eq(handshake(words), BENCH_FAILED);
    expect_error("no such process");
}

Test(bench_scenario, a_missing_url_ends_with_2, .exit_code = 2)
{
    const char *words[] = {NULL};

    cr_redirect_stderr();
    handshake(words);
}

Test(bench_scenario, an_impossible_number_ends_with_2, .exit_code = 2)
{
    const char *words[] = {"ws://h/", "--connections", "0", NULL};

    cr_redirect_stderr();
    handshake(words);
}

Test(bench_scenario, an_unknown_back_end_ends_with_2, .exit_code = 2)
{
    const char *words[] = {"ws://h/", "--backend", "kqueue", NULL};

    cr_redirect_stderr();
    handshake(words);
}

Test(bench_scenario, what_is_no_token_ends_with_2)
{
    const char *words[] = {"ws://127.0.0.1:1/", "--protocol", "a b", NULL};

    cr_redirect_stderr();
    cr_expect_eq(handshake(words), BENCH_USAGE);
}

Test(bench_scenario, an_offer_that_no_server_can_read_ends_with_2, .exit_code = 2)
{
    const char *words[] = {"ws://h/", "--compression=level=9", NULL};

    cr_redirect_stderr();
    handshake(words);
}

Test(bench_scenario, compression_of_another_protocol_ends_with_2, .exit_code = 2)
{
    const char *words[] = {"ws://h/", "--compression", "--protocol", "echo", NULL};

    cr_redirect_stderr();
    handshake(words);
}

Test(bench_scenario, compression_without_an_upgrade_ends_with_2, .exit_code = 2)
{
    char *argv[] = {(char *)(uintptr_t) "http", (char *)(uintptr_t) "http://h/",
                    (char *)(uintptr_t) "--compression", NULL};

    cr_redirect_stderr();
    argp_err_exit_status = BENCH_USAGE;
    scenario_http(3, argv, 3, argv);
}

Test(bench_scenario, a_subprotocol_that_is_none_ends_with_2, .exit_code = 2)
{
    const char *words[] = {"ws://h/", "--subprotocol", "a,,b", NULL};

    cr_redirect_stderr();
    handshake(words);
}

Test(bench_scenario, a_wrong_threshold_ends_with_2, .exit_code = 2)
{
    const char *words[] = {"ws://h/", "--fail-if", "p99>5mz", NULL};

    cr_redirect_stderr();
    handshake(words);
}

Test(bench_scenario, a_threshold_of_a_server_that_is_not_known_ends_with_2, .exit_code = 2)
{
    const char *words[] = {"ws://h/", "--fail-if", "server_cpu>5us", NULL};

    cr_redirect_stderr();
    handshake(words);
}

Test(bench_scenario, a_time_with_another_unit_ends_with_2, .exit_code = 2)
{
    const char *words[] = {"ws://h/", "-d", "10d", NULL};

    cr_redirect_stderr();
    handshake(words);
}
