/* Connect, request, 101, reset, again: how many upgrades a second, and how long one takes. */
#include "load.h"
#include "probe.h"
#include "progress.h"
#include "report.h"
#include "scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DESCRIPTORS_BESIDE 64 /* loops, standard streams, files */

static const char doc[] =
    "Measure upgrade handshakes: each virtual client connects, sends an Upgrade request, checks "
    "the 101, resets the connection and starts again. Latency is the time from the start of the "
    "connect to the last byte of the 101's head.\v"
    "URL is http://HOST[:PORT][/PATH] or ws://...\n\n"
    "The load is a closed loop: a client sends nothing while it waits, so a server that stalls "
    "slows the load down and the latency of what was not sent is not seen.\n\n"
    "Exit status: 0; 1 when the server cannot be reached, nothing completed, or there were more "
    "errors than completions; 2 for a wrong command line.\n\n"
    "Example:\n  shunt-bench handshake ws://127.0.0.1:8101/ws --connections 128 --pid $(pidof "
    "shuntd)";

static error_t parse(int key, char *text, struct argp_state *state)
{
    (void)text;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = state->input;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static int complain(const char *sentence)
{
    fprintf(stderr, "shunt-bench: %s\n", sentence);
    return BENCH_FAILED;
}

static void established(struct client_group *group, uint32_t client, uint64_t now_ns)
{
    client_complete(group, client, now_ns);
    client_restart(group, client);
}

/* The table on standard output, unless JSON goes there. */
static int print(const struct report *report, FILE *json_file)
{
    bool json_on_stdout = json_file == stdout;
    const struct options *options = report->options;
    json_t *json = report_json(report);
    int result = json ? 0 : -1;
    char error[512] = "the JSON could not be written";

    report_table(report, json_on_stdout ? stderr : stdout);
    if (json && json_file) {
        result = json_dumpf(json, json_file, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) != 0 ||
                         fputc('\n', json_file) == EOF || fflush(json_file) != 0
                     ? -1
                     : 0;
    }
    if (result == 0) {
        result =
            report_outputs_write(&options->outputs, json, options->url_text, error, sizeof error);
    }
    json_decref(json);
    if (result != 0) {
        return complain(error);
    }
    return report_succeeded(report) ? BENCH_DONE : BENCH_FAILED;
}

/* Find out where the server is and whether this process can carry the load. */
static enum shunt_status prepare(const struct options *options, struct client_plan *plan,
                                 char *error, size_t error_size)
{
    struct url_address addresses[URL_ADDRESSES_MAX];
    size_t count;
    struct process_cpu unused;

    if (options->pid && process_cpu(options->pid, &unused) != SHUNT_OK) {
        snprintf(error, error_size, "--pid %d: no such process", (int)options->pid);
        return SHUNT_ENOTFOUND;
    }
    /* A descriptor that is being closed may overlap with the next one's start. */
    enum shunt_status status = process_descriptors(
        (uint64_t)options->connections * 2 + DESCRIPTORS_BESIDE + (uint64_t)options->threads * 8,
        error, error_size);

    if (status == SHUNT_OK) {
        status = url_resolve(&options->url, addresses, &count, error, error_size);
    }
    if (status == SHUNT_OK) {
        status =
            probe_connect(addresses, count, (int)plan->timeout_ms, &plan->to, error, error_size);
    }
    return status;
}

static int run(const struct options *options, const struct client_plan *plan, FILE *json_file)
{
    static struct load_result result; /* large */
    struct progress progress;
    struct load_progress shown = {progress_show, &progress};
    char error[512];

    progress_init(&progress, options->duration_s, options->quiet);
    enum shunt_status status = load_run(options, plan, &shown, &result, error, sizeof error);

    progress_end(&progress);
    if (status != SHUNT_OK) {
        return complain(error);
    }
    struct report report = {
        .scenario = "handshake",
        .operation = "handshake",
        .loop = "closed",
        .loop_text = "closed loop: a client waits for its answer before it sends again, so a "
                     "stalled server slows the load",
        .options = options,
        .result = &result,
    };

    int exit_status = print(&report, json_file);

    load_result_fini(&result);
    return exit_status;
}

static int run_with_json(const struct options *options, const struct client_plan *plan)
{
    const char *name = options->json_file;
    FILE *json_file = !name ? NULL : strcmp(name, "-") == 0 ? stdout : fopen(name, "we");
    char error[512];

    if (name && !json_file) {
        snprintf(error, sizeof error, "--json %s: %s", name, strerror(errno));
        return complain(error);
    }
    int status = report_outputs_check(&options->outputs, error, sizeof error) == 0
                     ? run(options, plan, json_file)
                     : complain(error);

    if (json_file && json_file != stdout && fclose(json_file) != 0) {
        status = complain("the JSON could not be written");
    }
    return status;
}

int scenario_handshake(int argc, char **argv, int whole_argc, char **whole_argv)
{
    struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {NULL, 0, NULL, 0}};
    struct argp argp = {.parser = parse, .args_doc = "URL", .doc = doc, .children = children};
    struct options options;
    struct requests requests;
    char error[512];

    options_init(&options, whole_argc, whole_argv);
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return BENCH_USAGE;
    }
    struct client_plan plan = {.requests = &requests,
                               .backend = options.backend,
                               .timeout_ms = (uint32_t)(options.timeout_s * 1000),
                               .established = established};

    enum shunt_status status = requests_init(&requests, &options.url, options.protocol);

    if (status != SHUNT_OK) {
        complain(status == SHUNT_EINVAL ? "--protocol: expected a token, or token/version"
                                        : "the requests could not be made");
        return status == SHUNT_EINVAL ? BENCH_USAGE : BENCH_FAILED;
    }
    int result = BENCH_FAILED;

    if (prepare(&options, &plan, error, sizeof error) != SHUNT_OK) {
        complain(error);
    } else {
        result = run_with_json(&options, &plan);
    }
    requests_fini(&requests);
    return result;
}
