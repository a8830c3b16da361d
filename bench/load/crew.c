#include "load/crew.h"

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
    struct crew *crew;
    pthread_t id;
    unsigned number;
    uint32_t clients;
    struct client_plan plan; /* with this thread's share of the rate */
    enum shunt_status status;
    char error[256];
    struct client_group *group;
    bool counting, pinged;
    uint64_t cpu_before_ns, spun_before_ns;
    struct tally tally; /* the thread's own */
    pthread_mutex_t lock;
    struct tally outbox;  /* under lock */
    double cpu_s, spun_s; /* these are written before the thread ends */
    uint64_t unfinished, oldest_ns;
};

struct crew {
    pthread_barrier_t created, go;
    uint64_t from_ns, until_ns; /* set between the barriers */
    bool started, joined;
    _Atomic bool stop, ping;
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

/* What the main thread asked for, and the start of counting. */
static void obey(struct thread *thread, uint64_t now_ns)
{
    struct crew *crew = thread->crew;

    if (!thread->counting && now_ns >= crew->from_ns) {
        thread->counting = true;
        client_group_count(thread->group);
        thread->cpu_before_ns = clock_thread_cpu_ns();
        thread->spun_before_ns = client_group_spun_ns(thread->group);
    }
    if (!thread->pinged && atomic_load_explicit(&crew->ping, memory_order_acquire)) {
        thread->pinged = true;
        client_group_ping(thread->group, crew->ping_rate);
    }
}

/* The counted CPU time, and of it apart what was only spent awake for what was due. */
static void account(struct thread *thread)
{
    uint64_t cpu_ns = clock_thread_cpu_ns() - thread->cpu_before_ns;
    uint64_t spun_ns = client_group_spun_ns(thread->group) - thread->spun_before_ns;

    spun_ns = spun_ns < cpu_ns ? spun_ns : cpu_ns;
    thread->spun_s = (double)spun_ns / 1e9;
    thread->cpu_s = (double)(cpu_ns - spun_ns) / 1e9;
}

static void drive(struct thread *thread)
{
    struct crew *crew = thread->crew;
    uint64_t now_ns = clock_now_ns(), next_publish_ns = crew->from_ns;

    client_group_window(thread->group, crew->from_ns);
    while (now_ns < crew->until_ns && !atomic_load_explicit(&crew->stop, memory_order_relaxed)) {
        obey(thread, now_ns);
        thread->status = client_group_turn(thread->group);
        if (thread->status != SHUNT_OK) {
            snprintf(thread->error, sizeof thread->error, "the loop failed: %s", strerror(errno));
            atomic_store(&crew->stop, true);
        }
        now_ns = clock_now_ns();
        if (now_ns >= next_publish_ns) {
            publish(thread);
            /* On a grid, so that a second's end finds all of that second but a turn's. */
            next_publish_ns += ((now_ns - next_publish_ns) / PUBLISH_NS + 1) * PUBLISH_NS;
        }
    }
    if (thread->counting) {
        account(thread);
    }
    thread->unfinished = client_group_unfinished(thread->group, crew->until_ns, &thread->oldest_ns);
    publish(thread);
}

static void *thread_main(void *arg)
{
    struct thread *thread = arg;
    struct crew *crew = thread->crew;
    /* From the last CPU down: servers take the first ones first. */
    enum shunt_status pinned = cpus_pin(crew->cpus - 1 - thread->number % crew->cpus);

    (void)pinned; /* a mask that may not be changed costs precision, not the run */
    thread->status =
        client_group_create(&thread->plan, thread->clients, thread->number, &thread->tally,
                            &thread->group, thread->error, sizeof thread->error);
    pthread_barrier_wait(&crew->created);
    pthread_barrier_wait(&crew->go);
    if (thread->status == SHUNT_OK) {
        drive(thread);
        client_group_destroy(thread->group);
    }
    return NULL;
}

/* The first thread that is not well, NULL when all are. */
static const struct thread *find_failed(const struct crew *crew)
{
    for (uint32_t i = 0; i < crew->count; i++) {
        if (crew->threads[i].status != SHUNT_OK) {
            return &crew->threads[i];
        }
    }
    return NULL;
}

static void init_threads(struct crew *crew, const struct client_plan *plan, uint32_t connections)
{
    for (uint32_t i = 0; i < crew->count; i++) {
        struct thread *thread = &crew->threads[i];

        *thread = (struct thread){.crew = crew, .number = i, .plan = *plan};
        thread->clients = connections / crew->count + (i < connections % crew->count);
        thread->plan.rate = plan->rate / crew->count;
        thread->plan.spins = cpus_usable() > crew->count;
        pthread_mutex_init(&thread->lock, NULL);
    }
}

enum shunt_status crew_create(const struct client_plan *plan, uint32_t connections,
                              uint32_t threads, struct crew **crew, char *error, size_t error_size)
{
    struct crew *made = calloc(1, sizeof *made + threads * sizeof *made->threads);

    if (!made) {
        snprintf(error, error_size, "no memory for %u threads", threads);
        return SHUNT_ENOMEM;
    }
    made->count = threads;
    made->cpus = cpus_allowed();
    init_threads(made, plan, connections);
    sigemptyset(&made->signals);
    sigaddset(&made->signals, SIGINT);
    sigaddset(&made->signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &made->signals, &made->signals_before);
    pthread_barrier_init(&made->created, NULL, threads + 1);
    pthread_barrier_init(&made->go, NULL, threads + 1);
    for (uint32_t i = 0; i < threads; i++) {
        if (pthread_create(&made->threads[i].id, NULL, thread_main, &made->threads[i]) != 0) {
            fprintf(stderr, "shunt-bench: no more than %u threads can be started\n", i);
            _exit(1); /* the others wait at a barrier that is never complete */
        }
    }
    pthread_barrier_wait(&made->created);
    const struct thread *failed = find_failed(made);

    if (failed) {
        enum shunt_status status = failed->status;

        snprintf(error, error_size, "%s", failed->error);
        crew_destroy(made);
        return status;
    }
    *crew = made;
    return SHUNT_OK;
}

const char *crew_backend(const struct crew *crew, const char **why)
{
    *why = crew->threads[0].error;
    return client_group_backend(crew->threads[0].group);
}

void crew_start(struct crew *crew, uint64_t from_ns, uint64_t until_ns)
{
    crew->from_ns = from_ns;
    crew->until_ns = until_ns;
    crew->started = true;
    pthread_barrier_wait(&crew->go);
}

void crew_ping(struct crew *crew, double rate)
{
    crew->ping_rate = rate / crew->count;
    atomic_store_explicit(&crew->ping, true, memory_order_release);
}

bool crew_sleep(struct crew *crew, uint64_t until_ns)
{
    for (;;) {
        uint64_t now_ns = clock_now_ns();
        uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;

        if (wait_ns == 0 || crew_failed(crew)) {
            return true;
        }
        if (wait_ns > PUBLISH_NS) {
            wait_ns = PUBLISH_NS; /* so that a thread's failure is seen */
        }
        struct timespec wait = {(time_t)(wait_ns / SECOND_NS), (long)(wait_ns % SECOND_NS)};

        if (sigtimedwait(&crew->signals, NULL, &wait) > 0) {
            return false;
        }
    }
}

bool crew_failed(const struct crew *crew)
{
    return atomic_load(&crew->stop);
}

void crew_collect(struct crew *crew, struct tally *into)
{
    for (uint32_t i = 0; i < crew->count; i++) {
        struct thread *thread = &crew->threads[i];

        pthread_mutex_lock(&thread->lock);
        tally_merge(into, &thread->outbox);
        memset(&thread->outbox, 0, sizeof thread->outbox);
        pthread_mutex_unlock(&thread->lock);
    }
}

static void join(struct crew *crew)
{
    if (crew->joined) {
        return;
    }
    atomic_store(&crew->stop, true);
    if (!crew->started) {
        pthread_barrier_wait(&crew->go);
    }
    for (uint32_t i = 0; i < crew->count; i++) {
        pthread_join(crew->threads[i].id, NULL);
    }
    crew->joined = true;
}

enum shunt_status crew_finish(struct crew *crew, struct crew_summary *summary, char *error,
                              size_t error_size)
{
    *summary = (struct crew_summary){.cpu_s = 0};
    join(crew);
    for (uint32_t i = 0; i < crew->count; i++) {
        const struct thread *thread = &crew->threads[i];

        summary->cpu_s += thread->cpu_s;
        summary->spun_s += thread->spun_s;
        summary->cpu_max_s =
            thread->cpu_s > summary->cpu_max_s ? thread->cpu_s : summary->cpu_max_s;
        summary->unfinished += thread->unfinished;
        summary->oldest_ns =
            thread->oldest_ns > summary->oldest_ns ? thread->oldest_ns : summary->oldest_ns;
    }
    const struct thread *failed = find_failed(crew);

    if (failed) {
        snprintf(error, error_size, "%s", failed->error);
        return failed->status;
    }
    return SHUNT_OK;
}

void crew_destroy(struct crew *crew)
{
    join(crew);
    pthread_barrier_destroy(&crew->created);
    pthread_barrier_destroy(&crew->go);
    pthread_sigmask(SIG_SETMASK, &crew->signals_before, NULL);
    free(crew);
}
