#include "upgrades.h"

#include "base/clock.h"
#include "load/threads.h"
#include "wire/response.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS UINT64_C(1000000000)

/* What all threads share. */
struct plan {
    const struct requests *requests;
    const struct memory_server *server;
};

struct worker {
    const struct plan *plan;
    uint32_t connections;
    struct memory_worker *memory;
    struct memory_exchange *exchanges;
    uint32_t next; /* request */
    uint64_t worked_ns, from_ns;
    bool counting;
    struct tally *tally;
};

struct run {
    struct threads *threads;
    uint32_t thread_count;
    double duration_s, measured_s;
    struct load_result *result;
};

/* ---- a thread ---- */

void upgrades_count(struct tally *tally, const struct memory_exchange *exchange,
                    const struct response_want *want, uint64_t ns)
{
    enum failure failure = FAILURE_SHORT;
    struct extension_answer answer;
    unsigned final = 0;
    size_t used;
    enum shunt_status status =
        response_check(exchange->answer, want, &used, &final, &answer, &failure);

    tally_status(tally, final);

    if (status == SHUNT_OK && exchange->opened) {
        histogram_record(&tally->latency_ns, ns);
        tally->established++;
    } else {
        tally_fail(tally, status == SHUNT_OK ? FAILURE_OTHER : failure, PHASE_COMPLETE,
                   exchange->answer.at, exchange->answer.len);
    }
}

static void check_batch(struct worker *worker, uint64_t took_ns)
{
    for (uint32_t i = 0; i < worker->connections; i++) {
        struct response_want want = requests_want(worker->plan->requests, worker->next + i);

        upgrades_count(worker->tally, &worker->exchanges[i], &want, took_ns / worker->connections);
    }
    worker->next += worker->connections;
    worker->tally->worked_ns += took_ns;
}

/* A batch. The worker's clock stands while answers are checked. */
static enum shunt_status turn(void *context)
{
    struct worker *worker = context;

    for (uint32_t i = 0; i < worker->connections; i++) {
        worker->exchanges[i].request = requests_bytes(worker->plan->requests, worker->next + i);
    }
    uint64_t before_ns = clock_now_ns();
    enum shunt_status status =
        memory_worker_run(worker->memory, worker->exchanges, worker->connections);
    uint64_t took_ns = clock_now_ns() - before_ns;

    worker->worked_ns += took_ns;
    /* However long a batch was kept from its CPU: all of the measured time is still to come. */
    if (!worker->counting && worker->worked_ns > worker->from_ns) {
        worker->worked_ns = worker->from_ns;
    }
    if (status == SHUNT_OK && worker->counting) {
        check_batch(worker, took_ns);
    }
    return status;
}

static uint64_t now_ns(const void *worker)
{
    return ((const struct worker *)worker)->worked_ns;
}

static void window(void *worker, uint64_t from_ns)
{
    ((struct worker *)worker)->from_ns = from_ns;
}

static void count(void *worker)
{
    ((struct worker *)worker)->counting = true;
}

static void destroy(void *context)
{
    struct worker *worker = context;

    if (worker->memory) {
        memory_worker_destroy(worker->memory);
    }
    free(worker->exchanges);
    free(worker);
}

static enum shunt_status create(const void *context, const struct threads_share *share,
                                struct tally *tally, void **out, struct error *error)
{
    struct worker *worker = calloc(1, sizeof *worker);
    enum shunt_status status = SHUNT_ENOMEM;

    if (worker) {
        *worker = (struct worker){
            .plan = context,
            .connections = share->connections,
            .exchanges = calloc(share->connections, sizeof *worker->exchanges),
            .tally = tally,
        };
    }
    if (worker && worker->exchanges) {
        status =
            memory_worker_create(worker->plan->server, share->connections, &worker->memory, error);
    } else {
        error_set(error, SHUNT_EINVAL, "no memory for %u connections", share->connections);
    }
    *out = worker;
    return status;
}

/* ---- the main thread ---- */

/* Collect what has come and add a point to the series; gives the time that it spans. */
static double sample(struct run *run, struct tally *since)
{
    memset(since, 0, sizeof *since);
    threads_collect(run->threads, since);
    double seconds = (double)since->worked_ns / 1e9 / run->thread_count;

    run->measured_s += seconds;
    tally_merge(&run->result->tally, since);
    if (seconds > 0) {
        (void)series_add(&run->result->series, since, run->measured_s, seconds);
    }
    return seconds;
}

static void watch(struct run *run, const struct load_progress *progress, struct tally *since)
{
    while (!run->result->interrupted) {
        run->result->interrupted = !threads_sleep(run->threads, clock_now_ns() + SECOND_NS);
        if (run->result->interrupted || threads_ended(run->threads) ||
            threads_failed(run->threads)) {
            return;
        }
        double seconds = sample(run, since);

        progress->show(progress->context, since, seconds, run->duration_s - run->measured_s,
                       tally_failed(&run->result->tally));
    }
}

enum shunt_status upgrades_run(const struct options *options, const struct requests *requests,
                               const struct memory_server *server,
                               const struct load_progress *progress, struct load_result *result,
                               struct error *error)
{
    static struct tally since; /* large, and there is one main thread */
    const struct plan plan = {requests, server};
    const struct threads_job job = {.context = &plan,
                                    .create = create,
                                    .destroy = destroy,
                                    .turn = turn,
                                    .now_ns = now_ns,
                                    .window = window,
                                    .count = count};
    struct run run = {
        .thread_count = options->threads, .duration_s = options->duration_s, .result = result};
    uint64_t from_ns = (uint64_t)(options->warmup_s * 1e9);
    struct threads_summary summary;

    memset(result, 0, sizeof *result);
    result->backend = "memory";
    result->started_at = time(NULL);
    memory_server_workers(server, options->threads);
    enum shunt_status status =
        threads_create(&job, options->connections, options->threads, &run.threads, error);

    if (status != SHUNT_OK) {
        return status;
    }
    threads_start(run.threads, from_ns, from_ns + (uint64_t)(options->duration_s * 1e9));
    watch(&run, progress, &since);
    status = threads_finish(run.threads, &summary, error);
    sample(&run, &since);
    result->seconds = run.measured_s;
    result->client_cpu_s = summary.cpu_s;
    result->client_busy_max = summary.busy_max;
    threads_destroy(run.threads);
    return status;
}
