/* Messages of a few connections that must come to all others. */
#include "scenario_run.h"

#include "load/broadcast.h"
#include "report/text.h"

enum { KEY_PUBLISHERS = 1000, KEY_SIZE, KEY_WINDOW };

static const struct argp_option list[] = {
    {"publishers", KEY_PUBLISHERS, "N", 0, "Of the connections, so many publish in turn (1)", 1},
    {"size", KEY_SIZE, "BYTES", 0, "Of a message, 16 to 65535 (32)", 1},
    {"window", KEY_WINDOW, "N", 0,
     "Without --rate: messages that have not come to all, before the next is sent (64)", 1},
    {NULL, 0, NULL, 0, NULL, 0},
};

static struct broadcast_plan plan_of = {.publishers = 1, .window = 64};

static void take(struct options *options, int key, char *text, struct argp_state *state)
{
    if (key == KEY_PUBLISHERS) {
        plan_of.publishers = options_whole(state, "--publishers", text, BROADCAST_PUBLISHERS_MAX);
    } else if (key == KEY_SIZE) {
        options->message_bytes = options_whole(state, "--size", text, BROADCAST_BYTES_MAX);
        if (options->message_bytes < BROADCAST_BYTES_MIN) {
            argp_error(state, "--size: expected at least %d, found %s", BROADCAST_BYTES_MIN, text);
        }
    } else if (key == KEY_WINDOW) {
        plan_of.window = options_whole(state, "--window", text, 1u << 20);
    } else if (options->find_max) {
        argp_error(state, "--find-max: broadcast is measured at a given rate");
    } else if (options->connections <= plan_of.publishers) {
        argp_error(state, "--connections: expected more than --publishers, found %u",
                   options->connections);
    }
}

/* What is missing is what did not come in order, once. */
static json_t *broadcast_json(const struct broadcast_result *result)
{
    const struct process_usage *server = &result->load.server;
    double cpu_s = (double)(server->user_us + server->system_us) / 1e6;
    double counted = (double)histogram_count(&result->load.tally.latency_ns);
    json_t *per_cpu =
        result->load.server_known && cpu_s > 0 ? json_real(counted / cpu_s) : json_null();

    return json_pack("{s:{s:i, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:o}}", "broadcast", "publishers",
                     (int)plan_of.publishers, "establish_s", result->establish_s, "published",
                     (json_int_t)result->published, "expected", (json_int_t)result->expected,
                     "delivered", (json_int_t)result->delivered, "missing",
                     (json_int_t)(result->expected - result->delivered), "repeated",
                     (json_int_t)result->repeated, "connections_lost", (json_int_t)result->lost,
                     "deliveries_per_server_cpu_s", per_cpu);
}

static void print_broadcast(const struct broadcast_result *result, const json_t *all)
{
    const json_t *per_cpu =
        json_object_get(json_object_get(all, "broadcast"), "deliveries_per_server_cpu_s");
    char published[TEXT_BYTES], delivered[TEXT_BYTES], count[TEXT_BYTES];

    text_count(published, (double)result->published);
    text_count(delivered, (double)result->delivered);
    printf("published %s messages, delivered %s: %llu missing, %llu repeated, %llu connections "
           "lost\n",
           published, delivered, (unsigned long long)(result->expected - result->delivered),
           (unsigned long long)result->repeated, (unsigned long long)result->lost);
    if (json_is_number(per_cpu)) {
        text_count(count, json_number_value(per_cpu));
        printf("  %s deliveries a second of the server's CPU time\n", count);
    }
}

static int measure(const struct scenario *scenario, const struct options *options,
                   const struct client_plan *plan, FILE *json_file)
{
    static struct broadcast_result result; /* large */
    struct report report;
    char words[512];
    struct error error = {.text = words, .size = sizeof words};

    plan_of.clients = plan;
    if (broadcast_run(options, &plan_of, &result, &error) != SHUNT_OK) {
        return scenario_complain(words);
    }
    scenario_report(scenario, options, plan, &result.load, &report);
    json_t *more = broadcast_json(&result);

    if (more && json_file != stdout) {
        print_broadcast(&result, more);
    }
    int exit_status = scenario_print(&report, more, json_file);
    bool whole = result.delivered == result.expected && result.repeated == 0;

    return exit_status == BENCH_DONE && !whole ? BENCH_FAILED : exit_status;
}

int scenario_broadcast(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct scenario scenario = {
        .name = "broadcast",
        .operation = "message",
        .doc = "Measure messages that the server sends on: of --connections upgraded ones, "
               "--publishers publish in turn, --rate messages a second, and each must come to all "
               "the others, in order and once. Latency is from when a message was due to when it "
               "came to one of them. What is missing or comes twice makes the run fail.\v"
               "The server sends what one client sends to all others: this project's service "
               "'broadcast' does. Messages are binary frames.\n\n"
               "Example:\n  shunt-bench broadcast ws://127.0.0.1:8101/all -c 10000 --rate 100 "
               "--pid $(pidof shuntd)",
        .way = CLIENT_STAYS,
        .upgrades = true,
        .list = list,
        .take = take,
        .measure = measure,
    };

    return scenario_run(&scenario, argc, argv, whole_argc, whole_argv);
}
