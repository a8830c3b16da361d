#include "load/threads.h"

#include "base/clock.h"
#include "base/cpus.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND_NS  UINT64_C(1000000000)
#define PUBLISH_NS (SECOND_NS / 10)

struct thread {
    struct threads *threads;
    pthread_t id;
    struct threads_share share;
    enum shunt_status status;
    struct error error; /* in `words` */
    char words[256];
    void *worker;
    bool counting, pinged;
    uint64_t cpu_before_ns, spun_before_ns, wall_before_ns;
    struct tally tally; /* the thread's own */
    pthread_mutex_t lock;
    struct tally outbox;        /* under lock */
    double cpu_s, spun_s, busy; /* these are written before the thread ends */
    uint64_t unfinished, oldest_ns;
};

struct threads {
    struct threads_job job;
    pthread_barrier_t created, go;
    uint64_t from_ns, until_ns; /* set between the barriers */
    bool started, joined;
    _Atomic bool stop, ping;
    _Atomic uint32_t running;
    double ping_rate; /* of a thread; set before `ping` */
    unsigned cpus;
    sigset_t signals, signals_before;
    uint32_t count;
    struct thread threads[];
};

static void publish(struct thread *thread)
{
    pthread_mutex_lock(&thread->lock);
    tally_merge(&thread->outbox, &thread->tally);
    pthread_mutex_unlock(&thread->lock);
    memset(&thread->tally, 0, sizeof thread->tally);
}

static uint64_t spun_ns(const struct thread *thread)
{
    const struct threads_job *job = &thread->threads->job;

    return job->spun_ns ? job->spun_ns(thread->worker) : 0;
}

/* What the main thread asked for, and the start of counting. */
static void obey(struct thread *thread, uint64_t now_ns)
{
    struct threads *threads = thread->threads;

    if (!thread->counting && now_ns >= threads->from_ns) {
        thread->counting = true;
        threads->job.count(thread->worker);
        thread->cpu_before_ns = clock_thread_cpu_ns();
        thread->spun_before_ns = spun_ns(thread);
        thread->wall_before_ns = clock_now_ns();
    }
    if (!thread->pinged && atomic_load_explicit(&threads->ping, memory_order_acquire)) {
        thread->pinged = true;
        threads->job.ping(thread->worker, threads->ping_rate);
    }
}

/* The counted CPU time, and of it apart what was only spent awake for what was due. */
static void account(struct thread *thread)
{
    uint64_t cpu_ns = clock_thread_cpu_ns() - thread->cpu_before_ns;
    uint64_t wall_ns = clock_now_ns() - thread->wall_before_ns;
    uint64_t spun = spun_ns(thread) - thread->spun_before_ns;

    spun = spun < cpu_ns ? spun : cpu_ns;
    thread->spun_s = (double)spun / 1e9;
    thread->cpu_s = (double)(cpu_ns - spun) / 1e9;
    thread->busy = wall_ns > 0 ? thread->cpu_s * 1e9 / (double)wall_ns : 0;
}

static void drive(struct thread *thread)
{
    struct threads *threads = thread->threads;
    const struct threads_job *job = &threads->job;
    uint64_t now_ns = job->now_ns(thread->worker), next_publish_ns = threads->from_ns;

    if (job->window) {
        job->window(thread->worker, threads->from_ns);
    }
    while (now_ns < threads->until_ns &&
           !atomic_load_explicit(&threads->stop, memory_order_relaxed)) {
        obey(thread, now_ns);
        thread->status = job->turn(thread->worker);
        if (thread->status != SHUNT_OK) {
            error_set(&thread->error, SHUNT_ESYS, "the loop failed: %s", strerror(errno));
            atomic_store(&threads->stop, true);
        }
        now_ns = job->now_ns(thread->worker);
        if (now_ns >= next_publish_ns) {
            publish(thread);
            /* On a grid, so that a second's end finds all of that second but a turn's. */
            next_publish_ns += ((now_ns - next_publish_ns) / PUBLISH_NS + 1) * PUBLISH_NS;
        }
    }
    if (thread->counting) {
        account(thread);
    }
    if (job->unfinished) {
        thread->unfinished = job->unfinished(thread->worker, threads->until_ns, &thread->oldest_ns);
    }
    publish(thread);
}

static void *thread_main(void *arg)
{
    struct thread *thread = arg;
    struct threads *threads = thread->threads;
    const struct threads_job *job = &threads->job;
    /* From the last CPU down: servers take the first ones first. */
    enum shunt_status pinned = cpus_pin(threads->cpus - 1 - thread->share.number % threads->cpus);

    (void)pinned; /* a mask that may not be changed costs precision, not the run */
    thread->status =
        job->create(job->context, &thread->share, &thread->tally, &thread->worker, &thread->error);
    pthread_barrier_wait(&threads->created);
    pthread_barrier_wait(&threads->go);
    if (thread->status == SHUNT_OK) {
        drive(thread);
    }
    if (thread->worker) {
        job->destroy(thread->worker);
    }
    atomic_fetch_sub(&threads->running, 1);
    return NULL;
}

/* The first thread that is not well, NULL when all are. */
static const struct thread *find_failed(const struct threads *threads)
{
    for (uint32_t i = 0; i < threads->count; i++) {
        if (threads->threads[i].status != SHUNT_OK) {
            return &threads->threads[i];
        }
    }
    return NULL;
}

static void init_threads(struct threads *threads, uint32_t connections)
{
    bool to_spare = cpus_usable() > threads->count; /* a thread that is pinned sees one CPU */

    for (uint32_t i = 0; i < threads->count; i++) {
        struct thread *thread = &threads->threads[i];
        uint32_t own = connections / threads->count + (i < connections % threads->count);

        *thread = (struct thread){.threads = threads, .share = {i, threads->count, own, to_spare}};
        thread->error = (struct error){.text = thread->words, .size = sizeof thread->words};
        pthread_mutex_init(&thread->lock, NULL);
    }
}

enum shunt_status threads_create(const struct threads_job *job, uint32_t connections,
                                 uint32_t count, struct threads **threads, struct error *error)
{
    struct threads *made = calloc(1, sizeof *made + count * sizeof *made->threads);

    if (!made) {
        return error_set(error, SHUNT_ENOMEM, "no memory for %u threads", count);
    }
    made->job = *job;
    made->count = count;
    made->running = count;
    made->cpus = cpus_allowed();
    init_threads(made, connections);
    sigemptyset(&made->signals);
    sigaddset(&made->signals, SIGINT);
    sigaddset(&made->signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &made->signals, &made->signals_before);
    pthread_barrier_init(&made->created, NULL, count + 1);
    pthread_barrier_init(&made->go, NULL, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        if (pthread_create(&made->threads[i].id, NULL, thread_main, &made->threads[i]) != 0) {
            fprintf(stderr, "shunt-bench: no more than %u threads can be started\n", i);
            _exit(1); /* the others wait at a barrier that is never complete */
        }
    }
    pthread_barrier_wait(&made->created);
    const struct thread *failed = find_failed(made);

    if (failed) {
        enum shunt_status status = error_set(error, failed->status, "%s", failed->words);

        threads_destroy(made);
        return status;
    }
    *threads = made;
    return SHUNT_OK;
}

const void *threads_first(const struct threads *threads, const char **remark)
{
    *remark = threads->threads[0].words;
    return threads->threads[0].worker;
}

void threads_start(struct threads *threads, uint64_t from_ns, uint64_t until_ns)
{
    threads->from_ns = from_ns;
    threads->until_ns = until_ns;
    threads->started = true;
    pthread_barrier_wait(&threads->go);
}

void threads_ping(struct threads *threads, double rate)
{
    threads->ping_rate = rate / threads->count;
    atomic_store_explicit(&threads->ping, true, memory_order_release);
}

bool threads_sleep(struct threads *threads, uint64_t until_ns)
{
    for (;;) {
        uint64_t now_ns = clock_now_ns();
        uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;

        if (wait_ns == 0 || threads_failed(threads) || threads_ended(threads)) {
            return true;
        }
        if (wait_ns > PUBLISH_NS) {
            wait_ns = PUBLISH_NS; /* so that a thread's failure is seen */
        }
        struct timespec wait = {(time_t)(wait_ns / SECOND_NS), (long)(wait_ns % SECOND_NS)};

        if (sigtimedwait(&threads->signals, NULL, &wait) > 0) {
            return false;
        }
    }
}

bool threads_failed(const struct threads *threads)
{
    return atomic_load(&threads->stop);
}

bool threads_ended(const struct threads *threads)
{
    return atomic_load(&threads->running) == 0;
}

void threads_collect(struct threads *threads, struct tally *into)
{
    for (uint32_t i = 0; i < threads->count; i++) {
        struct thread *thread = &threads->threads[i];

        pthread_mutex_lock(&thread->lock);
        tally_merge(into, &thread->outbox);
        memset(&thread->outbox, 0, sizeof thread->outbox);
        pthread_mutex_unlock(&thread->lock);
    }
}

static void join(struct threads *threads)
{
    if (threads->joined) {
        return;
    }
    atomic_store(&threads->stop, true);
    if (!threads->started) {
        pthread_barrier_wait(&threads->go);
    }
    for (uint32_t i = 0; i < threads->count; i++) {
        pthread_join(threads->threads[i].id, NULL);
    }
    threads->joined = true;
}

enum shunt_status threads_finish(struct threads *threads, struct threads_summary *summary,
                                 struct error *error)
{
    *summary = (struct threads_summary){.cpu_s = 0};
    join(threads);
    for (uint32_t i = 0; i < threads->count; i++) {
        const struct thread *thread = &threads->threads[i];

        summary->cpu_s += thread->cpu_s;
        summary->spun_s += thread->spun_s;
        summary->busy_max = thread->busy > summary->busy_max ? thread->busy : summary->busy_max;
        summary->unfinished += thread->unfinished;
        summary->oldest_ns =
            thread->oldest_ns > summary->oldest_ns ? thread->oldest_ns : summary->oldest_ns;
    }
    const struct thread *failed = find_failed(threads);

    if (failed) {
        return error_set(error, failed->status, "%s", failed->words);
    }
    return SHUNT_OK;
}

void threads_destroy(struct threads *threads)
{
    join(threads);
    pthread_barrier_destroy(&threads->created);
    pthread_barrier_destroy(&threads->go);
    pthread_sigmask(SIG_SETMASK, &threads->signals_before, NULL);
    free(threads);
}
