#include "options.h"

#include <stdlib.h>
#include <string.h>

enum key {
    KEY_CONNECTIONS = 'c',
    KEY_DURATION = 'd',
    KEY_THREADS = 't',
    KEY_QUIET = 'q',
    KEY_PROTOCOL = 256,
    KEY_PID,
    KEY_JSON,
    KEY_BACKEND,
    KEY_WARMUP,
    KEY_TIMEOUT,
    KEY_CSV,
    KEY_HGRM,
    KEY_HTML,
};

static const struct argp_option list[] = {
    {NULL, 0, NULL, 0, "Load:", 1},
    {"connections", KEY_CONNECTIONS, "N", 0, "Virtual clients, over all threads (64)", 1},
    {"threads", KEY_THREADS, "N", 0,
     "Threads, each pinned to a CPU of its own, from the last one down (1)", 1},
    {"duration", KEY_DURATION, "SECONDS", 0, "Measured time (10)", 1},
    {"warmup", KEY_WARMUP, "SECONDS", 0, "Load before it that is not counted (0.5)", 1},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0, "A handshake that takes longer is an error (5)", 1},
    {"protocol", KEY_PROTOCOL, "TOKEN", 0,
     "What to ask for in Upgrade (websocket); the key and accept value are sent and checked for "
     "websocket",
     1},
    {NULL, 0, NULL, 0, "Measuring:", 2},
    {"pid", KEY_PID, "PID", 0, "The server's process: report its CPU time an operation", 2},
    {"backend", KEY_BACKEND, "NAME", 0, "The client's own loop: auto, uring or epoll (auto)", 2},
    {NULL, 0, NULL, 0, "Output:", 3},
    {"json", KEY_JSON, "FILE", 0,
     "Write the result as JSON; '-' is standard output, and the table goes to standard error", 3},
    /* Further kinds of output: a row here, a key above, a case in parse(). */
    {"csv", KEY_CSV, "FILE", 0, "Write a row a second and one for the whole", 3},
    {"hgrm", KEY_HGRM, "FILE", 0, "Write percentiles as HdrHistogram's plotters read them", 3},
    {"html", KEY_HTML, "FILE", 0, "Write a page with the curves, one file that fetches nothing", 3},
    {"quiet", KEY_QUIET, NULL, 0, "No progress while it runs", 3},
    {NULL, 0, NULL, 0, NULL, 0},
};

void options_init(struct options *options, int argc, char **argv)
{
    *options = (struct options){
        .connections = 64,
        .threads = 1,
        .duration_s = 10,
        .warmup_s = 0.5,
        .timeout_s = 5,
        .protocol = "websocket",
        .argc = argc,
        .argv = argv,
    };
}

/* argp_error() ends the program: usage is status 2. */
static double number(struct argp_state *state, const char *name, const char *text, double min,
                     double max)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= min && value <= max)) {
        argp_error(state, "%s: expected a number from %g to %g, found '%s'", name, min, max, text);
    }
    return value;
}

static uint32_t whole(struct argp_state *state, const char *name, const char *text, uint32_t max)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value < 1 || value > max) {
        argp_error(state, "%s: expected a whole number from 1 to %u, found '%s'", name, max, text);
    }
    return (uint32_t)value;
}

static enum io_backend backend(struct argp_state *state, const char *text)
{
    static const char *const names[] = {
        [IO_AUTO] = "auto", [IO_URING] = "uring", [IO_EPOLL] = "epoll"};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            return (enum io_backend)i;
        }
    }
    argp_error(state, "--backend: expected auto, uring or epoll, found '%s'", text);
    return IO_AUTO;
}

static void take_url(struct argp_state *state, struct options *options, char *text)
{
    char error[512];

    if (options->url_text) {
        argp_error(state, "one URL is enough, found '%s' beside '%s'", text, options->url_text);
    }
    if (url_parse(text, &options->url, error, sizeof error) != SHUNT_OK) {
        argp_error(state, "%s", error);
    }
    options->url_text = text;
}

static void check(struct argp_state *state, const struct options *options)
{
    if (!options->url_text) {
        argp_error(state, "the URL is missing");
    }
    if (options->threads > options->connections) {
        argp_error(state, "--threads %u: more threads than the %u connections", options->threads,
                   options->connections);
    }
}

static const char *file_name(struct argp_state *state, const char *name, const char *text)
{
    if (strcmp(text, "-") == 0) {
        argp_error(state, "%s: expected a file, found '-': the table is on standard output", name);
    }
    return text;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case KEY_CONNECTIONS:
        options->connections = whole(state, "--connections", text, 1000000);
        break;
    case KEY_THREADS:
        options->threads = whole(state, "--threads", text, 1024);
        break;
    case KEY_DURATION:
        options->duration_s = number(state, "--duration", text, 0.1, 86400);
        break;
    case KEY_WARMUP:
        options->warmup_s = number(state, "--warmup", text, 0, 3600);
        break;
    case KEY_TIMEOUT:
        options->timeout_s = number(state, "--timeout", text, 0.001, 3600);
        break;
    case KEY_PROTOCOL:
        options->protocol = text;
        break;
    case KEY_PID:
        options->pid = (pid_t)whole(state, "--pid", text, INT32_MAX);
        break;
    case KEY_BACKEND:
        options->backend = backend(state, text);
        break;
    case KEY_JSON:
        options->json_file = text;
        break;
    case KEY_CSV:
        options->outputs.csv = file_name(state, "--csv", text);
        break;
    case KEY_HGRM:
        options->outputs.hgrm = file_name(state, "--hgrm", text);
        break;
    case KEY_HTML:
        options->outputs.html = file_name(state, "--html", text);
        break;
    case KEY_QUIET:
        options->quiet = true;
        break;
    case ARGP_KEY_ARG:
        take_url(state, options, text);
        break;
    case ARGP_KEY_END:
        check(state, options);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

const struct argp options_argp = {.options = list, .parser = parse};
