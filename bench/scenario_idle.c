/* Connections that are only held: time to establish, memory of both sides, and a ping over all. */
#include "scenario_run.h"

#include "scenario_echo.h"

#include "load/hold.h"
#include "report/curves.h"
#include "report/text.h"
#include <stdlib.h>
#include <unistd.h>

static void take(struct options *options, int key, char *text, struct argp_state *state)
{
    (void)key, (void)text;
    if (options->find_max) {
        argp_error(state, "--find-max: idle has no rate to search");
    }
}

static void say_line(const char *sentence)
{
    static const char *const terminal[] = {"%s\n", "\r\033[K%s"};

    fprintf(stderr, terminal[isatty(STDERR_FILENO) != 0], sentence);
}

static void say_nothing(const char *sentence)
{
    (void)sentence;
}

static json_t *growth(bool known, uint64_t before, uint64_t after, uint64_t held)
{
    return known && held ? json_real(((double)after - (double)before) / (double)held) : json_null();
}

/* The kernel's part of each connection by end, null where that is not known. */
static json_t *ends_json(const struct hold_result *result)
{
    struct kernel_ends ends;

    if (!bare_ends_split(&result->bare, &result->before.kernel, &result->held_memory.kernel,
                         result->held, &ends)) {
        return json_pack("{s:n, s:s}", "kernel_ends", "kernel_ends_reason", result->bare.why);
    }
    return json_pack("{s:{s:f, s:f, s:f, s:f, s:i}, s:s}", "kernel_ends", "server_bytes",
                     ends.both_bytes - ends.client_bytes, "client_bytes", ends.client_bytes,
                     "both_bytes", ends.both_bytes, "bare_socket_bytes", ends.socket_bytes,
                     "measured_with", (int)result->bare.count, "kernel_ends_reason", "");
}

static json_t *idle_json(const struct hold_result *result)
{
    const struct hold_memory *before = &result->before, *after = &result->held_memory;
    uint64_t held = result->held, empty_rss = before->server.rss_bytes;
    bool known = before->server_known && after->server_known;
    bool pss_known = before->pss_known && after->pss_known;
    json_t *ping = json_pack("{s:I, s:I, s:f, s:o, s:o}", "completed",
                             (json_int_t)histogram_count(&result->ping.latency_ns), "errors_total",
                             (json_int_t)tally_failed(&result->ping), "seconds", result->ping_s,
                             "latency_us", report_latency(&result->ping.latency_ns), "histogram",
                             report_histogram(&result->ping.latency_ns));

    json_t *idle = json_pack(
        "{s:I, s:f, s:o, s:o, s:o, s:o, s:o}", "held", (json_int_t)held, "establish_s",
        result->establish_s, "server_rss_bytes_per_connection",
        growth(known, empty_rss, after->server.rss_bytes, held), "server_pss_bytes_per_connection",
        growth(pss_known, before->server_pss_bytes, after->server_pss_bytes, held),
        "server_rss_bytes_empty", known ? json_integer((json_int_t)empty_rss) : json_null(),
        "kernel_bytes_per_connection",
        held ? kernel_memory_growth(&before->kernel, &after->kernel, held) : json_null(), "ping",
        ping);
    json_t *ends = ends_json(result);

    if (json_object_update(idle, ends) != 0) {
        json_decref(idle);
        idle = NULL;
    }
    json_decref(ends);
    return json_pack("{s:o}", "idle", idle);
}

static void print_number(const json_t *object, const char *key, const char *label)
{
    const json_t *number = json_object_get(object, key);

    if (json_is_number(number)) {
        printf("  %-28s %.0f B a connection\n", label, json_number_value(number));
    }
}

/* Above the table that all scenarios have. */
static void print_idle(const struct hold_result *result, json_t *idle)
{
    json_t *kernel = json_object_get(idle, "kernel_bytes_per_connection"), *cache;
    const json_t *ends = json_object_get(idle, "kernel_ends");
    const char *name;
    char count[TEXT_BYTES], p50[TEXT_BYTES], p99[TEXT_BYTES], max[TEXT_BYTES];

    text_count(count, (double)result->held);
    printf("held %s connections, established in %.2f s\n", count, result->establish_s);
    print_number(idle, "server_rss_bytes_per_connection", "server memory (RSS)");
    print_number(idle, "server_pss_bytes_per_connection", "server memory (PSS)");
    if (json_is_object(ends)) {
        print_number(ends, "server_bytes", "kernel, the server's end");
        print_number(ends, "client_bytes", "kernel, the client's end");
    } else {
        printf("  kernel, by end               not known: %s\n",
               json_string_value(json_object_get(idle, "kernel_ends_reason")));
    }
    print_number(kernel, "slab_bytes", "kernel, slabs of the machine");
    print_number(kernel, "tcp_buffer_bytes", "kernel, TCP queues");
    json_object_foreach(json_object_get(kernel, "caches"), name, cache)
    {
        if (json_number_value(cache) >= 64) {
            printf("    of it %-21s %.0f B\n", name, json_number_value(cache));
        }
    }
    text_count(count, (double)histogram_count(&result->ping.latency_ns));
    text_time(p50, (double)histogram_quantile(&result->ping.latency_ns, 0.5));
    text_time(p99, (double)histogram_quantile(&result->ping.latency_ns, 0.99));
    text_time(max, (double)histogram_max(&result->ping.latency_ns));
    printf("  ping over all: %s answered, p50 %s, p99 %s, max %s, errors %llu\n", count, p50, p99,
           max, (unsigned long long)tally_failed(&result->ping));
    printf("establishing them:\n");
}

static int measure(const struct scenario *scenario, const struct options *options,
                   const struct client_plan *plan, FILE *json_file)
{
    static struct hold_result result; /* large */
    struct report report;
    struct client_plan closed = *plan;
    char words[512];
    struct error error = {.text = words, .size = sizeof words};
    enum shunt_status status =
        hold_run(options, plan, options->quiet ? say_nothing : say_line, &result, &error);

    if (!options->quiet && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K");
    }
    if (status != SHUNT_OK) {
        return scenario_complain(words);
    }
    closed.rate = 0;
    scenario_report(scenario, options, &closed, &result.establishing, &report);
    json_t *more = idle_json(&result);

    if (more && json_file != stdout) {
        print_idle(&result, json_object_get(more, "idle"));
    }
    int exit_status = scenario_print(&report, more, json_file);
    uint64_t answered = histogram_count(&result.ping.latency_ns);

    return exit_status == BENCH_DONE && answered < result.held ? BENCH_FAILED : exit_status;
}

int scenario_idle(int argc, char **argv, int whole_argc, char **whole_argv)
{
    static const struct scenario scenario = {
        .name = "idle",
        .operation = "connection",
        .doc = "Establish --connections upgraded connections, hold them for --duration, and then "
               "send one message over each, --rate of them a second (all within two seconds by "
               "default). Reports the time to establish them, what the server's memory grew by "
               "(--pid), what the kernel's slabs grew by and the server's part of that, and the "
               "latency of the messages. A held "
               "connection that the server ends is an error.\v"
               "The kernel's slabs are the whole machine's: with the server on this machine they "
               "hold both ends of each connection. The server's end is what remains without the "
               "client's, and that is measured first, on connections to a socket that does "
               "nothing. It needs 1,000 connections or more. Caches by name need root.\n\n"
               "More connections than ports: --source 127.0.0.2-9. More than descriptors: ulimit "
               "-n.\n\n"
               "Example:\n  shunt-bench idle ws://127.0.0.1:8101/ws -c 19000 -d 2 --pid $(pidof "
               "shuntd)",
        .way = CLIENT_STAYS,
        .upgrades = true,
        .take = take,
        .talk = scenario_echo_talk,
        .measure = measure,
    };

    return scenario_run(&scenario, argc, argv, whole_argc, whole_argv);
}
