/*
 * Each thread has its own loop, clients and tally. Ten times a second it adds the tally to an
 * outbox under a mutex, and the main thread empties the outboxes once a second: recording is free
 * of atomics, and no figure is lost or counted twice, however late either side comes.
 */
#include "load.h"

#include "base/clock.h"
#include "base/cpus.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS  UINT64_C(1000000000)
#define PUBLISH_NS (SECOND_NS / 10)

struct load;

struct thread {
    struct load *load;
    pthread_t id;
    unsigned number;
    uint32_t clients;
    enum shunt_status status;
    char error[256];
    struct client_group *group;
    struct tally tally; /* the thread's own */
    pthread_mutex_t lock;
    struct tally outbox; /* under lock */
    double cpu_s;        /* written before the thread ends */
};

struct load {
    const struct options *options;
    const struct client_plan *plan;
    pthread_barrier_t created, go;
    uint64_t from_ns, until_ns; /* set between the barriers */
    bool abandoned;             /* likewise: a thread could not be set up */
    _Atomic bool stop;
    unsigned cpus;
    uint64_t sampled_ns, sampled_cpu_us; /* when the series got its last point, the server then */
    struct thread *threads;
};

static double thread_cpu_s(void)
{
    struct timespec used;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void publish(struct thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    tally_merge(&thread->outbox, &thread->tally);
    pthread_mutex_unlock(&thread->lock);
    memset(&thread->tally, 0, sizeof thread->tally);
}

/* Turn until the end of the measured time, counting from its start. */
static void drive(struct thread *thread)
{
    struct load *load = thread->load;
    uint64_t now_ns = clock_now_ns(), next_publish_ns = load->from_ns;
    double cpu_before_s = 0;
    bool counting = false;

    while (now_ns < load->until_ns && !atomic_load_explicit(&load->stop, memory_order_relaxed)) {
        if (!counting && now_ns >= load->from_ns) {
            counting = true;
            client_group_count(thread->group, true);
            cpu_before_s = thread_cpu_s();
        }
        thread->status = client_group_turn(thread->group);
        if (thread->status != SHUNT_OK) {
            snprintf(thread->error, sizeof thread->error, "the loop failed: %s", strerror(errno));
            atomic_store(&load->stop, true);
        }
        now_ns = clock_now_ns();
        if (now_ns >= next_publish_ns) {
            publish(thread);
            next_publish_ns = now_ns + PUBLISH_NS;
        }
    }
    thread->cpu_s = counting ? thread_cpu_s() - cpu_before_s : 0;
    publish(thread);
}

static void *thread_main(void *arg)
{
    struct thread *thread = arg;
    struct load *load = thread->load;
    /* From the last CPU down: servers take the first ones first. */
    enum shunt_status pinned = cpus_pin(load->cpus - 1 - thread->number % load->cpus);

    (void)pinned; /* a mask that may not be changed costs precision, not the run */
    thread->status =
        client_group_create(load->plan, thread->clients, thread->number * 97, &thread->tally,
                            &thread->group, thread->error, sizeof thread->error);
    pthread_barrier_wait(&load->created);
    pthread_barrier_wait(&load->go);
    if (thread->status == SHUNT_OK) {
        if (!load->abandoned) {
            drive(thread);
        }
        client_group_destroy(thread->group);
    }
    return NULL;
}

/* Add what the threads have put out since the last time. */
static void collect(struct load *load, struct tally *into)
{
    for (unsigned i = 0; i < load->options->threads; i++) {
        struct thread *thread = &load->threads[i];

        pthread_mutex_lock(&thread->lock);
        tally_merge(into, &thread->outbox);
        memset(&thread->outbox, 0, sizeof thread->outbox);
        pthread_mutex_unlock(&thread->lock);
    }
}

/* Sleep until `until_ns` or the end of the run; false after SIGINT or SIGTERM. */
static bool sleep_until(struct load *load, const sigset_t *signals, uint64_t until_ns)
{
    for (;;) {
        uint64_t now_ns = clock_now_ns();
        uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;

        if (wait_ns == 0 || atomic_load(&load->stop)) {
            return true;
        }
        if (wait_ns > PUBLISH_NS) {
            wait_ns = PUBLISH_NS; /* so that a thread's failure is seen */
        }
        struct timespec wait = {(time_t)(wait_ns / SECOND_NS), (long)(wait_ns % SECOND_NS)};

        if (sigtimedwait(signals, NULL, &wait) > 0) {
            return false;
        }
    }
}

/* Collect what has come and add a point to the series; gives the time that it spans. */
static double sample(struct load *load, struct load_result *result, struct tally *since,
                     uint64_t now_ns)
{
    struct process_cpu cpu;
    pid_t pid = load->options->pid;
    double seconds = now_ns > load->sampled_ns ? (double)(now_ns - load->sampled_ns) / 1e9 : 0;

    memset(since, 0, sizeof *since);
    collect(load, since);
    tally_merge(&result->tally, since);
    struct series_point *point =
        series_add(&result->series, since, (double)(now_ns - load->from_ns) / 1e9, seconds);

    load->sampled_ns = now_ns;
    if (!point || !pid || seconds <= 0 || process_cpu(pid, &cpu) != SHUNT_OK ||
        process_rss(pid, &point->server_rss_bytes) != SHUNT_OK) {
        return seconds;
    }
    uint64_t used_us = cpu.user_us + cpu.system_us;

    point->server_known = true;
    point->server_cpu_share = (double)(used_us - load->sampled_cpu_us) / 1e6 / seconds;
    load->sampled_cpu_us = used_us;
    return seconds;
}

/* Show progress until the end; the result's tally is what has been collected so far. */
static void watch(struct load *load, const sigset_t *signals, const struct load_progress *progress,
                  struct load_result *result)
{
    static struct tally since; /* large, and there is one main thread */

    for (uint64_t next_ns = load->from_ns + SECOND_NS;; next_ns += SECOND_NS) {
        uint64_t until_ns = next_ns < load->until_ns ? next_ns : load->until_ns;

        result->interrupted = !sleep_until(load, signals, until_ns);
        if (result->interrupted || until_ns == load->until_ns || atomic_load(&load->stop)) {
            break;
        }
        double seconds = sample(load, result, &since, clock_now_ns());

        progress->show(progress->context, &since, seconds,
                       (double)(load->until_ns - until_ns) / 1e9, tally_failed(&result->tally));
    }
}

/* From the start of the load to its end, on the main thread. */
static void measure(struct load *load, const sigset_t *signals,
                    const struct load_progress *progress, struct load_result *result)
{
    static const struct tally nothing;
    pid_t pid = load->options->pid;
    struct process_cpu before = {0, 0}, after = {0, 0};

    progress->show(progress->context, &nothing, 0, -1, 0);
    result->started_at = time(NULL);
    result->interrupted = !sleep_until(load, signals, load->from_ns);
    bool known = pid && process_cpu(pid, &before) == SHUNT_OK;

    load->sampled_ns = load->from_ns;
    load->sampled_cpu_us = before.user_us + before.system_us;

    if (!result->interrupted) {
        watch(load, signals, progress, result);
    }
    result->server_known = known && process_cpu(pid, &after) == SHUNT_OK;
    result->server =
        (struct process_cpu){after.user_us - before.user_us, after.system_us - before.system_us};
    uint64_t now_ns = clock_now_ns();
    uint64_t end_ns = now_ns < load->until_ns ? now_ns : load->until_ns;

    result->seconds = end_ns > load->from_ns ? (double)(end_ns - load->from_ns) / 1e9 : 0;
    atomic_store(&load->stop, true);
}

static void join(struct load *load, unsigned started)
{
    for (unsigned i = 0; i < started; i++) {
        pthread_join(load->threads[i].id, NULL);
    }
}

static void sum_up(struct load *load, struct load_result *result)
{
    static struct tally since;
    uint64_t end_ns = load->from_ns + (uint64_t)(result->seconds * 1e9);

    sample(load, result, &since, end_ns > load->sampled_ns ? end_ns : load->sampled_ns);
    for (unsigned i = 0; i < load->options->threads; i++) {
        double busy = result->seconds > 0 ? load->threads[i].cpu_s / result->seconds : 0;

        result->client_cpu_s += load->threads[i].cpu_s;
        if (busy > result->client_busy_max) {
            result->client_busy_max = busy;
        }
    }
}

/* The first thread that is not well, NULL when all are. */
static const struct thread *find_failed(const struct load *load)
{
    for (unsigned i = 0; i < load->options->threads; i++) {
        if (load->threads[i].status != SHUNT_OK) {
            return &load->threads[i];
        }
    }
    return NULL;
}

static void init_threads(struct load *load)
{
    uint32_t threads = load->options->threads, clients = load->options->connections;

    for (uint32_t i = 0; i < threads; i++) {
        load->threads[i] = (struct thread){
            .load = load, .number = i, .clients = clients / threads + (i < clients % threads)};
        pthread_mutex_init(&load->threads[i].lock, NULL);
    }
}

/* Threads are started with the signals blocked, so that only sleep_until() takes them. */
static enum shunt_status run_threads(struct load *load, const sigset_t *signals,
                                     const struct load_progress *progress,
                                     struct load_result *result)
{
    const struct options *options = load->options;

    for (unsigned i = 0; i < options->threads; i++) {
        if (pthread_create(&load->threads[i].id, NULL, thread_main, &load->threads[i]) != 0) {
            fprintf(stderr, "shunt-bench: no more than %u threads can be started\n", i);
            _exit(1); /* the others wait at a barrier that is never complete */
        }
    }
    pthread_barrier_wait(&load->created);
    load->abandoned = find_failed(load) != NULL;
    load->from_ns = clock_now_ns() + (uint64_t)(options->warmup_s * 1e9);
    load->until_ns = load->from_ns + (uint64_t)(options->duration_s * 1e9);
    if (!load->abandoned) {
        result->backend = client_group_backend(load->threads[0].group);
        snprintf(result->backend_why, sizeof result->backend_why, "%s", load->threads[0].error);
    }
    pthread_barrier_wait(&load->go);
    if (!load->abandoned) {
        measure(load, signals, progress, result);
    }
    join(load, options->threads);
    sum_up(load, result);
    return find_failed(load) ? find_failed(load)->status : SHUNT_OK;
}

enum shunt_status load_run(const struct options *options, const struct client_plan *plan,
                           const struct load_progress *progress, struct load_result *result,
                           char *error, size_t error_size)
{
    struct load load = {.options = options, .plan = plan, .cpus = cpus_allowed()};
    sigset_t signals, before;

    memset(result, 0, sizeof *result);
    load.threads = calloc(options->threads, sizeof *load.threads);
    if (!load.threads) {
        snprintf(error, error_size, "no memory for %u threads", options->threads);
        return SHUNT_ENOMEM;
    }
    init_threads(&load);
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    pthread_barrier_init(&load.created, NULL, options->threads + 1);
    pthread_barrier_init(&load.go, NULL, options->threads + 1);
    enum shunt_status status = run_threads(&load, &signals, progress, result);

    if (status != SHUNT_OK) {
        snprintf(error, error_size, "%s", find_failed(&load)->error);
    }
    pthread_barrier_destroy(&load.created);
    pthread_barrier_destroy(&load.go);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(load.threads);
    return status;
}

void load_result_fini(struct load_result *result)
{
    series_fini(&result->series);
}
