/*
 * The scenario runs as a process of its own, this same program: it has its CPUs for itself and
 * starts from the same state in every turn.
 */
#include "compare/turn.h"

#include "compare/warnings.h"

#include "load/probe.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS_ADDED 5
#define RETRY_MS    20

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The last line that is not empty: what a program says when it gives up. */
static void last_line(int output, char *line, size_t room)
{
    static char text[4097];
    off_t size = lseek(output, 0, SEEK_END), from = size > 4096 ? size - 4096 : 0;
    ssize_t len = pread(output, text, 4096, from);

    line[0] = '\0';
    text[len > 0 ? len : 0] = '\0';
    for (char *rest = text, *at; (at = strtok_r(rest, "\n", &rest)) != NULL;) {
        if (strspn(at, " \t\r") != strlen(at)) {
            snprintf(line, room, "%s", at);
        }
    }
}

static void explain(int output, const char *what, char *error, size_t error_size)
{
    char line[512];

    last_line(output, line, sizeof line);
    snprintf(error, error_size, "%s%s%s", what, *line ? ": " : "", line);
}

/* Where the scenario's first word with {port} leads; what is no URL is taken to mean 127.0.0.1. */
static bool find_address(const struct turn_plan *plan, uint16_t port,
                         struct url_address addresses[URL_ADDRESSES_MAX], size_t *count)
{
    char unused[512], fallback[64];
    struct url url;

    snprintf(fallback, sizeof fallback, "http://127.0.0.1:%u/", port);
    for (char *const *word = plan->scenario; *word; word++) {
        char *text = strstr(*word, "{port}") ? child_with_port(*word, port) : NULL;
        bool found = text && url_parse(text, &url, unused, sizeof unused) == SHUNT_OK;

        free(text);
        if (found) {
            return url_resolve(&url, addresses, count, unused, sizeof unused) == SHUNT_OK;
        }
    }
    return url_parse(fallback, &url, unused, sizeof unused) == SHUNT_OK &&
           url_resolve(&url, addresses, count, unused, sizeof unused) == SHUNT_OK;
}

/* Until the server takes a connection. */
static bool answers(const struct turn_plan *plan, pid_t server, uint16_t port, int output,
                    const volatile int *stop, bool *ended, char *error, size_t error_size)
{
    struct url_address addresses[URL_ADDRESSES_MAX], chosen;
    double end_s = now_s() + plan->wait_s;
    size_t count;
    char unused[512];
    int status;

    if (!find_address(plan, port, addresses, &count)) {
        snprintf(error, error_size, "the scenario's address is not to be found");
        return false;
    }
    while (!*stop && now_s() < end_s) {
        if (child_ended(server, &status)) {
            *ended = true;
            explain(output, "the server ended before it took a connection", error, error_size);
            return false;
        }
        if (probe_connect(addresses, count, 1000, &chosen, unused, sizeof unused) == SHUNT_OK) {
            return true;
        }
        nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000}, NULL);
    }
    explain(output, *stop ? "interrupted" : "the server took no connection in time", error,
            error_size);
    return false;
}

static pid_t start_server(const struct turn_plan *plan, uint16_t port, int output)
{
    char *command = child_with_port(plan->command, port), *line = NULL;
    pid_t pid = -1;

    if (command && asprintf(&line, "exec %s", command) >= 0) {
        char *argv[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", line, NULL};

        pid = child_start(&(struct child_plan){.program = "sh",
                                               .argv = argv,
                                               .cpus = plan->server_cpus,
                                               .quota = plan->quota,
                                               .output = output,
                                               .own_group = true});
        free(line);
    }
    free(command);
    return pid;
}

/* The scenario's words with the port, and where its result goes. False: no memory. */
static bool scenario_words(const struct turn_plan *plan, uint16_t port, char *pid_text,
                           char *result_file, char ***words)
{
    size_t count = 0;

    while (plan->scenario[count]) {
        count++;
    }
    char **all = calloc(count + WORDS_ADDED + 2, sizeof *all);

    *words = all;
    if (!all || !(all[0] = strdup("shunt-bench"))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!(all[1 + i] = child_with_port(plan->scenario[i], port))) {
            return false;
        }
    }
    const char *added[WORDS_ADDED] = {"--pid", pid_text, "--quiet", "--json", result_file};

    for (size_t i = 0; i < WORDS_ADDED; i++) {
        if (!(all[1 + count + i] = strdup(added[i]))) {
            return false;
        }
    }
    return true;
}

static void free_words(char **words)
{
    for (char **word = words; word && *word; word++) {
        free(*word);
    }
    free(words);
}

/* Wait for the scenario; a signal to this process ends it early, as Ctrl-C does. */
static int wait_for(pid_t pid, const volatile int *stop)
{
    bool told = false;
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        if (*stop && !told) {
            kill(pid, SIGINT);
            told = true;
        }
    }
    return status;
}

static json_t *run_scenario(const struct turn_plan *plan, pid_t server, uint16_t port,
                            const volatile int *stop, char *error, size_t error_size)
{
    /* Memory files: nothing is left behind, whatever happens. The child reopens its own by name. */
    int output = memfd_create("scenario", MFD_CLOEXEC), kept = memfd_create("result", MFD_CLOEXEC);
    char pid_text[16], result_file[64], **words = NULL;
    json_t *json = NULL;

    snprintf(pid_text, sizeof pid_text, "%d", (int)server);
    snprintf(result_file, sizeof result_file, "/proc/%d/fd/%d", (int)getpid(), kept);
    if (output >= 0 && kept >= 0 && scenario_words(plan, port, pid_text, result_file, &words)) {
        pid_t pid = child_start(&(struct child_plan){
            .program = plan->program, .argv = words, .cpus = plan->client_cpus, .output = output});
        int status = pid > 0 ? wait_for(pid, stop) : -1;

        lseek(kept, 0, SEEK_SET);
        json = pid > 0 ? json_loadfd(kept, 0, NULL) : NULL;
        if (!json) {
            explain(output, "the scenario gave no result", error, error_size);
        } else if (!WIFEXITED(status)) {
            explain(output, "the scenario was killed", error, error_size);
        }
    } else {
        snprintf(error, error_size, "the scenario could not be started: %s", strerror(errno));
    }
    free_words(words);
    if (output >= 0) {
        close(output);
    }
    if (kept >= 0) {
        close(kept);
    }
    return json;
}

/* What the server used of its quota, and the kernel's word that there is one. */
static void add_quota(const struct turn_plan *plan, const struct quota_stat *before, json_t *result)
{
    const json_t *cores = json_object_get(json_object_get(result, "server"), "cores");
    struct quota_stat after;
    json_t *json =
        json_pack("{s:f, s:o}", "share", plan->quota->share, "used",
                  json_is_number(cores) ? json_real(json_number_value(cores) / plan->quota->share)
                                        : json_null());

    if (quota_stat(plan->quota, &after)) {
        uint64_t periods = after.periods - before->periods;
        uint64_t throttled = after.throttled - before->throttled;

        json_object_set_new(json, "periods", json_integer((json_int_t)periods));
        json_object_set_new(json, "throttled", json_integer((json_int_t)throttled));
        json_object_set_new(json, "throttled_share",
                            periods ? json_real((double)throttled / (double)periods) : json_null());
        json_object_set_new(json, "throttled_us",
                            json_integer((json_int_t)(after.throttled_us - before->throttled_us)));
    }
    json_object_set_new(result, "quota", json);
}

/* A run of which nothing was completed has no rate and no latency, it is no result. */
static json_t *refuse_empty(json_t *result, char *error, size_t error_size)
{
    const json_t *completed = json_object_get(result, "completed");
    char errors[256];

    if (!result || !json_is_integer(completed) || json_integer_value(completed) > 0) {
        return result;
    }
    warnings_errors(result, errors, sizeof errors);
    snprintf(error, error_size, "nothing was completed%s%s", *errors ? ", " : "", errors);
    json_decref(result);
    return NULL;
}

json_t *turn_run(const struct turn_plan *plan, const volatile int *stop, char *error,
                 size_t error_size)
{
    int output = memfd_create("server", MFD_CLOEXEC);
    uint16_t port = child_free_port();
    pid_t server = output >= 0 && port > 0 ? start_server(plan, port, output) : -1;
    struct quota_stat before = {0};
    bool ended = false;
    json_t *json = NULL;

    if (plan->quota) {
        (void)quota_stat(plan->quota, &before); /* what is not known is not known after it either */
    }
    if (server < 0) {
        snprintf(error, error_size, "the server could not be started: %s", strerror(errno));
    } else if (answers(plan, server, port, output, stop, &ended, error, error_size)) {
        json = refuse_empty(run_scenario(plan, server, port, stop, error, error_size), error,
                            error_size);
    }
    if (json && plan->quota) {
        add_quota(plan, &before, json);
    }
    if (server > 0 && !ended) {
        child_stop(server);
    }
    if (output >= 0) {
        close(output);
    }
    return json;
}
