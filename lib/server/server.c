/* The public calls up to a complete set of settings; prepare.c and run.c go on from there. */
#include "server/server.h"

#include "base/log.h"
#include "server/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

const char *shunt_version(void)
{
    return SHUNT_VERSION;
}

const char *shunt_server_error(const struct shunt_server *server)
{
    return server->error;
}

enum shunt_status server_said(struct shunt_server *server, enum shunt_status status,
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
    return server_said(server, status, address);
}

enum shunt_status shunt_server_workers(struct shunt_server *server, unsigned workers)
{
    if (workers > CONFIG_WORKERS_MAX) {
        return server_said(server, SHUNT_EINVAL, "workers");
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
    return server_said(server, config_add_route(&server->config, route), "route");
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
    enum shunt_status status = server_said(
        server, config_add_plugin(&server->config, name_or_file, settings), name_or_file);

    return status == SHUNT_OK ? server_plugins_open(&server->plugins, &server->config,
                                                    server->error, sizeof server->error)
                              : status;
}
