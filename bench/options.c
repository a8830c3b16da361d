#include "options.h"

#include "duration.h"
#include "file_bytes.h"
#include "options_output.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define URLS_FILE_BYTES_MAX 4194304

enum key {
    KEY_CONNECTIONS = 'c',
    KEY_DURATION = 'd',
    KEY_THREADS = 't',
    KEY_PROTOCOL = 256,
    KEY_PID,
    KEY_SYSTEM_CALLS,
    KEY_BACKEND,
    KEY_WARMUP,
    KEY_TIMEOUT,
    KEY_REST,
    KEY_RATE,
    KEY_ARRIVALS,
    KEY_FIND_MAX,
    KEY_SLO,
    KEY_HEADER,
    KEY_ORIGIN,
    KEY_SUBPROTOCOL,
    KEY_COMPRESSION,
    KEY_SOURCE,
};

static const struct argp_option list[] = {
    {NULL, 0, NULL, 0, "Load:", 1},
    {"connections", KEY_CONNECTIONS, "N", 0, "Virtual clients, over all threads (64)", 1},
    {"threads", KEY_THREADS, "N", 0,
     "Threads, each pinned to a CPU of its own, from the last one down (1)", 1},
    {"duration", KEY_DURATION, "TIME", 0,
     "Measured time, as 500ms, 10s, 2m or 1h; a number alone is seconds (10s)", 1},
    {"warmup", KEY_WARMUP, "TIME", 0, "Load before it that is not counted (500ms)", 1},
    {"timeout", KEY_TIMEOUT, "TIME", 0, "An operation that takes longer is an error (5s)", 1},
    {"rest", KEY_REST, "TIME", 0,
     "How long a client waits after an error before it tries again, so that a server that refuses "
     "is "
     "not met by a spin (10ms)",
     1},
    {"rate", KEY_RATE, "N", 0,
     "Open loop: N operations a second are due on a schedule, whatever the server does, and "
     "latency counts from then; --connections is how many may be under way",
     1},
    {"arrivals", KEY_ARRIVALS, "KIND", 0,
     "Gaps of the schedule: constant, or poisson as independent users make them (constant)", 1},
    {"find-max", KEY_FIND_MAX, NULL, 0,
     "Search the highest --rate that keeps the bound of --slo; --duration is of one try", 1},
    {"slo", KEY_SLO, "pN=TIME", 0, "The bound, as p99=5ms or p99.9=800us (p99=10ms)", 1},
    {NULL, 0, NULL, 0, "Request:", 2},
    {"protocol", KEY_PROTOCOL, "TOKEN", 0,
     "What to ask for in Upgrade (websocket); the key and accept value are sent and checked for "
     "websocket",
     2},
    {"header", KEY_HEADER, "NAME: VALUE", 0, "One more field; may be given several times", 2},
    {"origin", KEY_ORIGIN, "ORIGIN", 0, "The Origin field", 2},
    {"subprotocol", KEY_SUBPROTOCOL, "NAME[, NAME...]", 0,
     "The Sec-WebSocket-Protocol field; a websocket server must choose one of them", 2},
    {"compression", KEY_COMPRESSION, "PARAMETERS", OPTION_ARG_OPTIONAL,
     "Offer permessage-deflate and use it where it is taken. PARAMETERS, separated by commas: "
     "server_no_context_takeover, client_no_context_takeover, server_max_window_bits=8 to 15, "
     "client_max_window_bits[=8 to 15] (client_max_window_bits)",
     2},
    {"source", KEY_SOURCE, "ADDRESS[-LAST]", 0,
     "Connect from this address, or from each up to 127.0.0.LAST in turn, so that ports do not run "
     "out",
     2},
    {NULL, 0, NULL, 0, "Measuring:", 3},
    {"pid", KEY_PID, "PID", 0,
     "The server's process: report its CPU time an operation, memory and switches, children "
     "included",
     3},
    {"system-calls", KEY_SYSTEM_CALLS, NULL, 0,
     "Count the system calls of --pid too, by perf; each takes about 0.15 us longer then, so it is "
     "off by default",
     3},
    {"backend", KEY_BACKEND, "NAME", 0, "The client's own loop: auto, uring or epoll (auto)", 3},
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
        .rest_s = 0.01,
        .protocol = "websocket",
        .pipeline = 1,
        .message_bytes = 32,
        .argc = argc,
        .argv = argv,
    };
}

void options_fini(struct options *options)
{
    free(options->body_file_bytes);
    options->body_file_bytes = NULL;
    targets_fini(&options->targets);
}

/* argp_error() ends the program: usage is status 2. */
double options_number(struct argp_state *state, const char *name, const char *text, double min,
                      double max)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value >= min && value <= max)) {
        argp_error(state, "%s: expected a number from %g to %g, found '%s'", name, min, max, text);
    }
    return value;
}

double options_seconds(struct argp_state *state, const char *name, const char *text, double min,
                       double max)
{
    double seconds = 0;

    if (!duration_parse(text, &seconds) || !(seconds >= min && seconds <= max)) {
        argp_error(
            state,
            "%s: expected a time from %gs to %gs like 500ms, 10s, 2m or 1h (a number alone is "
            "seconds), found '%s'",
            name, min, max, text);
    }
    return seconds;
}

uint32_t options_whole(struct argp_state *state, const char *name, const char *text, uint32_t max)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || value < 1 || value > max) {
        argp_error(state, "%s: expected a whole number from 1 to %u, found '%s'", name, max, text);
    }
    return (uint32_t)value;
}

static bool poisson(struct argp_state *state, const char *text)
{
    if (strcmp(text, "constant") != 0 && strcmp(text, "poisson") != 0) {
        argp_error(state, "--arrivals: expected constant or poisson, found '%s'", text);
    }
    return text[0] == 'p';
}

/* "p99.9=800us" */
static void take_slo(struct argp_state *state, struct options *options, const char *text)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    char *end = NULL;
    double percent = text[0] == 'p' ? strtod(text + 1, &end) : -1;

    if (end && percent > 0 && percent <= 100 && *end == '=') {
        const char *time = end + 1;
        double value = strtod(time, &end);

        for (size_t i = 0; i < sizeof units / sizeof *units && end != time && value > 0; i++) {
            if (strcmp(end, units[i].name) == 0) {
                options->slo_quantile = percent / 100;
                options->slo_ns = value * units[i].ns;
                options->slo_text = text;
                return;
            }
        }
    }
    argp_error(state, "--slo: expected pN=TIME like p99=5ms (us, ms or s), found '%s'", text);
}

void options_field(struct argp_state *state, struct options *options, const char *option,
                   const char *name, const char *value)
{
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    if (requests_extra_add(&options->extra, name, value, &error) != SHUNT_OK) {
        argp_error(state, "%s: %s", option, words);
    }
}

static void take_source(struct argp_state *state, struct options *options, const char *text)
{
    char words[256];
    struct error error = {.text = words, .size = sizeof words};

    if (url_sources(text, options->sources, OPTIONS_SOURCES_MAX, &options->sources_count, &error) !=
        SHUNT_OK) {
        argp_error(state, "--source: %s", words);
    }
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

/* The first is what is connected to. */
static void choose_url(struct options *options)
{
    options->url = options->targets.each[0].url;
    options->url_text = options->targets.each[0].text;
}

void options_read_urls(struct argp_state *state, struct options *options, const char *file)
{
    char words[4352], *lines;
    struct error error = {.text = words, .size = sizeof words};
    size_t len;
    enum shunt_status status = file_bytes_read(file, URLS_FILE_BYTES_MAX, &lines, &len, &error);

    if (status == SHUNT_OK) {
        status = targets_add_lines(&options->targets, file, lines, &error);
        free(lines);
    }
    if (status != SHUNT_OK) {
        argp_error(state, "--urls %s", words);
        return;
    }
    choose_url(options);
}

/* No URL is without a colon, and no limit has one. */
static bool is_limit(const char *text)
{
    return strpbrk(text, "<>") && !strchr(text, ':');
}

static void take_url(struct argp_state *state, struct options *options, char *text)
{
    char words[4096];
    struct error error = {.text = words, .size = sizeof words};

    if (options->several_urls) {
        if (targets_add(&options->targets, text, &error) != SHUNT_OK) {
            argp_error(state, "%s", words);
        }
        choose_url(options);
        return;
    }
    if (options->url_text) {
        argp_error(state, "one URL is enough, found '%s' beside '%s'", text, options->url_text);
    }
    if (url_parse(text, &options->url, &error) != SHUNT_OK) {
        argp_error(state, "%s", words);
    }
    options->url_text = text;
}

static void check(struct argp_state *state, const struct options *options)
{
    if (!options->url_text) {
        argp_error(state, "the URL is missing");
    }
    if (options->extra.offer.text[0] && strcasecmp(options->protocol, "websocket") != 0) {
        argp_error(state, "--compression is for --protocol websocket, not for %s",
                   options->protocol);
    }
    if (options->find_max && options->rate > 0) {
        argp_error(state, "--find-max looks for the rate: no --rate beside it");
    }
    if (options->slo_ns > 0 && !options->find_max) {
        argp_error(state, "--slo is the bound of --find-max, which is not given");
    }
    if (options->system_calls && !options->pid) {
        argp_error(state, "--system-calls are those of --pid, which is not given");
    }
    options_check_thresholds(state, options);
    options_check_threads(state, options);
}

void options_check_threads(struct argp_state *state, const struct options *options)
{
    if (options->threads > options->connections) {
        argp_error(state, "--threads %u: more threads than the %u connections", options->threads,
                   options->connections);
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    char words[512];
    struct error error = {.text = words, .size = sizeof words};

    switch (key) {
    case KEY_CONNECTIONS:
        options->connections = options_whole(state, "--connections", text, 1000000);
        break;
    case KEY_THREADS:
        options->threads = options_whole(state, "--threads", text, 1024);
        break;
    case KEY_DURATION:
        options->duration_s = options_seconds(state, "--duration", text, 0.1, 86400);
        options->duration_given = true;
        break;
    case KEY_WARMUP:
        options->warmup_s = options_seconds(state, "--warmup", text, 0, 3600);
        break;
    case KEY_TIMEOUT:
        options->timeout_s = options_seconds(state, "--timeout", text, 0.001, 3600);
        break;
    case KEY_REST:
        options->rest_s = options_seconds(state, "--rest", text, 0, 60);
        break;
    case KEY_RATE:
        options->rate = options_number(state, "--rate", text, 0.01, 1e8);
        break;
    case KEY_ARRIVALS:
        options->poisson = poisson(state, text);
        break;
    case KEY_FIND_MAX:
        options->find_max = true;
        break;
    case KEY_SLO:
        take_slo(state, options, text);
        break;
    case KEY_HEADER:
        options_field(state, options, "--header", NULL, text);
        break;
    case KEY_ORIGIN:
        options_field(state, options, "--origin", "Origin", text);
        break;
    case KEY_SUBPROTOCOL:
        if (requests_extra_subprotocols(&options->extra, text, &error) != SHUNT_OK) {
            argp_error(state, "--subprotocol: %s", words);
        }
        break;
    case KEY_COMPRESSION:
        if (requests_extra_compression(&options->extra, text, &error) != SHUNT_OK) {
            argp_error(state, "--compression: %s", words);
        }
        break;
    case KEY_SOURCE:
        take_source(state, options, text);
        break;
    case KEY_PROTOCOL:
        options->protocol = text;
        break;
    case KEY_PID:
        options->pid = (pid_t)options_whole(state, "--pid", text, INT32_MAX);
        break;
    case KEY_SYSTEM_CALLS:
        options->system_calls = true;
        break;
    case KEY_BACKEND:
        options->backend = backend(state, text);
        break;
    case ARGP_KEY_INIT:
        state->child_inputs[0] = options;
        break;
    case ARGP_KEY_ARG:
        if (is_limit(text)) {
            options_threshold(state, options, text);
        } else {
            take_url(state, options, text);
        }
        break;
    case ARGP_KEY_END:
        check(state, options);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_child children[] = {{&options_output_argp, 0, NULL, 0},
                                             {NULL, 0, NULL, 0}};
const struct argp options_argp = {
    .options = list,
    .parser = parse,
    .children = children,
    .doc = "\vExit status: 0; 1 when the server cannot be reached, nothing completed, there were "
           "more errors than completions, or a --fail-if holds; 2 for a wrong command line."};
