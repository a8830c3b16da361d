/* The public calls up to a complete set of settings; prepare.c and run.c go on from there. */
#include "server/server.h"

#include "base/log.h"
#include "base/log_format.h"
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
    log_format_choose();
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

struct word {
    const char *text;
    int value;
};

/* The value of `text` among three words; `what` names them in the error. */
static enum shunt_status word_read(struct shunt_server *server, const char *what,
                                   const struct word words[3], const char *text, int *value)
{
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(words[i].text, text) == 0) {
            *value = words[i].value;
            return SHUNT_OK;
        }
    }
    snprintf(server->error, sizeof server->error, "%s: expected %s, %s or %s, found %.60s", what,
             words[0].text, words[1].text, words[2].text, text);
    return SHUNT_EINVAL;
}

enum shunt_status shunt_server_backend(struct shunt_server *server, const char *backend)
{
    static const struct word words[] = {
        {"auto", IO_AUTO}, {"uring", IO_URING}, {"epoll", IO_EPOLL}};
    int value = server->config.backend;
    enum shunt_status status = word_read(server, "back end", words, backend, &value);

    server->config.backend = (enum io_backend)value;
    return status;
}

enum shunt_status shunt_server_pin(struct shunt_server *server, const char *pin)
{
    static const struct word words[] = {
        {"auto", CONFIG_PIN_AUTO}, {"on", CONFIG_PIN_ON}, {"off", CONFIG_PIN_OFF}};
    int value = server->config.pin;
    enum shunt_status status = word_read(server, "pin", words, pin, &value);

    server->config.pin = (enum config_pin)value;
    return status;
}

enum shunt_status shunt_server_route(struct shunt_server *server, const struct shunt_route *route)
{
    struct shunt_route read;

    if (SHUNT_READ(&read, route, SHUNT_ROUTE_BYTES_1_0) != SHUNT_OK) {
        snprintf(server->error, sizeof server->error,
                 "route: expected a structure of %zu bytes or more, found %u; set its `size`",
                 SHUNT_ROUTE_BYTES_1_0, route->size);
        return SHUNT_EINVAL;
    }
    return server_said(server, config_add_route(&server->config, &read), "route");
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
