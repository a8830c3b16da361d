/* Serving: workers started, supervised and joined. Nothing here runs for a connection. */
#include "base/cpus.h"
#include "base/log.h"
#include "server/counters.h"
#include "server/listeners.h"
#include "server/prepare.h"
#include "server/server.h"
#include "server/state.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DESCRIPTORS_BASE = 32, DESCRIPTORS_A_WORKER = 8 };

static enum shunt_status descriptors_check(struct shunt_server *server)
{
    size_t needed = DESCRIPTORS_BASE +
                    server->worker_count * (DESCRIPTORS_A_WORKER + server->config.listener_count);
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < needed) {
        return error_set(&server->error, SHUNT_ESYS,
                         "too few descriptors: this process may have %llu and needs at least %zu "
                         "(raise RLIMIT_NOFILE, ulimit -n)",
                         (unsigned long long)limit.rlim_cur, needed);
    }
    return SHUNT_OK;
}

static void on_worker_state(void *arg)
{
    server_wake(arg);
}

/*
 * Wait until something has happened, and write the log until then. poll(2) and only then read(2):
 * ThreadSanitizer runs signal handlers within calls that it knows as blocking, and read is not one
 * of them, so a handler that calls shunt_server_stop() would never run.
 */
static void wait_event(const struct shunt_server *server)
{
    struct pollfd events[] = {{.fd = server->events, .events = POLLIN},
                              {.fd = log_queue_event(), .events = POLLIN},
                              {.events = POLLOUT}};
    uint64_t count;

    do {
        events[2].fd = log_queue_write();
    } while (poll(events, 3, -1) < 0 || !(events[0].revents & POLLIN));
    while (read(server->events, &count, sizeof count) < 0 && errno == EINTR) {
    }
}

static unsigned count_in(struct shunt_server *server, enum worker_state state)
{
    unsigned count = 0;

    for (unsigned i = 0; i < server->worker_count; i++) {
        count += server->workers[i].joinable && worker_state(&server->workers[i]) == state;
    }
    return count;
}

static void order_all(struct shunt_server *server, enum worker_order order)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        if (server->workers[i].joinable) {
            worker_order_set(&server->workers[i], order);
        }
    }
}

/*
 * Workers that differ would show it in every figure, so one that had to fall back decides for the
 * others. That one, or the first.
 */
static const struct worker *backend_choose(const struct shunt_server *server)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        if (server->workers[i].backend == IO_EPOLL) {
            return &server->workers[i];
        }
    }
    return &server->workers[0];
}

static void wait_while(struct shunt_server *server, enum worker_state state)
{
    while (count_in(server, state) > 0) {
        wait_event(server);
    }
}

/* All have their loops before the first of them accepts. */
static enum shunt_status workers_start(struct shunt_server *server, struct worker_common *common)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        struct worker *worker = &server->workers[i];

        worker->common = common;
        worker->number = i;
        worker->why = (struct error){.text = worker->why_text, .size = sizeof worker->why_text};
        worker->error =
            (struct error){.text = worker->error_text, .size = sizeof worker->error_text};
        if (worker_start(worker) != SHUNT_OK) {
            return error_set(&server->error, SHUNT_ESYS, "worker %u: cannot start a thread: %s", i,
                             strerror(errno));
        }
    }
    wait_while(server, WORKER_STARTING);
    if (count_in(server, WORKER_MADE) < server->worker_count) {
        return SHUNT_ESYS;
    }
    server->chosen = backend_choose(server);
    common->backend = server->chosen->backend;
    order_all(server, WORKER_SERVE);
    wait_while(server, WORKER_MADE);
    return count_in(server, WORKER_READY) == server->worker_count ? SHUNT_OK : SHUNT_ESYS;
}

/* Wait for all to end, and keep the first one's error. */
static enum shunt_status workers_join(struct shunt_server *server, enum shunt_status status)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        struct worker *worker = &server->workers[i];

        if (!worker->joinable) {
            continue;
        }
        if (worker_state(worker) == WORKER_FAILED && worker->error.count && !server->error.count) {
            status = error_set(&server->error, SHUNT_ESYS, "%s", worker->error.text);
        }
        worker_join(worker);
    }
    return status;
}

/* ---- serve ---- */

static void report_start(const struct shunt_server *server)
{
    struct rlimit limit = {0};

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    for (size_t i = 0; i < server->config.listener_count; i++) {
        const char *address = server->config.listeners[i].address;
        const char *colon = strrchr(address, ':');

        if (strncmp(address, "unix:", 5) == 0 || !colon) {
            log_info("listening on %s", address);
        } else {
            log_info("listening on %.*s:%u", (int)(colon - address), address, server->ports[i]);
        }
    }
    log_info("%u worker%s on %s%s%s; %llu descriptors", server->worker_count,
             server->worker_count == 1 ? "" : "s",
             server->chosen->backend == IO_EPOLL ? "epoll" : "io_uring",
             server->chosen->why.count ? ": " : "", server->chosen->why.text,
             (unsigned long long)limit.rlim_cur);
}

/* Of all workers, which have ended. */
static struct server_counters totals(const struct shunt_server *server)
{
    struct server_counters all = {.known = true};

    for (unsigned i = 0; i < server->worker_count; i++) {
        const struct worker *worker = &server->workers[i];
        const struct server_counters one = {.io = worker->io_counters,
                                            .conns = worker->conn_counters,
                                            .exchanges = worker->exchange_counters};

        server_counters_add(&all, &one);
    }
    return all;
}

static void report_end(const struct shunt_server *server)
{
    const struct server_counters all = totals(server);

    server_counters_log("all workers", &all);
    log_info("stopped: %llu connections, %llu requests, %llu upgrades; "
             "%llu connections refused, %llu upgrades refused, %llu malformed, %llu early, %llu "
             "accepts failed",
             (unsigned long long)all.conns.accepted, (unsigned long long)all.exchanges.requests,
             (unsigned long long)all.conns.upgrades,
             (unsigned long long)(all.conns.refused_full + all.conns.refused_memory),
             (unsigned long long)all.exchanges.upgrades_refused,
             (unsigned long long)all.exchanges.malformed,
             (unsigned long long)all.exchanges.early_bytes,
             (unsigned long long)all.conns.accept_failures);
}

static void report_counters(struct shunt_server *server)
{
    uint64_t dropped = log_queue_dropped();

    for (unsigned i = 0; i < server->worker_count; i++) {
        worker_report(&server->workers[i]);
    }
    if (dropped > 0) {
        log_info("log.dropped=%llu", (unsigned long long)dropped);
    }
}

/* Until every worker has ended: orders go out as stops come in. */
static void supervise(struct shunt_server *server)
{
    enum worker_order ordered = WORKER_SERVE;
    const char *notice;

    while (count_in(server, WORKER_READY) > 0) {
        unsigned stops = atomic_load(&server->stops);
        enum worker_order order = stops == 0   ? WORKER_SERVE
                                  : stops == 1 ? WORKER_DRAIN
                                               : WORKER_ABORT;

        if (order == WORKER_SERVE && count_in(server, WORKER_FAILED) > 0) {
            order = WORKER_DRAIN; /* one worker is no server: the others end what they have */
        }
        if (order != ordered) {
            if (ordered == WORKER_SERVE) {
                /* First, so that no client connects any more, and never later: by then the name may
                 * be another server's. */
                server_listeners_unlink(&server->config);
            }
            ordered = order;
            order_all(server, order);
        }
        if (atomic_exchange(&server->report, false)) {
            report_counters(server);
        }
        if (atomic_exchange(&server->reopen, false)) {
            access_log_reopen(server->access);
        }
        notice = atomic_exchange(&server->notice, NULL);
        if (notice) {
            log_warning("%s", notice);
        }
        wait_event(server);
    }
}

static enum shunt_status serve(struct shunt_server *server, void (*ready)(void *arg), void *arg)
{
    const enum config_pin pin = server->config.pin;
    struct worker_common common = {
        .pin =
            pin == CONFIG_PIN_ON || (pin == CONFIG_PIN_AUTO && cpus_pin_pays(server->worker_count)),
        .config = &server->config,
        .group = &server->group,
        .plugins = &server->plugins,
        .routes = &server->routes,
        .trusted = server->trusted,
        .log = server->log,
        .access = server->access,
        .cells = server->cells,
        .latency = &server->latency,
        .on_state = on_worker_state,
        .arg = server,
    };
    enum shunt_status status;

    error_clear(&server->error);
    status = server_listeners_open(&server->config, server->workers, server->worker_count,
                                   server->ports, &server->error);
    if (status != SHUNT_OK) {
        return status;
    }
    error_clear(&server->error);
    status = workers_start(server, &common);
    if (status == SHUNT_OK) {
        report_start(server);
        if (ready) {
            ready(arg);
        }
        supervise(server);
        report_end(server);
    } else {
        server_listeners_unlink(&server->config);
        order_all(server, WORKER_ABORT);
    }
    status = workers_join(server, status);
    server_listeners_close(server->workers, server->worker_count);
    return status;
}

static unsigned workers_wanted(const struct config *config)
{
    unsigned workers = config->workers ? config->workers : cpus_usable();

    return workers < CONFIG_WORKERS_MAX ? workers : CONFIG_WORKERS_MAX;
}

static void group_clear(struct conn_group *group)
{
    unsigned count = atomic_exchange(&group->count, 0);

    for (unsigned i = 0; i < count; i++) {
        atomic_store(&group->ids[i], 0);
    }
}

enum shunt_status shunt_server_run(struct shunt_server *server, void (*ready)(void *arg), void *arg)
{
    enum shunt_status status = server_prepare(server);

    if (status != SHUNT_OK) {
        return status;
    }
    server->worker_count = workers_wanted(&server->config);
    atomic_store(&server->group.count, server->worker_count);
    server->workers = calloc(server->worker_count, sizeof *server->workers);
    free(server->ports);
    server->ports = calloc(server->config.listener_count + 1, sizeof *server->ports);
    server->cells = metrics_cells_create(&server->metrics, server->worker_count, &server->shared);
    status = server->workers && server->ports && server->cells
                 ? descriptors_check(server)
                 : server_status(server, SHUNT_ENOMEM, "workers");
    if (status == SHUNT_OK) {
        status = server_status(
            server,
            log_queue_open(server->worker_count, server->config.limits.log_lines_max, &server->log),
            "log");
    }
    if (status == SHUNT_OK) {
        status =
            access_log_open(&server->config, server->worker_count, &server->access, &server->error);
    }
    if (status == SHUNT_OK) {
        status = serve(server, ready, arg);
    }
    access_log_close(server->access, server->config.timeouts.log_ms);
    server->access = NULL;
    log_queue_close(server->log, server->config.timeouts.log_ms);
    server->log = NULL;
    free(server->workers);
    server->workers = NULL;
    metrics_cells_destroy(server->cells);
    server->cells = NULL;
    group_clear(&server->group);
    server_unprepare(server);
    atomic_store(&server->stops, 0); /* they were for this run */
    return status;
}

void shunt_server_stop(struct shunt_server *server)
{
    atomic_fetch_add(&server->stops, 1);
    server_wake(server);
}

void shunt_server_report(struct shunt_server *server)
{
    atomic_store(&server->report, true);
    server_wake(server);
}

void shunt_server_reopen(struct shunt_server *server)
{
    atomic_store(&server->reopen, true);
    server_wake(server);
}

unsigned shunt_server_worker_count(const struct shunt_server *server)
{
    return atomic_load(&server->group.count);
}

enum shunt_status shunt_server_post_worker(struct shunt_server *server, unsigned number,
                                           shunt_worker_task *task, shunt_release *drop, void *arg)
{
    shunt_id id = 0;

    if (number < atomic_load(&server->group.count)) {
        id = atomic_load(&server->group.ids[number]);
    }
    return conn_post_worker(id, task, drop, arg);
}

unsigned shunt_server_port(const struct shunt_server *server, unsigned index)
{
    return server->ports && index < server->config.listener_count ? server->ports[index] : 0;
}
