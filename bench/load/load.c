/* A run over a measured time: warm-up, a point a second, the server's and the client's share. */
#include "load/load.h"

#include "base/clock.h"
#include "load/client_threads.h"
#include <stdio.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)
#define TURN_NS   UINT64_C(20000000) /* so long after a second's end its figures are there */

struct load {
    const struct options *options;
    struct threads *threads;
    uint64_t from_ns, until_ns;
    uint64_t sampled_ns;          /* when the series got its last point, and */
    struct process_usage sampled; /* what the server had used then */
    struct process_usage before;  /* and at the start */
    bool server_known;            /* at the start */
    struct system_calls *calls;   /* NULL: not counted */
    uint64_t calls_before;
};

/* Collect what has come and add a point to the series; gives the time that it spans. */
static double sample(struct load *load, struct load_result *result, struct tally *since,
                     uint64_t now_ns)
{
    struct process_usage usage;
    double seconds = now_ns > load->sampled_ns ? (double)(now_ns - load->sampled_ns) / 1e9 : 0;

    memset(since, 0, sizeof *since);
    threads_collect(load->threads, since);
    tally_merge(&result->tally, since);
    struct series_point *point =
        series_add(&result->series, since, (double)(now_ns - load->from_ns) / 1e9, seconds);

    load->sampled_ns = now_ns;
    if (!point || !load->server_known || seconds <= 0 ||
        process_usage(load->options->pid, &usage) != SHUNT_OK) {
        return seconds;
    }
    struct process_usage used = process_usage_since(&usage, &load->sampled);

    point->server_known = true;
    point->server_cpu_share = (double)(used.user_us + used.system_us) / 1e6 / seconds;
    point->server_rss_bytes = usage.rss_bytes;
    load->sampled = usage;
    return seconds;
}

/* Show progress until the end; the result's tally is what has been collected so far. */
static void watch(struct load *load, const struct load_progress *progress,
                  struct load_result *result)
{
    static struct tally since; /* large, and there is one main thread */

    for (uint64_t next_ns = load->from_ns + SECOND_NS;; next_ns += SECOND_NS) {
        uint64_t until_ns = next_ns < load->until_ns ? next_ns : load->until_ns;

        bool last = until_ns == load->until_ns;

        result->interrupted = !threads_sleep(load->threads, last ? until_ns : until_ns + TURN_NS);
        if (result->interrupted || last || threads_failed(load->threads)) {
            break;
        }
        double seconds = sample(load, result, &since, until_ns);

        progress->show(progress->context, &since, seconds,
                       (double)(load->until_ns - until_ns) / 1e9, tally_failed(&result->tally));
    }
}

/* From the start of the load to its end, on the main thread. */
static void measure(struct load *load, const struct load_progress *progress,
                    struct load_result *result)
{
    static const struct tally nothing;
    struct process_usage after;
    pid_t pid = load->options->pid;

    progress->show(progress->context, &nothing, 0, -1, 0);
    result->started_at = time(NULL);
    result->interrupted = !threads_sleep(load->threads, load->from_ns);
    load->server_known = pid && process_usage(pid, &load->before) == SHUNT_OK;
    load->calls_before = system_calls_count(load->calls);
    load->sampled_ns = load->from_ns;
    load->sampled = load->before;
    if (!result->interrupted) {
        watch(load, progress, result);
    }
    result->system_calls = system_calls_count(load->calls) - load->calls_before;
    result->server_known = load->server_known && process_usage(pid, &after) == SHUNT_OK;
    if (result->server_known) {
        result->server = process_usage_since(&after, &load->before);
        if (process_pss(pid, &result->server_pss_bytes) != SHUNT_OK) {
            result->server_pss_bytes = 0;
        }
    }
    uint64_t now_ns = clock_now_ns();
    uint64_t end_ns = now_ns < load->until_ns ? now_ns : load->until_ns;

    result->seconds = end_ns > load->from_ns ? (double)(end_ns - load->from_ns) / 1e9 : 0;
}

/* What came since the last point, and the client's own part. */
static void sum_up(struct load *load, const struct threads_summary *summary,
                   struct load_result *result)
{
    static struct tally since;
    uint64_t end_ns = load->from_ns + (uint64_t)(result->seconds * 1e9);

    sample(load, result, &since, end_ns > load->sampled_ns ? end_ns : load->sampled_ns);
    result->client_cpu_s = summary->cpu_s;
    result->client_spun_s = summary->spun_s;
    result->client_busy_max = summary->busy_max;
    result->unfinished = summary->unfinished;
    result->oldest_unfinished_ns = summary->oldest_ns;
}

struct system_calls *load_count_system_calls(const struct options *options,
                                             struct load_result *result)
{
    struct error why_not = {.text = result->system_calls_why,
                            .size = sizeof result->system_calls_why};
    struct system_calls *calls = NULL;

    result->system_calls_why[0] = '\0';
    result->system_calls_known =
        options->system_calls && system_calls_open(options->pid, &calls, &why_not) == SHUNT_OK;
    return calls;
}

enum shunt_status load_run(const struct options *options, const struct client_plan *plan,
                           const struct load_progress *progress, struct load_result *result,
                           struct error *error)
{
    struct load load = {.options = options};
    struct client_plan own = *plan; /* with where the requests are apart */
    struct threads_summary summary;
    const char *why;

    memset(result, 0, sizeof *result);
    if (plan->talk && plan->talk->requests) {
        own.by_request = result->by_request = target_tallies_create(plan->talk->request_count);
        if (!result->by_request) {
            return error_set(error, SHUNT_ENOMEM, "no memory for %u URLs",
                             plan->talk->request_count);
        }
    }
    enum shunt_status status =
        client_threads_create(&own, options->connections, options->threads, &load.threads, error);

    if (status != SHUNT_OK) {
        return status;
    }
    result->backend = client_threads_backend(load.threads, &why);
    snprintf(result->backend_why, sizeof result->backend_why, "%s", why);
    load.calls = load_count_system_calls(options, result);
    load.from_ns = clock_now_ns() + (uint64_t)(options->warmup_s * 1e9);
    load.until_ns = load.from_ns + (uint64_t)(options->duration_s * 1e9);
    threads_start(load.threads, load.from_ns, load.until_ns);
    measure(&load, progress, result);
    status = threads_finish(load.threads, &summary, error);
    sum_up(&load, &summary, result);
    threads_destroy(load.threads);
    system_calls_close(load.calls);
    return status;
}

void load_result_fini(struct load_result *result)
{
    series_fini(&result->series);
    target_tallies_destroy(result->by_request);
    result->by_request = NULL;
}
