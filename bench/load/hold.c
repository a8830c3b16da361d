#include "load/hold.h"

#include "base/clock.h"
#include "load/client_threads.h"
#include <stdio.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)
#define LOOK_NS   (SECOND_NS / 4)
#define PING_S    2.0

struct hold {
    const struct options *options;
    struct threads *threads;
    void (*show)(const char *sentence);
    struct hold_result *result;
    uint64_t from_ns;
    struct system_calls *calls; /* NULL: not counted */
};

static void read_memory(pid_t pid, struct hold_memory *memory)
{
    memory->server_known = pid && process_usage(pid, &memory->server) == SHUNT_OK;
    memory->pss_known = pid && process_pss(pid, &memory->server_pss_bytes) == SHUNT_OK;
    kernel_memory_read(&memory->kernel);
}

static uint64_t count_lost(const struct tally *tally)
{
    uint64_t lost = 0;

    for (int i = 0; i < FAILURES; i++) {
        lost += tally->failures_in[PHASE_HELD][i] + tally->failures_in[PHASE_EXCHANGE][i];
    }
    return lost;
}

static void show_count(const struct hold *hold, const char *format, uint64_t count)
{
    char sentence[128];

    snprintf(sentence, sizeof sentence, format, (unsigned long long)count,
             (unsigned long long)hold->options->connections);
    hold->show(sentence);
}

/* Until all are there, or none has come for as long as one may take. */
static enum shunt_status establish(struct hold *hold)
{
    struct tally *tally = &hold->result->establishing.tally;
    uint64_t patience_ns = (uint64_t)(hold->options->timeout_s * 1e9) + SECOND_NS;
    uint64_t last_ns = hold->from_ns, last = 0;

    for (;;) {
        if (!threads_sleep(hold->threads, clock_now_ns() + LOOK_NS)) {
            return SHUNT_AGAIN;
        }
        threads_collect(hold->threads, tally);
        uint64_t now_ns = clock_now_ns(), held = tally->established - count_lost(tally);

        show_count(hold, "%llu of %llu connections established", held);
        if (held > last) {
            last = held;
            last_ns = now_ns;
        }
        if (held >= hold->options->connections || threads_failed(hold->threads) ||
            now_ns - last_ns > patience_ns) {
            return SHUNT_OK;
        }
    }
}

static enum shunt_status rest(struct hold *hold)
{
    uint64_t until_ns = clock_now_ns() + (uint64_t)(hold->options->duration_s * 1e9);
    struct tally *tally = &hold->result->establishing.tally;

    while (clock_now_ns() < until_ns && !threads_failed(hold->threads)) {
        uint64_t left_ns = until_ns - clock_now_ns();

        if (!threads_sleep(hold->threads,
                           clock_now_ns() + (left_ns < SECOND_NS ? left_ns : SECOND_NS))) {
            return SHUNT_AGAIN;
        }
        threads_collect(hold->threads, tally);
        show_count(hold, "%llu of %llu connections held", tally->established - count_lost(tally));
    }
    hold->result->held = tally->established - count_lost(tally);
    return SHUNT_OK;
}

static enum shunt_status ping(struct hold *hold)
{
    struct hold_result *result = hold->result;
    double rate =
        hold->options->rate > 0 ? hold->options->rate : (double)hold->options->connections / PING_S;
    uint64_t start_ns = clock_now_ns();
    uint64_t until_ns =
        start_ns + (uint64_t)(((double)result->held / rate + hold->options->timeout_s + 0.5) * 1e9);
    uint64_t done = 0;

    threads_ping(hold->threads, rate);
    while (done < result->held && clock_now_ns() < until_ns && !threads_failed(hold->threads)) {
        if (!threads_sleep(hold->threads, clock_now_ns() + LOOK_NS)) {
            return SHUNT_AGAIN;
        }
        threads_collect(hold->threads, &result->ping);
        done = histogram_count(&result->ping.latency_ns) + tally_failed(&result->ping);
        show_count(hold, "%llu of %llu connections have answered", done);
    }
    result->ping_s = (double)(clock_now_ns() - start_ns) / 1e9;
    return SHUNT_OK;
}

static enum shunt_status work(struct hold *hold)
{
    struct load_result *establishing = &hold->result->establishing;
    enum shunt_status status = establish(hold);

    if (establishing->tally.established) {
        hold->result->establish_s =
            (double)(establishing->tally.established_ns - hold->from_ns) / 1e9;
        establishing->seconds = hold->result->establish_s;
    }
    if (status == SHUNT_OK) {
        status = rest(hold);
    }
    if (status == SHUNT_OK) {
        establishing->system_calls = system_calls_count(hold->calls);
        read_memory(hold->options->pid, &hold->result->held_memory);
        establishing->server_known =
            hold->result->before.server_known && hold->result->held_memory.server_known;
        establishing->server =
            process_usage_since(&hold->result->held_memory.server, &hold->result->before.server);
        establishing->server_pss_bytes = hold->result->held_memory.server_pss_bytes;
        status = ping(hold);
    }
    return status;
}

/* The threads is there; what it allocated at its creation is no connection's. */
static enum shunt_status run(struct hold *hold, struct error *error)
{
    struct load_result *establishing = &hold->result->establishing;
    struct threads_summary summary;
    const char *why;

    kernel_memory_read_stable(&hold->result->before.kernel);
    read_memory(hold->options->pid, &hold->result->before);
    establishing->backend = client_threads_backend(hold->threads, &why);
    snprintf(establishing->backend_why, sizeof establishing->backend_why, "%s", why);
    establishing->started_at = time(NULL);
    hold->calls = load_count_system_calls(hold->options, establishing);
    hold->from_ns = clock_now_ns();
    threads_start(hold->threads, hold->from_ns, UINT64_MAX);
    enum shunt_status status = work(hold);
    enum shunt_status ended = threads_finish(hold->threads, &summary, error);

    establishing->client_cpu_s = summary.cpu_s;
    establishing->client_busy_max = summary.busy_max;
    system_calls_close(hold->calls);
    return ended != SHUNT_OK ? ended : status;
}

enum shunt_status hold_run(const struct options *options, const struct client_plan *plan,
                           void (*show)(const char *sentence), struct hold_result *result,
                           struct error *error)
{
    struct hold hold = {.options = options, .show = show, .result = result};
    struct client_plan unscheduled = *plan;

    memset(result, 0, sizeof *result);
    unscheduled.rate = 0; /* it is the ping's */
    show("what the client's end costs the kernel is being measured");
    enum shunt_status status = bare_ends_measure(&unscheduled, options->connections, &result->bare);

    if (status == SHUNT_OK) {
        status = client_threads_create(&unscheduled, options->connections, options->threads,
                                       &hold.threads, error);
    }
    if (hold.threads) {
        status = run(&hold, error);
        threads_destroy(hold.threads);
    }
    if (status == SHUNT_AGAIN) {
        error_set(error, SHUNT_EINVAL, "interrupted");
    }
    return status;
}
