#include "server/prepare.h"

#include "conn/prefixes.h"
#include "server/access_log.h"
#include "server/config_check.h"
#include "server/route_check.h"

#include <stdlib.h>

static enum shunt_status routes_init(struct shunt_server *server)
{
    const struct config *config = &server->config;
    struct exchange_route *items = calloc(config->route_count + 1, sizeof *items);
    struct access_paths logs;
    enum shunt_status status;

    if (!items) {
        return server_status(server, SHUNT_ENOMEM, "routes");
    }
    (void)!access_log_paths(config, &logs, NULL); /* the check has found them to be few enough */
    for (size_t i = 0; i < config->route_count; i++) {
        const struct config_route *from = &config->routes[i];
        const struct server_handler *of_plugin = &server->handlers.items[i];
        struct shunt_folder *folder = server->folders.items[i];
        bool plugs = of_plugin->given.handler != NULL, leads = from->redirect.target != NULL;

        items[i] = (struct exchange_route){
            .path = shunt_span_of(from->path),
            .host = shunt_span_of(from->host),
            .methods = (const char *const *)from->methods,
            .handler = from->metrics ? shunt_server_metrics
                       : folder      ? shunt_folder_serve
                       : leads       ? exchange_redirect
                       : plugs       ? of_plugin->given.handler
                                     : from->handler,
            .arg = from->metrics ? server
                   : folder      ? (void *)folder
                   : leads       ? (void *)(uintptr_t)&from->redirect
                   : plugs       ? of_plugin->state
                                 : from->arg,
            .plugin = plugs ? of_plugin->plugin + 1 : 0,
            .has_text = from->text != NULL,
            .text = {from->text, from->text_len},
            .content_type = from->content_type,
            .echo = from->echo,
            .upgrade = (const char *const *)from->upgrade,
            .upgrade_required = from->upgrade_required,
            .body_bytes_max = from->body_bytes_max,
            .streamed =
                (from->streamed && from->handler) ||
                (plugs && (of_plugin->given.flags & SHUNT_HANDLER_STREAMED || from->streamed)),
            .settings = plugin_settings_lend(&from->settings),
            .filters = server_filters_of(&server->filters, i),
            .log = access_log_number(&logs, from->access_log),
        };
    }
    status = exchange_routes_init(&server->routes, items, config->route_count);
    free(items);
    if (status == SHUNT_OK) {
        exchange_routes_filter(&server->routes, server_filters_all(&server->filters));
    }
    return server_status(server, status,
                         "routes: a path occurs twice, too many methods, or no memory");
}

static enum shunt_status trust_init(struct shunt_server *server)
{
    const char *const *trusted = (const char *const *)server->config.trusted;

    free(server->trusted);
    server->trusted = trusted && trusted[0] ? conn_prefixes_create(trusted) : NULL;
    return trusted && trusted[0] && !server->trusted
               ? server_status(server, SHUNT_ENOMEM, "trusted")
               : SHUNT_OK;
}

static bool shows_metrics(const struct config *config)
{
    for (size_t i = 0; i < config->route_count; i++) {
        if (config->routes[i].metrics || config->routes[i].handler == shunt_server_metrics) {
            return true;
        }
    }
    return false;
}

/* The program's own are there already, and those of plugins come behind. */
static enum shunt_status metrics_init(struct shunt_server *server)
{
    struct server_latency *latency = &server->latency;

    *latency = (struct server_latency){.recorded = shows_metrics(&server->config)};
    server->plugins.metrics = &server->metrics;
    return latency->recorded
               ? server_status(server, server_latency_init(latency, &server->metrics), "metrics")
               : SHUNT_OK;
}

static enum shunt_status first_of(enum shunt_status first, enum shunt_status next)
{
    return first == SHUNT_OK ? next : first;
}

/* A mistake hides none that comes to light later: each stage goes on with what the last has left. */
enum shunt_status server_prepare(struct shunt_server *server)
{
    struct config *config = &server->config;
    struct error *report = &server->error;
    enum shunt_status status;

    error_resume(report, &server->faults);
    report->where = config->file;
    status = report->count ? SHUNT_EINVAL : SHUNT_OK;
    status = first_of(status, config_check(config, report));
    status = first_of(status, metrics_init(server));
    status = first_of(status, server_plugins_open(&server->plugins, config, report));
    status = first_of(status, server_plugins_start(&server->plugins, config, report));
    status =
        first_of(status, server_routes_check(config, &server->plugins, &server->handlers, report));
    status =
        first_of(status, server_filters_start(&server->filters, config, &server->plugins, report));
    status = first_of(status, server_folders_open(&server->folders, config, report));
    report->where = NULL;
    if (status == SHUNT_OK) {
        status = trust_init(server);
    }
    if (status == SHUNT_OK) {
        status = routes_init(server);
    }
    if (status != SHUNT_OK) {
        server_folders_close(&server->folders);
        server_handlers_fini(&server->handlers);
        server_filters_stop(&server->filters);
        server_plugins_stop(&server->plugins);
        metrics_table_cut(&server->metrics, server->own_metrics);
    }
    return status;
}

void server_unprepare(struct shunt_server *server)
{
    exchange_routes_fini(&server->routes);
    server_folders_close(&server->folders);
    server_filters_stop(&server->filters);
    server_handlers_fini(&server->handlers);
    server_plugins_stop(&server->plugins);
    metrics_table_cut(&server->metrics, server->own_metrics);
}

enum shunt_status shunt_server_check(struct shunt_server *server)
{
    enum shunt_status status = server_prepare(server);

    if (status == SHUNT_OK) {
        server_unprepare(server);
    }
    return status;
}
