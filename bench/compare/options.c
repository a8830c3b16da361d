/* The command line of compare: NAME=COMMAND... [OPTION...] -- SCENARIO ARGUMENT... */
#include "options.h"
#include "compare/compare.h"
#include "page/drawing.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum key {
    KEY_ROUNDS = 'r',
    KEY_QUIET = 'q',
    KEY_QUOTA = 256,
    KEY_SEED,
    KEY_WAIT,
    KEY_JSON,
    KEY_HTML,
    KEY_SVG,
    KEY_CHART,
    KEY_NO_PIN,
};

static const char doc[] =
    "Measure servers in interleaved rounds and say which differences are more than noise. In each "
    "round each server is started anew, in a random order, on a free port of 127.0.0.1 that "
    "stands where its command and the scenario say {port}; the scenario runs once it takes "
    "connections. Ratios are to the first server named.\v"
    "COMMAND is one program with its arguments, run by sh after 'exec'.\n\n"
    "Exit status: 0; 1 when a server gave no result at all; 2 for a wrong command line.\n\n"
    "Example:\n"
    "  shunt-bench compare --quota 0.3 --html page.html \\\n"
    "    uring='shuntd --config demo.yaml --listen 127.0.0.1:{port} --backend uring' \\\n"
    "    epoll='shuntd --config demo.yaml --listen 127.0.0.1:{port} --backend epoll' \\\n"
    "    -- handshake ws://127.0.0.1:{port}/ws --connections 128 --duration 2";

static const struct argp_option list[] = {
    {NULL, 0, NULL, 0, "Measuring:", 1},
    {"rounds", KEY_ROUNDS, "N", 0,
     "How often each server is measured (7; below 6 nothing is said "
     "about noise)",
     1},
    {"quota", KEY_QUOTA, "SHARE", 0,
     "Hold each server to this share of a CPU by cgroup, so that it and not the client is the "
     "limit; where that is not permitted it says so and goes on without",
     1},
    {"no-pin", KEY_NO_PIN, NULL, 0,
     "Leave server and client on all CPUs (the server has the first one, the client the others)",
     1},
    {"seed", KEY_SEED, "N", 0, "Of the order and of the intervals (1)", 1},
    {"wait", KEY_WAIT, "TIME", 0, "A server that takes no connection by then has failed (10s)", 1},
    {NULL, 0, NULL, 0, "Output:", 2},
    {"json", KEY_JSON, "FILE", 0,
     "Write the comparison as JSON; '-' is standard output, and the table goes to standard error",
     2},
    {"html", KEY_HTML, "FILE", 0, "Write it as a page, one file that fetches nothing", 2},
    {"svg", KEY_SVG, "FILE", 0,
     "Write one drawing of it that stands alone, for a README, in light and dark", 2},
    {"chart", KEY_CHART, "KIND", 0,
     "What --svg draws: " DRAWING_CHARTS " as bars, or latency by percentile (cpu)", 2},
    {"quiet", KEY_QUIET, NULL, 0, "No progress while it runs", 2},
    {NULL, 0, NULL, 0, NULL, 0},
};

static uint32_t whole(struct argp_state *state, const char *name, const char *text, uint32_t min,
                      uint32_t max)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (!isdigit((unsigned char)*text) || *end != '\0' || value < min || value > max) {
        argp_error(state, "%s: expected a whole number from %u to %u, found '%s'", name, min, max,
                   text);
    }
    return (uint32_t)value;
}

static void add_server(struct argp_state *state, struct compare_options *options, char *text)
{
    char *equals = strchr(text, '=');

    if (!equals || equals == text || equals[1] == '\0') {
        argp_error(state, "expected NAME=COMMAND, found '%s'", text);
        return;
    }
    *equals = '\0';
    for (size_t i = 0; i < options->server_count; i++) {
        if (strcmp(options->servers[i].name, text) == 0) {
            argp_error(state, "two servers are named '%s'", text);
        }
    }
    options->servers[options->server_count++] =
        (struct outcome_server){.name = text, .command = equals + 1};
}

/* A round's exit status is not looked at: a threshold that nobody hears of is worse than none. */
static void refuse_thresholds(struct argp_state *state, const struct compare_options *options)
{
    for (char *const *word = options->scenario; *word; word++) {
        if (strncmp(*word, "--fail-if", strlen("--fail-if")) == 0) {
            argp_error(state, "--fail-if is of one run; compare tells differences and their noise");
        }
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct compare_options *options = state->input;

    switch (key) {
    case KEY_ROUNDS:
        options->rounds = whole(state, "--rounds", text, 1, 1000);
        break;
    case KEY_QUOTA:
        options->quota = options_number(state, "--quota", text, 0.01, 1);
        break;
    case KEY_SEED:
        options->seed = whole(state, "--seed", text, 0, UINT32_MAX);
        break;
    case KEY_WAIT:
        options->wait_s = options_seconds(state, "--wait", text, 0.1, 3600);
        break;
    case KEY_NO_PIN:
        options->pin = false;
        break;
    case KEY_JSON:
        options->json_file = text;
        break;
    case KEY_HTML:
        options->outputs.html = options_file(state, "--html", text);
        break;
    case KEY_SVG:
        options->outputs.svg = options_file(state, "--svg", text);
        break;
    case KEY_CHART:
        if (!drawing_known(text)) {
            argp_error(state, "--chart: expected latency, " DRAWING_CHARTS ", found '%s'", text);
        }
        options->outputs.chart = text;
        break;
    case KEY_QUIET:
        options->quiet = true;
        break;
    case ARGP_KEY_ARG:
        add_server(state, options, text);
        break;
    case ARGP_KEY_END:
        if (options->server_count == 0) {
            argp_error(state, "the servers are missing: NAME=COMMAND...");
        }
        refuse_thresholds(state, options);
        if (!options->scenario[0]) {
            argp_error(state, "the scenario is missing: -- SCENARIO ARGUMENT...");
        }
        if (options->outputs.chart && !options->outputs.svg) {
            argp_error(state, "--chart is of --svg, which is not given");
        }
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

bool compare_options_parse(int argc, char **argv, struct compare_options *options)
{
    const struct argp argp = {.options = list,
                              .parser = parse,
                              .args_doc = "NAME=COMMAND... -- SCENARIO ARGUMENT...",
                              .doc = doc};
    int own = 1;

    while (own < argc && strcmp(argv[own], "--") != 0) {
        own++;
    }
    *options = (struct compare_options){
        .servers = calloc((size_t)argc, sizeof *options->servers),
        .scenario = own < argc ? argv + own + 1 : argv + argc,
        .rounds = 7,
        .wait_s = 10,
        .seed = 1,
        .pin = true,
    };
    return options->servers && argp_parse(&argp, own, argv, 0, NULL, options) == 0;
}

void compare_options_fini(struct compare_options *options)
{
    free(options->servers);
    options->servers = NULL;
}
