#include "upgrades.h"

#include "base/clock.h"
#include "base/cpus.h"
#include "wire/response.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS  UINT64_C(1000000000)
#define PUBLISH_NS (SECOND_NS / 10)

struct thread {
    struct run *run;
    pthread_t id;
    bool started;
    unsigned number;
    uint32_t connections;
    struct memory_worker *worker;
    struct memory_exchange *exchanges;
    uint32_t next; /* request */
    enum shunt_status status;
    char error[256];
    struct tally tally; /* the thread's own */
    uint64_t server_ns; /* that it took */
    pthread_mutex_t lock;
    struct tally outbox; /* these two under lock */
    uint64_t outbox_ns;
    double cpu_s, busy; /* written before the thread ends */
};

struct run {
    const struct options *options;
    const struct requests *requests;
    const struct memory_server *server;
    atomic_bool stop;
    atomic_uint running;
    unsigned cpus;
    sigset_t signals;
    struct load_result *result;
    double measured_s;
    uint32_t count;
    struct thread threads[];
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

/* The time that a batch took, or 0 when the loop failed. */
static uint64_t run_batch(struct thread *thread)
{
    const struct requests *requests = thread->run->requests;

    for (uint32_t i = 0; i < thread->connections; i++) {
        thread->exchanges[i].request = requests_bytes(requests, thread->next + i);
    }
    uint64_t before_ns = clock_now_ns();

    thread->status = memory_worker_run(thread->worker, thread->exchanges, thread->connections);
    uint64_t took_ns = clock_now_ns() - before_ns;

    return thread->status == SHUNT_OK ? took_ns : 0;
}

static void check_batch(struct thread *thread, uint64_t took_ns)
{
    const struct requests *requests = thread->run->requests;

    for (uint32_t i = 0; i < thread->connections; i++) {
        struct response_want want = requests_want(requests, thread->next + i);

        upgrades_count(&thread->tally, &thread->exchanges[i], &want, took_ns / thread->connections);
    }
    thread->next += thread->connections;
    thread->server_ns += took_ns;
}

static void publish(struct thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    tally_merge(&thread->outbox, &thread->tally);
    thread->outbox_ns += thread->server_ns;
    pthread_mutex_unlock(&thread->lock);
    memset(&thread->tally, 0, sizeof thread->tally);
    thread->server_ns = 0;
}

static void upgrade_for(struct thread *thread, uint64_t server_ns, bool counted)
{
    uint64_t until_publish_ns = PUBLISH_NS, left_ns = server_ns;

    while (left_ns > 0 && !atomic_load_explicit(&thread->run->stop, memory_order_relaxed)) {
        uint64_t took_ns = run_batch(thread);

        if (thread->status != SHUNT_OK) {
            snprintf(thread->error, sizeof thread->error, "the loop in memory failed");
            atomic_store(&thread->run->stop, true);
            return;
        }
        left_ns -= took_ns < left_ns ? took_ns : left_ns;
        if (counted) {
            check_batch(thread, took_ns);
            until_publish_ns -= took_ns < until_publish_ns ? took_ns : until_publish_ns;
        }
        if (until_publish_ns == 0) {
            publish(thread);
            until_publish_ns = PUBLISH_NS;
        }
    }
}

static void measure(struct thread *thread)
{
    const struct options *options = thread->run->options;

    upgrade_for(thread, (uint64_t)(options->warmup_s * 1e9), false);
    uint64_t cpu_ns = clock_thread_cpu_ns();
    uint64_t from_ns = clock_now_ns();

    upgrade_for(thread, (uint64_t)(options->duration_s * 1e9), true);
    publish(thread);
    uint64_t took_ns = clock_now_ns() - from_ns;

    thread->cpu_s = (double)(clock_thread_cpu_ns() - cpu_ns) / 1e9;
    thread->busy = took_ns > 0 ? thread->cpu_s * 1e9 / (double)took_ns : 0;
}

static void *thread_main(void *arg)
{
    struct thread *thread = arg;
    struct run *run = thread->run;
    /* From the last CPU down, as the other scenarios. A mask that may not be changed costs
     * precision, not the run. */
    enum shunt_status pinned = cpus_pin(run->cpus - 1 - thread->number % run->cpus);

    (void)pinned;
    thread->exchanges = calloc(thread->connections, sizeof *thread->exchanges);
    thread->status = SHUNT_ENOMEM;
    if (thread->exchanges) {
        thread->status = memory_worker_create(run->server, thread->connections, &thread->worker,
                                              thread->error, sizeof thread->error);
    } else {
        snprintf(thread->error, sizeof thread->error, "no memory for %u connections",
                 thread->connections);
    }
    if (thread->status == SHUNT_OK) {
        measure(thread);
        memory_worker_destroy(thread->worker);
    } else {
        atomic_store(&run->stop, true);
    }
    free(thread->exchanges);
    atomic_fetch_sub(&run->running, 1);
    return NULL;
}

/* ---- the main thread ---- */

/* Collect what has come and add a point to the series; gives the time that it spans. */
static double sample(struct run *run, struct tally *since)
{
    uint64_t server_ns = 0;

    memset(since, 0, sizeof *since);
    for (uint32_t i = 0; i < run->count; i++) {
        struct thread *thread = &run->threads[i];

        pthread_mutex_lock(&thread->lock);
        tally_merge(since, &thread->outbox);
        server_ns += thread->outbox_ns;
        memset(&thread->outbox, 0, sizeof thread->outbox);
        thread->outbox_ns = 0;
        pthread_mutex_unlock(&thread->lock);
    }
    double seconds = (double)server_ns / 1e9 / run->count;

    run->measured_s += seconds;
    tally_merge(&run->result->tally, since);
    if (seconds > 0) {
        (void)series_add(&run->result->series, since, run->measured_s, seconds);
    }
    return seconds;
}

/* A second passes, or a signal comes (false), or all threads have ended. */
static bool wait_second(const struct run *run)
{
    static const struct timespec step = {0, (long)PUBLISH_NS};

    for (unsigned i = 0; i < SECOND_NS / PUBLISH_NS && atomic_load(&run->running) > 0; i++) {
        if (sigtimedwait(&run->signals, NULL, &step) > 0) {
            return false;
        }
    }
    return true;
}

static void watch(struct run *run, const struct load_progress *progress)
{
    static struct tally since; /* large, and there is one main thread */
    struct load_result *result = run->result;

    while (atomic_load(&run->running) > 0 && !result->interrupted) {
        result->interrupted = !wait_second(run);
        if (!result->interrupted && atomic_load(&run->running) > 0) {
            double seconds = sample(run, &since);

            progress->show(progress->context, &since, seconds,
                           run->options->duration_s - run->measured_s,
                           tally_failed(&result->tally));
        }
    }
    atomic_store(&run->stop, true);
}

static void start_threads(struct run *run)
{
    for (uint32_t i = 0; i < run->count; i++) {
        struct thread *thread = &run->threads[i];

        atomic_fetch_add(&run->running, 1);
        thread->started = pthread_create(&thread->id, NULL, thread_main, thread) == 0;
        if (!thread->started) {
            atomic_fetch_sub(&run->running, 1);
            atomic_store(&run->stop, true);
            thread->status = SHUNT_ESYS;
            snprintf(thread->error, sizeof thread->error, "no more than %u threads can be started",
                     i);
            return;
        }
    }
}

/* Gives the first failure, with its sentence. */
static enum shunt_status join_threads(struct run *run, char *error, size_t error_size)
{
    struct load_result *result = run->result;
    enum shunt_status status = SHUNT_OK;

    for (uint32_t i = 0; i < run->count; i++) {
        struct thread *thread = &run->threads[i];

        if (thread->started) {
            pthread_join(thread->id, NULL);
        }
        if (status == SHUNT_OK && thread->status != SHUNT_OK) {
            status = thread->status;
            snprintf(error, error_size, "%s", thread->error);
        }
        result->client_cpu_s += thread->cpu_s;
        result->client_busy_max =
            thread->busy > result->client_busy_max ? thread->busy : result->client_busy_max;
    }
    return status;
}

static struct run *run_create(const struct options *options)
{
    struct run *run = calloc(1, sizeof *run + options->threads * sizeof *run->threads);

    if (!run) {
        return NULL;
    }
    run->options = options;
    run->count = options->threads;
    run->cpus = cpus_allowed();
    for (uint32_t i = 0; i < run->count; i++) {
        struct thread *thread = &run->threads[i];

        thread->run = run;
        thread->number = i;
        thread->connections =
            options->connections / run->count + (i < options->connections % run->count);
        pthread_mutex_init(&thread->lock, NULL);
    }
    return run;
}

static void run_destroy(struct run *run)
{
    for (uint32_t i = 0; i < run->count; i++) {
        pthread_mutex_destroy(&run->threads[i].lock);
    }
    free(run);
}

enum shunt_status upgrades_run(const struct options *options, const struct requests *requests,
                               const struct memory_server *server,
                               const struct load_progress *progress, struct load_result *result,
                               char *error, size_t error_size)
{
    static struct tally since;
    struct run *run = run_create(options);
    sigset_t before;

    memset(result, 0, sizeof *result);
    if (!run) {
        snprintf(error, error_size, "no memory for %u threads", options->threads);
        return SHUNT_ENOMEM;
    }
    run->requests = requests;
    run->server = server;
    run->result = result;
    result->backend = "memory";
    result->started_at = time(NULL);
    sigemptyset(&run->signals);
    sigaddset(&run->signals, SIGINT);
    sigaddset(&run->signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &run->signals, &before);
    start_threads(run);
    watch(run, progress);
    enum shunt_status status = join_threads(run, error, error_size);

    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sample(run, &since);
    result->seconds = run->measured_s;
    run_destroy(run);
    return status;
}
