#include "scenario_run.h"

#include "find_max.h"

#include "load/probe.h"
#include "report/progress.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DESCRIPTORS_BESIDE 64 /* loops, standard streams, files */

/* The input of the parsers. */
struct parsing {
    const struct scenario *scenario;
    struct options *options;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct parsing *parsing = state->input;
    const struct scenario *scenario = parsing->scenario;

    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = parsing->options;
        return 0;
    }
    for (const struct argp_option *own = scenario->list; own && own->name; own++) {
        if (own->key == key) {
            scenario->take(parsing->options, key, text, state);
            return 0;
        }
    }
    if (key == ARGP_KEY_SUCCESS && scenario->take) {
        scenario->take(parsing->options, ARGP_KEY_END, NULL, state);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int scenario_complain(const char *sentence)
{
    fprintf(stderr, "shunt-bench: %s\n", sentence);
    return BENCH_FAILED;
}

void scenario_report(const struct scenario *scenario, const struct options *options,
                     const struct client_plan *plan, const struct load_result *result,
                     struct report *report)
{
    bool open = plan->rate > 0;

    *report = (struct report){
        .scenario = scenario->name,
        .operation = scenario->operation,
        .loop = open ? "open" : "closed",
        .loop_text =
            open ? "open loop: operations are due on a schedule, and latency counts from then, so "
                   "a stalled server shows"
                 : "closed loop: a client waits for its answer before it sends again, so a stalled "
                   "server slows the load",
        .options = options,
        .rate = plan->rate,
        .result = result,
    };
}

static int write_json(json_t *json, FILE *file)
{
    return json_dumpf(json, file, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) != 0 ||
                   fputc('\n', file) == EOF || fflush(file) != 0
               ? -1
               : 0;
}

/* The table goes to standard output, unless JSON goes there. */
int scenario_print(const struct report *report, json_t *more, FILE *json_file)
{
    const struct options *options = report->options;
    json_t *json = report_json(report);
    char words[512] = "the JSON could not be written";
    struct error error = {.text = words, .size = sizeof words};
    int result = json && (!more || json_object_update(json, more) == 0) ? 0 : -1;

    report_table(report, json_file == stdout ? stderr : stdout);
    if (result == 0 && json_file) {
        result = write_json(json, json_file);
    }
    if (result == 0) {
        result = report_outputs_write(&options->outputs, json, options->url_text, &error);
    }
    json_decref(json);
    json_decref(more);
    if (result != 0) {
        return scenario_complain(words);
    }
    return report_succeeded(report) ? BENCH_DONE : BENCH_FAILED;
}

int scenario_measure(const struct scenario *scenario, const struct options *options,
                     const struct client_plan *plan, FILE *json_file)
{
    static struct load_result result; /* large */
    struct progress progress;
    struct load_progress shown = {progress_show, &progress};
    struct report report;
    char words[512];
    struct error error = {.text = words, .size = sizeof words};

    progress_init(&progress, options->duration_s, options->quiet);
    enum shunt_status status = load_run(options, plan, &shown, &result, &error);

    progress_end(&progress);
    if (status != SHUNT_OK) {
        load_result_fini(&result);
        return scenario_complain(words);
    }
    scenario_report(scenario, options, plan, &result, &report);
    int exit_status = scenario_print(&report, NULL, json_file);

    load_result_fini(&result);
    return exit_status;
}

int scenario_measure_into_files(const struct scenario *scenario, const struct options *options,
                                struct client_plan *plan)
{
    const char *name = options->json_file;
    FILE *json_file = !name ? NULL : strcmp(name, "-") == 0 ? stdout : fopen(name, "we");
    char words[512];
    struct error error = {.text = words, .size = sizeof words};

    if (name && !json_file) {
        error_set(&error, SHUNT_ESYS, "--json %s: %s", name, strerror(errno));
        return scenario_complain(words);
    }
    int (*measure)(const struct scenario *, const struct options *, const struct client_plan *,
                   FILE *) = scenario->measure   ? scenario->measure
                             : options->find_max ? find_max
                                                 : scenario_measure;
    int status = report_outputs_check(&options->outputs, &error) == 0
                     ? measure(scenario, options, plan, json_file)
                     : scenario_complain(words);

    if (json_file && json_file != stdout && fclose(json_file) != 0) {
        status = scenario_complain("the JSON could not be written");
    }
    return status;
}

/* Find out where the server is and whether this process can carry the load. */
static enum shunt_status reach(const struct options *options, struct client_plan *plan,
                               struct error *error)
{
    struct url_address addresses[URL_ADDRESSES_MAX];
    struct process_usage server = {.threads = 0};
    size_t count;

    if (options->pid && process_usage(options->pid, &server) != SHUNT_OK) {
        return error_set(error, SHUNT_ENOTFOUND, "--pid %d: no such process", (int)options->pid);
    }
    /* Where connections pass, one that is being closed may overlap with the next one's start. */
    uint64_t each = plan->way == CLIENT_PASSES ? 2 : 1;
    uint64_t counters = options->system_calls ? server.threads : 0;
    enum shunt_status status =
        process_descriptors(options->connections * each + DESCRIPTORS_BESIDE +
                                (uint64_t)options->threads * 8 + counters,
                            error);

    if (status == SHUNT_OK) {
        status = url_resolve(&options->url, addresses, &count, error);
    }
    if (status == SHUNT_OK) {
        status = probe_connect(addresses, count, (int)plan->timeout_ms, &plan->to, error);
    }
    if (status == SHUNT_OK && options->sources_count &&
        options->sources[0].address.ss_family != plan->to.address.ss_family) {
        status = error_set(error, SHUNT_EINVAL,
                           "--source: not of the same kind as the server's address");
    }
    return status;
}

static int run_plan(const struct scenario *scenario, const struct options *options,
                    struct client_plan *plan)
{
    struct talk talk;
    char words[512];
    struct error error = {.text = words, .size = sizeof words};
    bool talks = false;

    if (scenario->talk && scenario->talk(options, &talk, &talks) != SHUNT_OK) {
        return scenario_complain("no memory for the messages");
    }
    plan->talk = talks ? &talk : NULL;
    int result = reach(options, plan, &error) == SHUNT_OK
                     ? scenario_measure_into_files(scenario, options, plan)
                     : scenario_complain(words);

    if (talks) {
        talk_fini(&talk);
    }
    plan->talk = NULL;
    return result;
}

int scenario_with_requests(const struct scenario *scenario, const struct options *options,
                           struct client_plan *plan, scenario_step *then)
{
    struct requests requests;
    enum shunt_status status =
        requests_init(&requests, &options->url, options->protocol, &options->extra);

    if (status != SHUNT_OK) {
        scenario_complain(status == SHUNT_EINVAL ? "--protocol: expected a token, or token/version"
                                                 : "the requests could not be made");
        return status == SHUNT_EINVAL ? BENCH_USAGE : BENCH_FAILED;
    }
    plan->requests = &requests;
    int result = then(scenario, options, plan);

    requests_fini(&requests);
    plan->requests = NULL;
    return result;
}

static int run(const struct scenario *scenario, struct options *options)
{
    struct client_plan plan = {.sources = options->sources,
                               .sources_count = options->sources_count,
                               .way = options->close_each ? CLIENT_PASSES : scenario->way,
                               .backend = options->backend,
                               .timeout_ms = (uint32_t)(options->timeout_s * 1000),
                               .rest_ns = (uint64_t)(options->rest_s * 1e9),
                               .rate = options->rate,
                               .stages = options->stages.count ? &options->stages : NULL,
                               .poisson = options->poisson};

    if (!scenario->upgrades) {
        options->protocol = "http/1.1";
        return run_plan(scenario, options, &plan);
    }
    return scenario_with_requests(scenario, options, &plan, run_plan);
}

int scenario_run(const struct scenario *scenario, int argc, char **argv, int whole_argc,
                 char **whole_argv)
{
    static struct options options; /* large */
    struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {NULL, 0, NULL, 0}};
    struct argp argp = {.options = scenario->list,
                        .parser = parse,
                        .args_doc = scenario->several_urls ? "URL..." : "URL",
                        .doc = scenario->doc,
                        .children = children};
    struct parsing parsing = {scenario, &options};

    options_init(&options, whole_argc, whole_argv);
    options.several_urls = scenario->several_urls;
    if (argp_parse(&argp, argc, argv, 0, NULL, &parsing) != 0) {
        return BENCH_USAGE;
    }
    int status = run(scenario, &options);

    options_fini(&options);
    return status;
}
