#include "compare/compare.h"

#include "compare/turn.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* What is the same in all turns. */
struct bench {
    struct compare_options options;
    cpu_set_t server_cpus, client_cpus;
    bool pinned;
    struct quota quota;
    json_t *notes;
};

static volatile int stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* Without SA_RESTART: a wait for the scenario ends, and the scenario is told. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static int complain(const char *sentence)
{
    fprintf(stderr, "shunt-bench: %s\n", sentence);
    return BENCH_FAILED;
}

static void note(struct bench *bench, const char *sentence)
{
    json_array_append_new(bench->notes, json_string(sentence));
}

/* The first CPU is the server's, the others are the client's. */
static void choose_cpus(struct bench *bench)
{
    int server = -1, client = 0;
    char sentence[128];

    CPU_ZERO(&bench->server_cpus);
    if (!bench->options.pin) {
        note(bench, "Server and client share all CPUs.");
        return;
    }
    if (sched_getaffinity(0, sizeof bench->client_cpus, &bench->client_cpus) != 0 ||
        CPU_COUNT(&bench->client_cpus) < 2) {
        note(bench, "There is one CPU only: server and client compete for it.");
        return;
    }
    while (!CPU_ISSET(++server, &bench->client_cpus)) {
    }
    CPU_SET(server, &bench->server_cpus);
    CPU_CLR(server, &bench->client_cpus);
    while (!CPU_ISSET(client, &bench->client_cpus)) {
        client++;
    }
    bench->pinned = true;
    snprintf(sentence, sizeof sentence, "The server is held to CPU %d, the client to %s %d%s.",
             server, CPU_COUNT(&bench->client_cpus) > 1 ? "the others, from CPU" : "CPU", client,
             CPU_COUNT(&bench->client_cpus) > 1 ? " on" : "");
    note(bench, sentence);
}

static void set_quota(struct bench *bench)
{
    char why[512], sentence[700];

    if (bench->options.quota <= 0) {
        return;
    }
    if (quota_create(bench->options.quota, &bench->quota, why, sizeof why) == SHUNT_OK) {
        snprintf(sentence, sizeof sentence, "Each server is held to %g %% of a CPU (cgroup v%d).",
                 100 * bench->options.quota, bench->quota.version);
    } else {
        snprintf(sentence, sizeof sentence,
                 "WARNING: no server is held to %g %% of a CPU as asked for, this is measured "
                 "without: %s",
                 100 * bench->options.quota, why);
        complain(sentence);
    }
    note(bench, sentence);
}

/* Fisher and Yates. A linear congruential generator is random enough for an order. */
static void shuffle(size_t *order, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t other = (size_t)((*state >> 33) % i), kept = order[i - 1];

        order[i - 1] = order[other];
        order[other] = kept;
    }
}

static void progress(const struct bench *bench, size_t round, const struct outcome_server *server,
                     const char *error)
{
    const json_t *json = server->rounds[round];

    if (!json) {
        fprintf(stderr, "round %zu of %u  %s: %s\n", round + 1, bench->options.rounds, server->name,
                error);
    } else if (!bench->options.quiet) {
        fprintf(stderr, "round %zu of %u  %s: %.0f operations/s\n", round + 1,
                bench->options.rounds, server->name,
                json_number_value(json_object_get(json, "rate_per_second")));
    }
}

/* How many rounds are whole. A round that is interrupted is not one. */
static size_t run_rounds(struct bench *bench)
{
    struct compare_options *options = &bench->options;
    size_t *order = calloc(options->server_count, sizeof *order), round = 0;
    uint64_t state = options->seed;

    for (size_t i = 0; order && i < options->server_count; i++) {
        order[i] = i;
    }
    for (; order && round < options->rounds && !stop; round++) {
        shuffle(order, options->server_count, &state);
        for (size_t i = 0; i < options->server_count && !stop; i++) {
            struct outcome_server *server = &options->servers[order[i]];
            struct turn_plan plan = {
                .command = server->command,
                .program = "/proc/self/exe",
                .scenario = options->scenario,
                .wait_s = options->wait_s,
                .server_cpus = bench->pinned ? &bench->server_cpus : NULL,
                .client_cpus = bench->pinned ? &bench->client_cpus : NULL,
                .quota = bench->quota.folder[0] ? &bench->quota : NULL,
            };
            char error[600] = "";

            server->rounds[round] = turn_run(&plan, &stop, error, sizeof error);
            json_object_set_new(server->rounds[round], "turn", json_integer((json_int_t)i + 1));
            progress(bench, round, server, error);
        }
        if (stop) {
            break;
        }
    }
    free(order);
    return round;
}

static int write_outputs(struct bench *bench, json_t *comparison)
{
    const struct compare_options *options = &bench->options;
    char error[600];
    int status = BENCH_DONE;

    outcome_table(comparison,
                  options->json_file && strcmp(options->json_file, "-") == 0 ? stderr : stdout);
    if (options->json_file) {
        const char *file = options->json_file;
        FILE *out = strcmp(file, "-") == 0 ? stdout : fopen(file, "we");
        bool failed = !out ||
                      json_dumpf(comparison, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) ||
                      fputc('\n', out) == EOF || fflush(out) != 0;

        if (out && out != stdout && fclose(out) != 0) {
            failed = true;
        }
        if (failed) {
            snprintf(error, sizeof error, "--json %s: it could not be written", file);
            status = complain(error);
        }
    }
    if (report_outputs_write(&options->outputs, comparison, "comparison", error, sizeof error) !=
        0) {
        status = complain(error);
    }
    return status;
}

static int conclude(struct bench *bench, size_t rounds)
{
    struct compare_options *options = &bench->options;
    struct outcome outcome = {
        .servers = options->servers,
        .server_count = options->server_count,
        .rounds = rounds,
        .seed = options->seed,
        .scenario = options->scenario,
        .notes = bench->notes,
        .quota = bench->quota.folder[0] ? &bench->quota : NULL,
    };
    size_t silent = 0;

    for (size_t i = 0; i < options->server_count; i++) {
        size_t got = 0;

        for (size_t round = 0; round < rounds; round++) {
            got += options->servers[i].rounds[round] != NULL;
        }
        silent += got == 0;
    }
    if (silent == options->server_count) {
        return complain("no server gave a result");
    }
    json_t *comparison = outcome_json(&outcome);
    int status = comparison ? write_outputs(bench, comparison) : complain("no memory");

    json_decref(comparison);
    return silent > 0 ? BENCH_FAILED : status;
}

static bool make_room(struct compare_options *options)
{
    for (size_t i = 0; i < options->server_count; i++) {
        options->servers[i].rounds = calloc(options->rounds, sizeof(json_t *));
        if (!options->servers[i].rounds) {
            return false;
        }
    }
    return true;
}

static void free_rounds(struct compare_options *options)
{
    for (size_t i = 0; i < options->server_count; i++) {
        for (size_t round = 0; options->servers[i].rounds && round < options->rounds; round++) {
            json_decref(options->servers[i].rounds[round]);
        }
        free(options->servers[i].rounds);
    }
}

int command_compare(int argc, char **argv, int whole_argc, char **whole_argv)
{
    struct bench bench = {.notes = json_array()};
    char error[600];
    int status = BENCH_FAILED;

    (void)whole_argc;
    (void)whole_argv;
    if (!bench.notes || !compare_options_parse(argc, argv, &bench.options) ||
        !make_room(&bench.options)) {
        status = complain("no memory");
    } else if (report_outputs_check(&bench.options.outputs, error, sizeof error) != 0) {
        status = complain(error);
    } else {
        catch_signals();
        choose_cpus(&bench);
        set_quota(&bench);
        status = conclude(&bench, run_rounds(&bench));
        quota_destroy(&bench.quota);
    }
    free_rounds(&bench.options);
    compare_options_fini(&bench.options);
    json_decref(bench.notes);
    return status;
}
