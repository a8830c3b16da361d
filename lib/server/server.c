/*
 * The public face: collects settings, checks them, starts the workers, waits, stops them. Nothing
 * here runs for a connection.
 */
#include <shunt/server.h>

#include "base/cpus.h"
#include "base/log.h"
#include "server/listeners.h"
#include "server/plugins.h"
#include "server/server.h"
#include "server/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DESCRIPTORS_BASE = 32, DESCRIPTORS_A_WORKER = 8 };

struct shunt_server {
    struct config config;
    struct server_plugins plugins;
    struct session_routes routes;
    struct worker *workers;
    unsigned worker_count;
    unsigned *ports;
    int events; /* an eventfd: a stop was asked for, or a worker's state has changed */
    atomic_uint stops;
    atomic_bool report;
    char error[512];
};

const char *shunt_version(void)
{
    return SHUNT_VERSION;
}

const char *shunt_server_error(const struct shunt_server *server)
{
    return server->error;
}

/* For calls whose only failures are a bad argument and memory. */
static enum shunt_status said(struct shunt_server *server, enum shunt_status status,
                              const char *what)
{
    if (status != SHUNT_OK) {
        snprintf(server->error, sizeof server->error, "%s: %s", what,
                 status == SHUNT_ENOMEM ? "no memory" : "impossible value");
    }
    return status;
}

struct config *server_config(struct shunt_server *server)
{
    return &server->config;
}

/* ---- settings ---- */

enum shunt_status shunt_server_create(struct shunt_server **server)
{
    struct shunt_server *one = calloc(1, sizeof *one);

    if (!one) {
        return SHUNT_ENOMEM;
    }
    one->events = eventfd(0, EFD_CLOEXEC);
    if (one->events < 0) {
        free(one);
        return SHUNT_ESYS;
    }
    config_init(&one->config);
    *server = one;
    return SHUNT_OK;
}

void shunt_server_destroy(struct shunt_server *server)
{
    if (!server) {
        return;
    }
    server_plugins_fini(&server->plugins);
    config_fini(&server->config);
    free(server->ports);
    close(server->events);
    free(server);
}

enum shunt_status shunt_server_configure(struct shunt_server *server, const char *file)
{
    enum shunt_status status;

    if (server->plugins.opened > 0) {
        snprintf(server->error, sizeof server->error,
                 "the configuration file must come before plugins are loaded");
        return SHUNT_ESTATE;
    }
    status = config_load(&server->config, file, server->error, sizeof server->error);
    log_level_set(server->config.log_level);
    return status;
}

enum shunt_status shunt_server_listen(struct shunt_server *server, const char *address)
{
    enum shunt_status status = config_add_listener(&server->config, address);

    if (status == SHUNT_EINVAL) {
        snprintf(server->error, sizeof server->error,
                 "listener %s: expected ADDRESS:PORT, [ADDRESS]:PORT, :PORT or unix:PATH", address);
        return status;
    }
    return said(server, status, address);
}

enum shunt_status shunt_server_workers(struct shunt_server *server, unsigned workers)
{
    if (workers > CONFIG_WORKERS_MAX) {
        return said(server, SHUNT_EINVAL, "workers");
    }
    server->config.workers = workers;
    return SHUNT_OK;
}

enum shunt_status shunt_server_backend(struct shunt_server *server, const char *backend)
{
    static const struct {
        const char *name;
        enum io_backend backend;
    } names[] = {{"auto", IO_AUTO}, {"uring", IO_URING}, {"epoll", IO_EPOLL}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, backend) == 0) {
            server->config.backend = names[i].backend;
            return SHUNT_OK;
        }
    }
    snprintf(server->error, sizeof server->error,
             "back end: expected auto, uring or epoll, found %s", backend);
    return SHUNT_EINVAL;
}

enum shunt_status shunt_server_route(struct shunt_server *server, const struct shunt_route *route)
{
    return said(server, config_add_route(&server->config, route), "route");
}

enum shunt_status shunt_server_plugin_add(struct shunt_server *server,
                                          const struct shunt_plugin *plugin,
                                          const char *const *settings)
{
    return server_plugins_add(&server->plugins, plugin, settings, server->error,
                              sizeof server->error);
}

enum shunt_status shunt_server_plugin_load(struct shunt_server *server, const char *name_or_file,
                                           const char *const *settings)
{
    enum shunt_status status =
        said(server, config_add_plugin(&server->config, name_or_file, settings), name_or_file);

    return status == SHUNT_OK ? server_plugins_open(&server->plugins, &server->config,
                                                    server->error, sizeof server->error)
                              : status;
}

/* ---- start ---- */

/* Every protocol that a route names must be given by some plugin. */
static enum shunt_status routes_check(struct shunt_server *server)
{
    const struct config *config = &server->config;

    for (size_t i = 0; i < config->route_count; i++) {
        const struct config_route *route = &config->routes[i];

        for (char **token = route->upgrade; token && *token; token++) {
            if (registry_protocol_find(&server->plugins.registry, shunt_span_of(*token)) < 0) {
                snprintf(server->error, sizeof server->error,
                         "%s:%u: upgrade: expected a protocol that a plugin gives, found %s",
                         config->file ? config->file : "route", route->line, *token);
                return SHUNT_ENOTFOUND;
            }
        }
    }
    return SHUNT_OK;
}

static enum shunt_status routes_init(struct shunt_server *server)
{
    const struct config *config = &server->config;
    struct session_route *items = calloc(config->route_count + 1, sizeof *items);
    enum shunt_status status;

    if (!items) {
        return said(server, SHUNT_ENOMEM, "routes");
    }
    for (size_t i = 0; i < config->route_count; i++) {
        const struct config_route *from = &config->routes[i];

        items[i] = (struct session_route){
            .path = shunt_span_of(from->path),
            .handler = from->handler,
            .arg = from->arg,
            .has_text = from->text != NULL,
            .text = {from->text, from->text_len},
            .content_type = from->content_type,
            .echo = from->echo,
            .upgrade = (const char *const *)from->upgrade,
            .upgrade_required = from->upgrade_required,
            .settings = plugin_settings_lend(&from->settings),
        };
    }
    status = session_routes_init(&server->routes, items, config->route_count);
    free(items);
    return said(server, status, "routes: a path occurs twice, or no memory");
}

/* Everything up to the sockets. On SHUNT_OK the plugins are started. */
static enum shunt_status prepare(struct shunt_server *server)
{
    char *error = server->error;
    size_t size = sizeof server->error;
    enum shunt_status status = config_check(&server->config, error, size);

    if (status == SHUNT_OK) {
        status = server_plugins_open(&server->plugins, &server->config, error, size);
    }
    if (status == SHUNT_OK) {
        status = server_plugins_start(&server->plugins, &server->config, error, size);
    }
    if (status != SHUNT_OK) {
        return status;
    }
    status = routes_check(server);
    if (status == SHUNT_OK) {
        status = routes_init(server);
    }
    if (status != SHUNT_OK) {
        server_plugins_stop(&server->plugins);
    }
    return status;
}

static void unprepare(struct shunt_server *server)
{
    session_routes_fini(&server->routes);
    server_plugins_stop(&server->plugins);
}

enum shunt_status shunt_server_check(struct shunt_server *server)
{
    enum shunt_status status = prepare(server);

    if (status == SHUNT_OK) {
        unprepare(server);
    }
    return status;
}

static enum shunt_status descriptors_check(struct shunt_server *server)
{
    size_t needed = DESCRIPTORS_BASE +
                    server->worker_count * (DESCRIPTORS_A_WORKER + server->config.listener_count);
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < needed) {
        snprintf(server->error, sizeof server->error,
                 "too few descriptors: this process may have %llu and needs at least %zu "
                 "(raise RLIMIT_NOFILE, ulimit -n)",
                 (unsigned long long)limit.rlim_cur, needed);
        return SHUNT_ESYS;
    }
    return SHUNT_OK;
}

static void told(void *arg)
{
    const struct shunt_server *server = arg;
    uint64_t one = 1;

    (void)!write(server->events, &one, sizeof one);
}

/* Wait until something has happened. */
static void wait_event(const struct shunt_server *server)
{
    uint64_t count;

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

static void tell_all(struct shunt_server *server, enum worker_order order)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        if (server->workers[i].joinable) {
            worker_tell(&server->workers[i], order);
        }
    }
}

static enum shunt_status workers_start(struct shunt_server *server,
                                       const struct worker_common *common)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        struct worker *worker = &server->workers[i];

        worker->common = common;
        worker->number = i;
        if (worker_start(worker) != SHUNT_OK) {
            snprintf(server->error, sizeof server->error, "worker %u: cannot start a thread: %s", i,
                     strerror(errno));
            return SHUNT_ESYS;
        }
    }
    while (count_in(server, WORKER_STARTING) > 0) {
        wait_event(server);
    }
    return count_in(server, WORKER_READY) == server->worker_count ? SHUNT_OK : SHUNT_ESYS;
}

/* Tell all to end, wait for them, and keep the first one's complaint. */
static enum shunt_status workers_join(struct shunt_server *server, enum shunt_status status)
{
    for (unsigned i = 0; i < server->worker_count; i++) {
        struct worker *worker = &server->workers[i];

        if (!worker->joinable) {
            continue;
        }
        if (worker_state(worker) == WORKER_FAILED && worker->error[0] && !server->error[0]) {
            snprintf(server->error, sizeof server->error, "%s", worker->error);
            status = SHUNT_ESYS;
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
    log_info("%u worker%s on %s; %llu descriptors", server->worker_count,
             server->worker_count == 1 ? "" : "s", server->workers[0].chosen,
             (unsigned long long)limit.rlim_cur);
}

static void report_end(const struct shunt_server *server)
{
    struct conn_counters conns = {0};
    struct session_counters sessions = {0};

    for (unsigned i = 0; i < server->worker_count; i++) {
        const struct conn_counters *c = &server->workers[i].conn_counters;
        const struct session_counters *s = &server->workers[i].session_counters;

        conns.accepted += c->accepted;
        conns.refused_full += c->refused_full;
        conns.refused_memory += c->refused_memory;
        conns.accept_failures += c->accept_failures;
        conns.upgrades += c->upgrades;
        sessions.requests += s->requests;
        sessions.malformed += s->malformed;
        sessions.early_bytes += s->early_bytes;
    }
    log_info("stopped: %llu connections, %llu requests, %llu upgrades; %llu refused, "
             "%llu malformed, %llu early, %llu accepts failed",
             (unsigned long long)conns.accepted, (unsigned long long)sessions.requests,
             (unsigned long long)conns.upgrades,
             (unsigned long long)(conns.refused_full + conns.refused_memory),
             (unsigned long long)sessions.malformed, (unsigned long long)sessions.early_bytes,
             (unsigned long long)conns.accept_failures);
}

/* Until every worker has ended: orders go out as stops come in. */
static void supervise(struct shunt_server *server)
{
    enum worker_order ordered = WORKER_SERVE;

    while (count_in(server, WORKER_READY) > 0) {
        unsigned stops = atomic_load(&server->stops);
        enum worker_order order = stops == 0   ? WORKER_SERVE
                                  : stops == 1 ? WORKER_DRAIN
                                               : WORKER_ABORT;

        if (order == WORKER_SERVE && count_in(server, WORKER_FAILED) > 0) {
            order = WORKER_DRAIN; /* one worker is no server: the others end what they have */
        }
        if (order != ordered) {
            ordered = order;
            tell_all(server, order);
        }
        if (atomic_exchange(&server->report, false)) {
            for (unsigned i = 0; i < server->worker_count; i++) {
                worker_report(&server->workers[i]);
            }
        }
        wait_event(server);
    }
}

static enum shunt_status serve(struct shunt_server *server, void (*ready)(void *arg), void *arg)
{
    const struct worker_common common = {
        .config = &server->config,
        .plugins = &server->plugins,
        .routes = &server->routes,
        .told = told,
        .arg = server,
    };
    enum shunt_status status;

    server->error[0] = '\0';
    status = server_listeners_open(&server->config, server->workers, server->worker_count,
                                   server->ports, server->error, sizeof server->error);
    if (status != SHUNT_OK) {
        return status;
    }
    server->error[0] = '\0';
    status = workers_start(server, &common);
    if (status == SHUNT_OK) {
        report_start(server);
        if (ready) {
            ready(arg);
        }
        supervise(server);
        report_end(server);
    } else {
        tell_all(server, WORKER_ABORT);
    }
    status = workers_join(server, status);
    server_listeners_close(server->workers, server->worker_count);
    server_listeners_unlink(&server->config);
    return status;
}

enum shunt_status shunt_server_run(struct shunt_server *server, void (*ready)(void *arg), void *arg)
{
    enum shunt_status status = prepare(server);

    if (status != SHUNT_OK) {
        return status;
    }
    server->worker_count = server->config.workers ? server->config.workers : cpus_usable();
    server->workers = calloc(server->worker_count, sizeof *server->workers);
    free(server->ports);
    server->ports = calloc(server->config.listener_count + 1, sizeof *server->ports);
    status = server->workers && server->ports ? descriptors_check(server)
                                              : said(server, SHUNT_ENOMEM, "workers");
    if (status == SHUNT_OK) {
        status = serve(server, ready, arg);
    }
    free(server->workers);
    server->workers = NULL;
    unprepare(server);
    return status;
}

void shunt_server_stop(struct shunt_server *server)
{
    atomic_fetch_add(&server->stops, 1);
    told(server);
}

void shunt_server_report(struct shunt_server *server)
{
    atomic_store(&server->report, true);
    told(server);
}

unsigned shunt_server_port(const struct shunt_server *server, unsigned index)
{
    return server->ports && index < server->config.listener_count ? server->ports[index] : 0;
}
