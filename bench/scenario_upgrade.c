/* Upgrades in memory, no socket: what the server's own code costs from request to hand-off. */
#include "scenario_run.h"

#include "options_output.h"
#include "report/progress.h"
#include "upgrades.h"
#include <stdlib.h>
#include <string.h>

enum {
    KEY_CONNECTIONS = 'c',
    KEY_DURATION = 'd',
    KEY_THREADS = 't',
    KEY_PROTOCOL = 1000,
    KEY_HEADER,
};

static const struct argp_option list[] = {
    {"connections", KEY_CONNECTIONS, "N", 0,
     "Upgraded side by side, over all threads: a turn of the loop takes a thread's share (64)", 0},
    {"threads", KEY_THREADS, "N", 0,
     "Threads, each pinned to a CPU of its own, from the last one down (1)", 0},
    {"duration", KEY_DURATION, "TIME", 0, "Measured time (2s)", 0},
    {"protocol", KEY_PROTOCOL, "TOKEN", 0,
     "What to ask for in Upgrade: websocket or echo (websocket)", 0},
    {"header", KEY_HEADER, "NAME: VALUE", 0, "One more field; may be given several times", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* The server that is measured, for `measure`. One scenario runs in a process. */
static struct memory_server *server;

static void check(struct argp_state *state, const struct options *options)
{
    if (!memory_server_speaks(server, options->protocol)) {
        argp_error(state, "--protocol: expected one of %s, found '%s'",
                   memory_server_protocols(server), options->protocol);
    }
    options_check_thresholds(state, options);
    options_check_threads(state, options);
}

static error_t take(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_CONNECTIONS:
        options->connections = options_whole(state, "--connections", text, 65536);
        break;
    case KEY_THREADS:
        options->threads = options_whole(state, "--threads", text, 1024);
        break;
    case KEY_DURATION:
        options->duration_s = options_seconds(state, "--duration", text, 0.01, 86400);
        break;
    case KEY_PROTOCOL:
        options->protocol = text;
        break;
    case KEY_HEADER:
        options_field(state, options, "--header", NULL, text);
        break;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = options;
        break;
    case ARGP_KEY_END:
        check(state, options);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static int print(const struct scenario *scenario, const struct options *options,
                 const struct client_plan *plan, const struct load_result *result, FILE *json_file)
{
    double ns = histogram_mean(&result->tally.latency_ns);
    struct report report;

    scenario_report(scenario, options, plan, result, &report);
    report.in_memory = true;
    report.loop_text =
        "closed loop in memory, no socket; a latency is a batch's time by its connections, and the "
        "clock stands while answers are checked";
    int status = scenario_print(&report,
                                json_pack("{s:{s:f, s:I}}", "upgrade", "ns_mean", ns,
                                          "request_bytes", (json_int_t)plan->requests->len),
                                json_file);

    fprintf(
        json_file == stdout ? stderr : stdout,
        "  each        %llu ns in the median batch, %.0f ns on average; a request of %zu bytes\n",
        (unsigned long long)histogram_quantile(&result->tally.latency_ns, 0.5), ns,
        plan->requests->len);
    return status;
}

static int measure(const struct scenario *scenario, const struct options *options,
                   const struct client_plan *plan, FILE *json_file)
{
    static struct load_result result; /* large */
    struct progress progress;
    struct load_progress shown = {progress_show, &progress};
    char words[512];
    struct error error = {.text = words, .size = sizeof words};

    progress_init(&progress, options->duration_s, options->quiet);
    enum shunt_status status =
        upgrades_run(options, plan->requests, server, &shown, &result, &error);

    progress_end(&progress);
    int exit_status = status == SHUNT_OK ? print(scenario, options, plan, &result, json_file)
                                         : scenario_complain(words);

    load_result_fini(&result);
    return exit_status;
}

int scenario_upgrade(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct scenario scenario = {
        .name = "upgrade", .operation = "handshake", .upgrades = true, .measure = measure};
    static const struct argp_child children[] = {{&options_output_argp, 0, NULL, 0},
                                                 {NULL, 0, NULL, 0}};
    static const struct argp argp = {
        .options = list,
        .parser = take,
        .children = children,
        .doc = "Measure what the server's own code costs, in memory: accept, the request's bytes, "
               "parser, negotiation, the 101 and the hand-off to the protocol, then a reset by the "
               "peer. No socket, no system call; every 101 is checked as in the other scenarios.\v"
               "It is the code that shuntd runs, on a back end in memory, with the protocols "
               "websocket and echo linked in and shuntd's default limits. What the kernel's TCP "
               "costs beside it, the scenario handshake tells.\n\n"
               "Exit status: 0; 1 when nothing completed, there were more errors than "
               "completions, or a --fail-if holds; 2 for a wrong command line.\n\n"
               "Example:\n  shunt-bench upgrade --header 'Origin: http://example.com'"};
    static struct options options; /* large */
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    options_init(&options, whole_argc, whole_argv);
    options.url_text = "memory:" MEMORY_PATH;
    options.duration_s = 2;
    options.warmup_s = 0.1;
    if (url_parse("ws://127.0.0.1:8101" MEMORY_PATH, &options.url, &error) != SHUNT_OK ||
        memory_server_create(NULL, 0, &server, &error) != SHUNT_OK) {
        return scenario_complain(words);
    }
    struct client_plan plan = {.way = CLIENT_PASSES};
    int result =
        argp_parse(&argp, argc, argv, 0, NULL, &options) == 0
            ? scenario_with_requests(&scenario, &options, &plan, scenario_measure_into_files)
            : BENCH_USAGE;

    memory_server_destroy(server);
    return result;
}
