/* The worker's thread: everything it needs is made on it, used by it alone and ended by it. */
#include "server/worker.h"

#include "base/clock.h"
#include "base/cpus.h"
#include "base/log.h"
#include "server/counters.h"
#include "server/limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TURN_MS_MAX = 60000,
    DRAIN_TURN_MS = 50,
    DEAF_MS = 100, /* at a stop: a round trip, for handshakes that have begun */
};

static void state_set(struct worker *worker, enum worker_state state)
{
    pthread_mutex_lock(&worker->lock);
    worker->state = state;
    pthread_mutex_unlock(&worker->lock);
    worker->common->told(worker->common->arg);
}

enum worker_state worker_state(struct worker *worker)
{
    enum worker_state state;

    pthread_mutex_lock(&worker->lock);
    state = worker->state;
    pthread_mutex_unlock(&worker->lock);
    return state;
}

void worker_tell(struct worker *worker, enum worker_order order)
{
    pthread_mutex_lock(&worker->lock);
    atomic_store(&worker->order, order);
    pthread_cond_signal(&worker->ordered);
    if (worker->table) {
        io_wake(worker->table->io);
    }
    pthread_mutex_unlock(&worker->lock);
}

void worker_report(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    atomic_store(&worker->report, true);
    if (worker->table) {
        io_wake(worker->table->io);
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

static enum shunt_status plugins_start(struct worker *worker, struct conn_table *table)
{
    const struct shunt_plugin *failed;
    enum shunt_status status = registry_worker_start(table->registry, (struct shunt_worker *)table,
                                                     table->locals, &failed);

    if (status != SHUNT_OK) {
        snprintf(worker->error, sizeof worker->error,
                 "worker %u: plugin %s: its worker_start failed with %s", worker->number,
                 failed->name, shunt_status_name(status));
    }
    return status;
}

static enum shunt_status listen_all(struct worker *worker, struct conn_table *table)
{
    while (worker->listener_count > 0) {
        int fd = worker->listeners[worker->listener_count - 1];
        enum shunt_status status = conn_table_listen(table, fd);

        if (status != SHUNT_OK) {
            snprintf(worker->error, sizeof worker->error, "worker %u: cannot accept: %s",
                     worker->number, shunt_status_name(status));
            return status;
        }
        worker->listener_count--;
    }
    return SHUNT_OK;
}

/* ---- serve ---- */

static void report_if_asked(struct worker *worker, const struct conn_table *table)
{
    if (atomic_load_explicit(&worker->report, memory_order_relaxed)) {
        const struct session_context *sessions = table->http_context;

        atomic_store(&worker->report, false);
        server_counters_log(worker->number, io_counters(table->io), &table->counters,
                            &sessions->counters, table->live);
    }
}

static enum shunt_status drain(struct worker *worker, struct conn_table *table)
{
    uint64_t now_ms = clock_coarse_ms();
    uint64_t deadline = now_ms + worker->common->config->timeouts.drain_ms;
    uint64_t deaf_until = now_ms + DEAF_MS;
    enum shunt_status status = SHUNT_OK;

    conn_table_deafen(table);
    conn_table_shutdown(table);
    while (status == SHUNT_OK && (table->live > 0 || table->listener_count > 0) &&
           table->now_ms < deadline && atomic_load(&worker->order) != WORKER_ABORT) {
        status = conn_table_turn(table, DRAIN_TURN_MS);
        if (status == SHUNT_OK && table->listener_count > 0 && table->now_ms >= deaf_until) {
            status = conn_table_unlisten(table);
        }
    }
    if (table->live > 0) {
        log_warning("worker %u: %u connections were still open at the end of the drain time",
                    worker->number, table->live);
    }
    return status;
}

static enum shunt_status serve(struct worker *worker, struct conn_table *table)
{
    enum shunt_status status = SHUNT_OK;

    while (status == SHUNT_OK && atomic_load(&worker->order) == WORKER_SERVE) {
        status = conn_table_turn(table, TURN_MS_MAX);
        report_if_asked(worker, table);
    }
    if (status == SHUNT_OK && atomic_load(&worker->order) == WORKER_DRAIN) {
        status = drain(worker, table);
    }
    if (status != SHUNT_OK) {
        snprintf(worker->error, sizeof worker->error, "worker %u: its loop failed with %s",
                 worker->number, shunt_status_name(status));
    }
    return status;
}

static void table_publish(struct worker *worker, struct conn_table *table)
{
    pthread_mutex_lock(&worker->lock);
    worker->table = table;
    pthread_mutex_unlock(&worker->lock);
}

static enum shunt_status run_table(struct worker *worker, struct conn_table *table)
{
    enum shunt_status status = plugins_start(worker, table);

    if (status != SHUNT_OK) {
        return status;
    }
    status = listen_all(worker, table);
    if (status == SHUNT_OK) {
        table_publish(worker, table);
        state_set(worker, WORKER_READY);
        status = serve(worker, table);
        table_publish(worker, NULL);
    }
    conn_table_close(table);
    registry_worker_stop(table->registry, table->locals);
    worker->conn_counters = table->counters;
    return status;
}

/* The loop, with nothing in it yet; `backend` may be IO_AUTO. */
static enum shunt_status table_make(struct worker *worker, enum io_backend backend,
                                    struct session_context *sessions, struct conn_table **table)
{
    const struct config *config = worker->common->config;
    struct io_options options = limits_io(config);
    struct conn_limits limits = limits_conn(config);
    enum shunt_status status;

    options.backend = backend;
    status = conn_table_create(&options, &limits, &worker->common->plugins->registry,
                               &session_owner, sessions, table, worker->why, sizeof worker->why);
    if (status != SHUNT_OK) {
        snprintf(worker->error, sizeof worker->error, "worker %u: %s", worker->number,
                 worker->why[0]          ? worker->why
                 : status == SHUNT_EFULL ? "this process has 1024 workers already"
                                         : shunt_status_name(status));
        return status;
    }
    sessions->table = *table;
    worker->backend = strcmp(io_backend_name((*table)->io), "epoll") == 0 ? IO_EPOLL : IO_URING;
    return SHUNT_OK;
}

/* Serve, on the back end that all workers take: another one may have had to fall back. */
static enum shunt_status run_ordered(struct worker *worker, struct session_context *sessions,
                                     struct conn_table *table)
{
    enum shunt_status status = SHUNT_OK;

    if (order_wait(worker) == WORKER_SERVE) {
        if (worker->backend != worker->common->backend) {
            conn_table_destroy(table);
            status = table_make(worker, worker->common->backend, sessions, &table);
        }
        if (status != SHUNT_OK) {
            return status;
        }
        status = run_table(worker, table);
    }
    conn_table_destroy(table);
    return status;
}

static enum shunt_status run(struct worker *worker, struct session_context *sessions)
{
    struct session_limits limits = limits_session(worker->common->config);
    struct conn_table *table;
    enum shunt_status status;

    session_context_init(sessions, worker->common->routes, &limits);
    status = table_make(worker, worker->common->config->backend, sessions, &table);
    if (status != SHUNT_OK) {
        return status;
    }
    state_set(worker, WORKER_MADE);
    status = run_ordered(worker, sessions, table);
    session_context_fini(sessions);
    worker->session_counters = sessions->counters;
    return status;
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    struct session_context sessions;
    enum shunt_status status;

    log_queue_use(worker->common->log, worker->number);
    if (worker->common->pin && cpus_pin(worker->number) != SHUNT_OK) {
        log_warning("worker %u: cannot be pinned to a CPU: %s", worker->number, strerror(errno));
    }
    status = run(worker, &sessions);
    while (worker->listener_count > 0) {
        close(worker->listeners[--worker->listener_count]);
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
