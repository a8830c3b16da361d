/* The worker's thread: everything it needs is made on it, used by it alone and ended by it. */
#include "server/worker.h"

#include "base/clock.h"
#include "base/cpus.h"
#include "base/log.h"
#include "conn/post.h"
#include "files/cache.h"
#include "http1/owner.h"
#include "server/counters.h"
#include "server/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TURN_MS_MAX = 60000,
    DRAIN_TURN_MS = 50,
    REFUSE_SYN_MS = 100, /* at a stop: a round trip, for handshakes that have begun */
    /* Between the lives of a worker whose loop fails: how long at first, doubled each time, and how
     * often in a row; one that lasts so long is no failure in a row. */
    PAUSE_MS_FIRST = 10,
    FAILURES_MAX = 10,
    STEADY_MS = 20000,
};

static void state_set(struct worker *worker, enum worker_state state)
{
    pthread_mutex_lock(&worker->lock);
    worker->state = state;
    pthread_mutex_unlock(&worker->lock);
    worker->common->on_state(worker->common->arg);
}

enum worker_state worker_state(struct worker *worker)
{
    enum worker_state state;

    pthread_mutex_lock(&worker->lock);
    state = worker->state;
    pthread_mutex_unlock(&worker->lock);
    return state;
}

void worker_order_set(struct worker *worker, enum worker_order order)
{
    pthread_mutex_lock(&worker->lock);
    atomic_store(&worker->order, order);
    pthread_cond_signal(&worker->ordered);
    if (worker->loop) {
        io_wake(worker->loop->io);
    }
    pthread_mutex_unlock(&worker->lock);
}

void worker_report(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    atomic_store(&worker->report, true);
    if (worker->loop) {
        io_wake(worker->loop->io);
    }
    pthread_mutex_unlock(&worker->lock);
}

/* ---- start ---- */

static enum worker_order order_wait(struct worker *worker)
{
    enum worker_order order;

    pthread_mutex_lock(&worker->lock);
    while ((order = atomic_load(&worker->order)) == WORKER_HOLD) {
        pthread_cond_wait(&worker->ordered, &worker->lock);
    }
    pthread_mutex_unlock(&worker->lock);
    return order;
}

static enum shunt_status plugins_start(struct worker *worker, struct shunt_worker *loop)
{
    const struct shunt_plugin *failed;
    enum shunt_status status = registry_worker_start(loop->registry, loop, loop->locals, &failed);

    if (status != SHUNT_OK) {
        error_set(&worker->error, SHUNT_ESYS,
                  "worker %u: plugin %s: its worker_start failed with %s", worker->number,
                  failed->name, shunt_status_name(status));
    }
    return status;
}

static enum shunt_status listen_all(struct worker *worker, struct shunt_worker *loop)
{
    while (worker->listener_count > 0) {
        const struct worker_listener *one = &worker->listeners[worker->listener_count - 1];
        enum shunt_status status = conn_listen(loop, one->fd, one->shared);

        if (status != SHUNT_OK) {
            error_set(&worker->error, SHUNT_ESYS, "worker %u: cannot accept: %s", worker->number,
                      shunt_status_name(status));
            return status;
        }
        worker->listener_count--;
    }
    return SHUNT_OK;
}

/* ---- serve ---- */

static void report_if_asked(struct worker *worker, const struct shunt_worker *loop)
{
    if (atomic_load_explicit(&worker->report, memory_order_relaxed)) {
        struct server_counters counters;
        char name[24];

        atomic_store(&worker->report, false);
        server_counters_read(loop, &counters);
        snprintf(name, sizeof name, "worker %u", worker->number);
        server_counters_log(name, &counters);
    }
}

static enum shunt_status drain(struct worker *worker, struct shunt_worker *loop)
{
    uint64_t now_ms = clock_coarse_ms();
    uint64_t deadline = now_ms + worker->common->config->timeouts.drain_ms;
    uint64_t unlisten_at = now_ms + REFUSE_SYN_MS;
    enum shunt_status status = SHUNT_OK;

    conn_listen_refuse_syn(loop);
    conn_loop_shutdown(loop);
    while (status == SHUNT_OK && (loop->slab.live > 0 || loop->listeners.count > 0) &&
           loop->now_ms < deadline && atomic_load(&worker->order) != WORKER_ABORT) {
        status = conn_loop_turn(loop, DRAIN_TURN_MS);
        server_observer_turn(&worker->observer);
        if (status == SHUNT_OK && loop->listeners.count > 0 && loop->now_ms >= unlisten_at) {
            status = conn_loop_unlisten(loop);
        }
    }
    if (loop->slab.live > 0) {
        log_warning("worker %u: %u connections were still open at the end of the drain time",
                    worker->number, loop->slab.live);
    }
    return status;
}

/* What passed by itself, but is no healthy kernel's doing. */
static void refusals_log(struct worker *worker, const struct shunt_worker *loop)
{
    uint64_t refusals = io_counters(loop->io)->refusals;

    if (refusals != worker->refusals_logged) {
        worker->refusals_logged = refusals;
        log_warning("worker %u: a wait for events was refused: %s", worker->number,
                    strerror(io_refusal(loop->io)));
    }
}

static enum shunt_status serve(struct worker *worker, struct shunt_worker *loop)
{
    enum shunt_status status = SHUNT_OK;

    while (status == SHUNT_OK && atomic_load(&worker->order) == WORKER_SERVE) {
        status = conn_loop_turn(loop, TURN_MS_MAX);
        server_observer_turn(&worker->observer);
        refusals_log(worker, loop);
        report_if_asked(worker, loop);
    }
    if (status == SHUNT_OK && atomic_load(&worker->order) == WORKER_DRAIN) {
        status = drain(worker, loop);
    }
    if (status != SHUNT_OK) {
        error_set(&worker->error, SHUNT_ESYS,
                  "worker %u: its loop failed: %s; its %u connections are reset", worker->number,
                  strerror(io_refusal(loop->io)), loop->slab.live);
    }
    return status;
}

static void loop_publish(struct worker *worker, struct shunt_worker *loop)
{
    pthread_mutex_lock(&worker->lock);
    worker->loop = loop;
    pthread_mutex_unlock(&worker->lock);
}

/* The loop closes its own; the copies have the same queues of clients that nobody has accepted. */
static void listeners_keep(struct worker *worker, const struct shunt_worker *loop)
{
    for (unsigned i = 0; i < loop->listeners.count; i++) {
        int fd = fcntl(loop->listeners.fds[i], F_DUPFD_CLOEXEC, 0);

        if (fd >= 0) {
            worker->listeners[worker->listener_count++] =
                (struct worker_listener){fd, loop->listeners.shared & 1u << i};
        } else {
            log_error("worker %u: a listener is lost: %s", worker->number, strerror(errno));
        }
    }
}

static enum shunt_status run_loop(struct worker *worker, struct shunt_worker *loop)
{
    enum shunt_status status = plugins_start(worker, loop);

    if (status != SHUNT_OK) {
        return status;
    }
    status = listen_all(worker, loop);
    if (status == SHUNT_OK) {
        loop_publish(worker, loop);
        worker->served = true;
        worker->begun_ms = clock_coarse_ms();
        state_set(worker, WORKER_READY);
        status = serve(worker, loop);
        loop_publish(worker, NULL);
    }
    if (status != SHUNT_OK && worker->served) {
        listeners_keep(worker, loop);
    }
    conn_loop_close(loop);
    registry_worker_stop(loop->registry, loop->locals);
    return status;
}

/* ---- a life: a loop and what is on it; the next one begins where a loop fails ---- */

struct life {
    struct http1_context http;
    struct shunt_worker *loop;
};

/* A loop that accepts nobody yet; `backend` may be IO_AUTO. */
static enum shunt_status life_begin(struct worker *worker, enum io_backend backend,
                                    struct life *life)
{
    const struct config *config = worker->common->config;
    struct io_options options = limits_io(config);
    struct conn_limits limits = limits_conn(config);
    struct exchange_limits exchange_limits = limits_exchange(config);
    enum shunt_status status;

    limits.peer.trusted = exchange_limits.trusted = worker->common->trusted;
    http1_context_init(&life->http, worker->common->routes, &exchange_limits);
    life->http.exchange.files =
        files_cache_create(config->limits.open_files_max, config->timeouts.open_file_ms);
    if (!life->http.exchange.files) {
        error_set(&worker->error, SHUNT_ENOMEM, "worker %u: no memory", worker->number);
        return SHUNT_ENOMEM;
    }
    options.backend = backend;
    status = conn_loop_create(&options, &limits, &worker->common->plugins->registry, &http1_owner,
                              &life->http, &life->loop, &worker->why);
    if (status != SHUNT_OK) {
        error_set(&worker->error, SHUNT_ESYS, "worker %u: %s", worker->number,
                  worker->why.count       ? worker->why.text
                  : status == SHUNT_EFULL ? "this process has 1024 workers already"
                                          : shunt_status_name(status));
        files_cache_destroy(life->http.exchange.files);
        return status;
    }
    life->http.exchange.loop = life->loop;
    life->http.exchange.counters = worker->exchange_counters;
    life->http.exchange.observer = server_observer_lend(&worker->observer);
    life->loop->counters = worker->conn_counters;
    life->loop->metrics = &worker->common->cells->rows[worker->number];
    conn_post_join(life->loop, worker->common->group, worker->number);
    worker->refusals_logged = 0;
    worker->backend = strcmp(io_backend_name(life->loop->io), "epoll") == 0 ? IO_EPOLL : IO_URING;
    return SHUNT_OK;
}

/* io counts from 0 in each life; all of its counters are numbers of one size. */
static void io_counters_keep(struct io_counters *all, const struct io_counters *one)
{
    uint64_t *to = (uint64_t *)all;
    const uint64_t *from = (const uint64_t *)one;

    for (size_t i = 0; i < sizeof *all / sizeof *to; i++) {
        to[i] += from[i];
    }
}

static void life_end(struct worker *worker, struct life *life)
{
    worker->conn_counters = life->loop->counters;
    io_counters_keep(&worker->io_counters, io_counters(life->loop->io));
    conn_loop_destroy(life->loop);
    files_cache_destroy(life->http.exchange.files);
    http1_context_fini(&life->http);
    worker->exchange_counters = life->http.exchange.counters;
}

/* Until the time is over or an order comes. */
static void pause_ms(struct worker *worker, unsigned ms)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&worker->lock);
    while (atomic_load(&worker->order) == WORKER_SERVE &&
           pthread_cond_timedwait(&worker->ordered, &worker->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&worker->lock);
}

/*
 * May the worker begin anew? A loop fails where the kernel does, which costs its connections but
 * neither those of other workers nor the server. One that fails at once, again and again, gives up
 * after 10 s, so that its supervisor starts the server anew or an operator looks why.
 */
static bool again(struct worker *worker)
{
    if (!worker->served || worker->listener_count == 0 ||
        atomic_load(&worker->order) != WORKER_SERVE) {
        return false;
    }
    if (clock_coarse_ms() - worker->begun_ms >= STEADY_MS) {
        worker->failures = 0;
    }
    if (worker->failures == FAILURES_MAX) {
        return false;
    }
    log_error("%s, and it begins anew", worker->error.text);
    pause_ms(worker, PAUSE_MS_FIRST << worker->failures++);
    return atomic_load(&worker->order) == WORKER_SERVE;
}

/* The first life, on the back end of all workers: another one may have had to fall back. */
static enum shunt_status run_first(struct worker *worker, struct life *life)
{
    enum shunt_status status = life_begin(worker, worker->common->config->backend, life);
    enum worker_order order;

    if (status != SHUNT_OK) {
        return status;
    }
    state_set(worker, WORKER_MADE);
    order = order_wait(worker);
    if (order == WORKER_SERVE && worker->backend != worker->common->backend) {
        life_end(worker, life);
        status = life_begin(worker, worker->common->backend, life);
        if (status != SHUNT_OK) {
            return status;
        }
    }
    if (order == WORKER_SERVE) {
        status = run_loop(worker, life->loop);
    }
    life_end(worker, life);
    return status;
}

static enum shunt_status run(struct worker *worker)
{
    struct life life;
    enum shunt_status status = run_first(worker, &life);

    while (status != SHUNT_OK && again(worker)) {
        status = life_begin(worker, worker->common->backend, &life);
        if (status == SHUNT_OK) {
            status = run_loop(worker, life.loop);
            life_end(worker, &life);
        }
    }
    return status;
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    enum shunt_status status;

    log_queue_use(worker->common->log, worker->number);
    if (worker->common->pin && cpus_pin(worker->number) != SHUNT_OK) {
        log_warning("worker %u: cannot be pinned to a CPU: %s", worker->number, strerror(errno));
    }
    status =
        server_observer_init(&worker->observer, worker->common->access, worker->number,
                             worker->common->latency, &worker->common->cells->rows[worker->number]);
    if (status == SHUNT_OK) {
        status = run(worker);
        server_observer_fini(&worker->observer);
    } else {
        error_set(&worker->error, status, "worker %u: no memory for the access log",
                  worker->number);
    }
    while (worker->listener_count > 0) {
        close(worker->listeners[--worker->listener_count].fd);
    }
    state_set(worker, status == SHUNT_OK ? WORKER_DONE : WORKER_FAILED);
    return NULL;
}

enum shunt_status worker_start(struct worker *worker)
{
    char name[16];

    if (pthread_mutex_init(&worker->lock, NULL) != 0) {
        return SHUNT_ESYS;
    }
    pthread_cond_init(&worker->ordered, NULL);
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
        pthread_cond_destroy(&worker->ordered);
        pthread_mutex_destroy(&worker->lock);
        return SHUNT_ESYS;
    }
    worker->joinable = true;
    snprintf(name, sizeof name, "shunt-%u", worker->number);
    (void)pthread_setname_np(worker->thread, name);
    return SHUNT_OK;
}

void worker_join(struct worker *worker)
{
    if (worker->joinable) {
        pthread_join(worker->thread, NULL);
        pthread_cond_destroy(&worker->ordered);
        pthread_mutex_destroy(&worker->lock);
        worker->joinable = false;
    }
}
