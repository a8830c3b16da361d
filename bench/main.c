/* shunt-bench SCENARIO ...: which scenario it is; the rest is the scenario's. */
#include "command_report.h"
#include "scenario.h"
#include "tool.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

/* libc finds it by name: hidden visibility would hide it from there. */
__attribute__((visibility("default"))) const char *argp_program_version = "shunt-bench 0.1.0";

static int compare(int argc, char **argv, int whole_argc, char **whole_argv)
{
    char words[2 * PATH_MAX + 100];
    struct error error = {.text = words, .size = sizeof words};

    (void)argc;
    (void)whole_argc;
    (void)whole_argv;
    tool_become("compare", (const char *const *)argv + 1, &error);
    fprintf(stderr, "shunt-bench: %s\n", words);
    return BENCH_FAILED;
}

static const struct {
    const char *name, *label; /* the label is what argp calls the program in messages */
    int (*run)(int argc, char **argv, int whole_argc, char **whole_argv);
} scenarios[] = {
    {"handshake", "shunt-bench handshake", scenario_handshake},
    {"http", "shunt-bench http", scenario_http},
    {"echo", "shunt-bench echo", scenario_echo},
    {"broadcast", "shunt-bench broadcast", scenario_broadcast},
    {"idle", "shunt-bench idle", scenario_idle},
    {"churn", "shunt-bench churn", scenario_churn},
    {"parse", "shunt-bench parse", scenario_parse},
    {"payload", "shunt-bench payload", scenario_payload},
    {"routes", "shunt-bench routes", scenario_routes},
    {"upgrade", "shunt-bench upgrade", scenario_upgrade},
    /* What is done with results. */
    {"report", "shunt-bench report", command_report},
    {"compare", "shunt-bench compare", compare},
};

static const char doc[] = "Measure a server that speaks HTTP/1.1 and Upgrade.\v"
                          "Scenarios:\n"
                          "  handshake   connect, upgrade, check the 101, reset, again\n"
                          "  http        plain requests: kept connections, pipelined, or one each\n"
                          "  echo        messages and their echoes on upgraded connections\n"
                          "  broadcast   messages of a few connections to all others\n"
                          "  idle        held connections: time, memory, a ping over all\n"
                          "  churn       a steady population with arrivals and departures\n"
                          "  parse       request heads in memory\n"
                          "  payload     unmasking and UTF-8 in memory\n"
                          "  routes      the route of a request, found in memory\n"
                          "  upgrade     upgrades in memory: request, 101, hand-off\n\n"
                          "Results:\n"
                          "  report      draw what --json wrote, one run or several on one page\n"
                          "  compare     start servers and run a scenario against them in turns\n\n"
                          "'shunt-bench SCENARIO --help' lists a scenario's options.";

static error_t parse(int key, char *text, struct argp_state *state)
{
    int *chosen = state->input;

    if (key == ARGP_KEY_NO_ARGS) {
        argp_error(state, "the scenario is missing");
    }
    if (key != ARGP_KEY_ARG) {
        return ARGP_ERR_UNKNOWN;
    }
    for (unsigned i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        if (strcmp(text, scenarios[i].name) == 0) {
            *chosen = (int)i;
            return 0;
        }
    }
    argp_error(state, "'%s' is no scenario", text);
    return EINVAL;
}

int main(int argc, char **argv)
{
    const struct argp argp = {.parser = parse, .args_doc = "SCENARIO [OPTION...] URL", .doc = doc};
    char *words[argc + 1];
    int chosen = -1, first = 1;

    argp_err_exit_status = BENCH_USAGE;
    signal(SIGPIPE, SIG_IGN);
    /* The program's own options stand before the scenario's name; none of them takes a value. */
    while (first < argc && argv[first][0] == '-') {
        first++;
    }
    int own = first < argc ? first + 1 : argc;

    if (argp_parse(&argp, own, argv, ARGP_IN_ORDER, NULL, &chosen) != 0 || chosen < 0) {
        return BENCH_USAGE;
    }
    memcpy(words, argv + first, (size_t)(argc - first + 1) * sizeof *words);
    words[0] = (char *)(uintptr_t)scenarios[chosen].label;
    return scenarios[chosen].run(argc - first, words, argc, argv);
}
