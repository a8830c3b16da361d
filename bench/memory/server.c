/* Puts the layers together as lib/server does, with plugins that are linked in, and drives the far
 * ends of the connections. */
#include "memory/server.h"

#include "conn/loop.h"
#include "http1/owner.h"
#include "memory/backend.h"
#include "memory/peer.h"
#include "plugin/settings.h"
#include "server/host.h"
#include "server/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct shunt_plugin echo_plugin, websocket_plugin;

static const struct shunt_plugin *const linked[] = {&echo_plugin, &websocket_plugin};

enum { LINKED = sizeof linked / sizeof *linked, TOKENS_MAX = 8 };

struct memory_server {
    struct registry registry;
    struct plugin_settings settings; /* of the route */
    const char *tokens[TOKENS_MAX + 1];
    char names[128];
    struct exchange_routes routes;
    struct conn_limits conn_limits;
    struct exchange_limits exchange_limits;
    /* Workers have numbers, for what plugins keep of each. */
    struct memory_group {
        struct conn_group workers;
        atomic_uint next;
    } * group;
};

struct memory_worker {
    struct shunt_worker *loop;
    bool started; /* the plugins on it */
    int *numbers; /* of the connections of a run */
    struct http1_context http;
};

static enum shunt_status refuse(struct error *error, const char *what, enum shunt_status status)
{
    return error_set(error, status, "%s: %s", what, shunt_status_name(status));
}

/* ---- what workers share ---- */

/* As shuntd has them when its configuration names none. */
static void default_limits(struct memory_server *server)
{
    struct config config;

    config_init(&config);
    server->conn_limits = limits_conn(&config);
    server->exchange_limits = limits_exchange(&config);
    config_fini(&config);
}

static enum shunt_status plugin_add(struct memory_server *server, const struct shunt_plugin *plugin)
{
    static const struct plugin_settings none;
    static struct shunt_host host; /* the server's, but that nobody shows metrics */
    const char *clash;
    void *state = NULL;
    enum shunt_status status = SHUNT_OK;

    host = server_host;
    host.metric = NULL;
    if (plugin->init) {
        status = plugin->init(&host, plugin_settings_lend(&none), &state);
    }
    if (status == SHUNT_OK) {
        status = registry_add(&server->registry, plugin, state, &clash);
        if (status != SHUNT_OK && plugin->fini) {
            plugin->fini(state);
        }
    }
    return status;
}

static enum shunt_status routes_add(struct memory_server *server, const struct exchange_route *more,
                                    size_t more_count)
{
    static const struct plugin_settings none;
    const struct exchange_route own = {
        .path = shunt_span_of(MEMORY_PATH),
        .upgrade = server->tokens,
        .settings = plugin_settings_lend(&server->settings),
    };
    unsigned count = server->registry.protocol_count;
    size_t len = 0;

    for (unsigned i = 0; i < count && i < TOKENS_MAX; i++) {
        server->tokens[i] = server->registry.protocols[i].protocol.token;
        len += (size_t)snprintf(server->names + len, sizeof server->names - len, "%s%s",
                                i ? ", " : "", server->tokens[i]);
    }
    enum shunt_status status = plugin_settings_add(&server->settings, "service", "echo", 0);
    struct exchange_route *routes = calloc(more_count + 1, sizeof *routes);

    if (!routes) {
        return SHUNT_ENOMEM;
    }
    routes[0] = own;
    for (size_t i = 0; i < more_count; i++) {
        routes[i + 1] = more[i];
        if (!more[i].settings) {
            routes[i + 1].settings = plugin_settings_lend(&none);
        }
    }
    if (status == SHUNT_OK) {
        status = exchange_routes_init(&server->routes, routes, more_count + 1);
    }
    free(routes);
    return status;
}

enum shunt_status memory_server_create(const struct exchange_route *more, size_t count,
                                       struct memory_server **out, struct error *error)
{
    struct memory_server *server = calloc(1, sizeof *server);

    if (!server) {
        return refuse(error, "the server in memory", SHUNT_ENOMEM);
    }
    server->group = calloc(1, sizeof *server->group);
    if (!server->group) {
        free(server);
        return refuse(error, "the server in memory", SHUNT_ENOMEM);
    }
    memory_server_workers(server, 1);
    default_limits(server);
    for (size_t i = 0; i < LINKED; i++) {
        enum shunt_status status = plugin_add(server, linked[i]);

        if (status != SHUNT_OK) {
            refuse(error, linked[i]->name, status);
            memory_server_destroy(server);
            return status;
        }
    }
    enum shunt_status status = routes_add(server, more, count);

    if (status != SHUNT_OK) {
        refuse(error, "the routes in memory", status);
        memory_server_destroy(server);
        return status;
    }
    *out = server;
    return SHUNT_OK;
}

void memory_server_destroy(struct memory_server *server)
{
    exchange_routes_fini(&server->routes);
    plugin_settings_fini(&server->settings);
    for (unsigned i = server->registry.plugin_count; i-- > 0;) {
        const struct registry_plugin *one = &server->registry.plugins[i];

        if (one->plugin.fini) {
            one->plugin.fini(one->state);
        }
    }
    free(server->group);
    free(server);
}

bool memory_server_speaks(const struct memory_server *server, const char *offer)
{
    struct shunt_span name = {offer, strcspn(offer, "/")};

    return registry_protocol_find(&server->registry, name) >= 0;
}

void memory_server_workers(const struct memory_server *server, unsigned count)
{
    atomic_store(&server->group->workers.count, count);
}

const char *memory_server_protocols(const struct memory_server *server)
{
    return server->names;
}

/* ---- a worker ---- */

/* In turn: one that begins where another has ended gets that one's. */
static unsigned number_next(struct memory_group *group)
{
    return atomic_fetch_add(&group->next, 1) % atomic_load(&group->workers.count);
}

static enum shunt_status worker_start(struct memory_worker *worker,
                                      const struct memory_server *server, uint32_t connections,
                                      struct error *error)
{
    const struct io_options io = {.create = memory_create, .descriptors_max = connections};
    const struct shunt_plugin *failed;
    enum shunt_status status = conn_loop_create(&io, &server->conn_limits, &server->registry,
                                                &http1_owner, &worker->http, &worker->loop, error);

    if (status != SHUNT_OK) {
        return refuse(error, "the loop in memory", status);
    }
    worker->http.exchange.loop = worker->loop;
    conn_post_join(worker->loop, &server->group->workers, number_next(server->group));
    status = registry_worker_start(&server->registry, worker->loop, worker->loop->locals, &failed);
    worker->started = status == SHUNT_OK;
    if (!worker->started) {
        return refuse(error, failed->name, status);
    }
    status = conn_listen(worker->loop, memory_listener(worker->loop->io), false);
    if (status != SHUNT_OK) {
        refuse(error, "the listener in memory", status);
    }
    return status;
}

enum shunt_status memory_worker_create(const struct memory_server *server, uint32_t connections,
                                       struct memory_worker **out, struct error *error)
{
    struct memory_worker *worker = calloc(1, sizeof *worker);
    enum shunt_status status = SHUNT_ENOMEM;

    if (!worker) {
        return refuse(error, "a worker in memory", status);
    }
    http1_context_init(&worker->http, &server->routes, &server->exchange_limits);
    worker->numbers = calloc(connections, sizeof *worker->numbers);
    if (worker->numbers) {
        status = worker_start(worker, server, connections, error);
    } else {
        refuse(error, "connections in memory", status);
    }
    if (status != SHUNT_OK) {
        memory_worker_destroy(worker);
        return status;
    }
    *out = worker;
    return SHUNT_OK;
}

void memory_worker_destroy(struct memory_worker *worker)
{
    if (worker->loop) {
        conn_loop_close(worker->loop);
        if (worker->started) {
            registry_worker_stop(worker->loop->registry, worker->loop->locals);
        }
        conn_loop_destroy(worker->loop);
    }
    http1_context_fini(&worker->http);
    free(worker->numbers);
    free(worker);
}

struct shunt_worker *memory_worker_loop(const struct memory_worker *worker)
{
    return worker->loop;
}

uint32_t memory_worker_live(const struct memory_worker *worker)
{
    return worker->loop->slab.live;
}

/* ---- a run ---- */

/* Turn until nothing is left to report, at least once. */
static enum shunt_status turn_until_idle(struct shunt_worker *loop)
{
    enum shunt_status status;

    do {
        status = conn_loop_turn(loop, 0);
    } while (status == SHUNT_OK && memory_busy(loop->io));
    return status;
}

static void look(const struct shunt_worker *loop, int number, struct memory_exchange *exchange)
{
    const struct conn *conn = conn_slab_find(&loop->slab, memory_peer_user(loop->io, number));

    exchange->answer = memory_peer_received(loop->io, number);
    exchange->opened = conn && conn->state == CONN_PROTOCOL;
}

enum shunt_status memory_worker_run(struct memory_worker *worker, struct memory_exchange *exchanges,
                                    uint32_t count)
{
    struct shunt_worker *loop = worker->loop;
    enum shunt_status status;

    for (uint32_t i = 0; i < count; i++) {
        worker->numbers[i] = memory_peer_connect(loop->io);
        memory_peer_send(loop->io, worker->numbers[i], exchanges[i].request);
    }
    status = turn_until_idle(loop);
    for (uint32_t i = 0; i < count; i++) {
        look(loop, worker->numbers[i], &exchanges[i]);
        memory_peer_reset(loop->io, worker->numbers[i]);
    }
    return status == SHUNT_OK ? turn_until_idle(loop) : status;
}
