/*
 * A mistyped key of a route would be found by each client as a refusal, and a protocol that misses
 * a key of its own as an error 500. So whoever reads a route's settings reads them once before
 * anybody is served, and what nobody asked for then is unknown.
 */
#include "server/route_check.h"

#include "plugin/settings.h"
#include "server/faults.h"

#include <stdio.h>

#define ROUTE_MINOR 1         /* of the ABI that brought route() */
#define SERVICE_KEY "service" /* of every interface: it names who serves a route */

/* One route, with its number in the configuration. */
struct check {
    const struct registry *registry;
    bool lacking; /* a plugin is not in the registry */
    struct config_route *route;
    struct server_handler *handler; /* where its handler goes */
    size_t number;
    struct error *report;
    bool unseen; /* somebody who may read any key was not asked */
};

static const struct plugin_setting *setting_find(const struct config_route *route, const char *key)
{
    for (size_t i = 0; i < route->settings.count; i++) {
        if (strcmp(route->settings.items[i].key, key) == 0) {
            return &route->settings.items[i];
        }
    }
    return NULL;
}

/* The start of a sentence: where the route stands. */
static const char *place(const struct check *check, char *text, size_t size)
{
    if (check->report->where && check->route->line) {
        snprintf(text, size, "routes[%zu]", check->number);
    } else {
        snprintf(text, size, "route %.100s", check->route->path);
    }
    return text;
}

/* Somebody who is asked to read the route's settings. */
struct reader {
    const char *what, *name;
    const struct registry_plugin *plugin;
    shunt_route_reader *route;      /* NULL: what follows */
    struct server_handler *handler; /* NULL: nobody reads any */
};

static enum shunt_status read_settings(const struct reader *one,
                                       const struct shunt_settings *settings, char *error,
                                       size_t error_size)
{
    struct server_handler *handler = one->handler;
    enum shunt_status status = SHUNT_OK;

    if (one->route) {
        return one->route(one->plugin->state, settings, error, error_size);
    }
    if (handler && handler->given.create) {
        status =
            handler->given.create(one->plugin->state, settings, &handler->state, error, error_size);
        handler->created = status == SHUNT_OK;
    }
    return status;
}

static void ask(struct check *check, const struct reader *one)
{
    char where[128], error[256] = "";
    unsigned before = check->report->count;
    enum shunt_status status;
    struct faults faults;

    check->unseen |= one->plugin->plugin.abi_minor < ROUTE_MINOR || check->route->refused;
    if (check->route->refused) {
        return;
    }
    faults_begin(&faults, &check->route->settings, check->route->line);
    status = read_settings(one, plugin_settings_lend(&check->route->settings), error, sizeof error);
    faults_end(&faults, status != SHUNT_OK, check->report);
    if (status != SHUNT_OK && (error[0] || check->report->count == before)) {
        error_add(check->report, check->route->line, "%s: %s %s: %s",
                  place(check, where, sizeof where), one->what, one->name,
                  error[0] ? error : shunt_status_name(status));
    }
}

static void check_protocol(struct check *check, const char *token)
{
    const struct registry *registry = check->registry;
    int found = registry_protocol_find(registry, shunt_span_of(token));
    const struct registry_protocol *protocol;
    char where[128];

    check->unseen |= found < 0 && check->lacking;
    if (found < 0 && !check->lacking) {
        error_add(check->report, check->route->line,
                  "%s.upgrade: expected a protocol that a plugin gives, found %s",
                  place(check, where, sizeof where), token);
    }
    if (found < 0) {
        return;
    }
    protocol = &registry->protocols[found];
    ask(check, &(struct reader){.what = "protocol",
                                .name = token,
                                .plugin = &registry->plugins[protocol->plugin],
                                .route = protocol->protocol.route});
}

/* Every interface may have a service of this name. */
static void check_service(struct check *check, const struct plugin_setting *setting)
{
    const struct registry *registry = check->registry;
    bool given = false;
    char where[128];

    for (unsigned i = 0; i < registry->service_count; i++) {
        const struct registry_service *one = &registry->services[i];

        if (strcmp(one->service.name, setting->value) == 0) {
            given = true;
            ask(check, &(struct reader){.what = SERVICE_KEY,
                                        .name = one->service.name,
                                        .plugin = &registry->plugins[one->plugin],
                                        .route = one->service.route});
        }
    }
    check->unseen |= !given && check->lacking;
    if (!given && !check->lacking) {
        error_add(check->report, setting->line,
                  "%s.service: expected a service that a plugin gives, found %s",
                  place(check, where, sizeof where), setting->value);
    }
}

static void check_handler(struct check *check, const char *name)
{
    char where[128], words[640] = "";
    struct error why = {.text = words, .size = sizeof words};
    enum shunt_status status = server_handler_find(check->registry, name, check->handler, &why);

    if (status == SHUNT_OK) {
        ask(check, &(struct reader){.what = "handler",
                                    .name = name,
                                    .plugin = &check->registry->plugins[check->handler->plugin],
                                    .handler = check->handler});
    } else if (status == SHUNT_ENOTFOUND && check->lacking) {
        check->unseen = true;
    } else {
        error_add(check->report, check->route->handler_line, "%s.handler: %s",
                  place(check, where, sizeof where), words);
    }
}

/* What nobody has asked for. */
static void check_unused(const struct check *check, const struct plugin_asked *asked)
{
    const struct plugin_settings *settings = &check->route->settings;
    const struct plugin_setting *setting = NULL;
    char where[128];

    while ((setting = plugin_settings_unused(settings, setting)) != NULL) {
        error_add(check->report, setting->line,
                  "%s.settings.%s: expected %s%s, found an unknown key",
                  place(check, where, sizeof where), setting->key,
                  asked->keys[0] ? "one of the keys " : "none, as nothing here reads settings",
                  asked->keys);
    }
}

static void route_check(struct check *check)
{
    const struct plugin_setting *service = setting_find(check->route, SERVICE_KEY);
    struct plugin_asked asked = {.refused = NULL};
    unsigned before = check->report->count;

    check->route->settings.asked = &asked;
    for (char **token = check->route->upgrade; token && *token; token++) {
        check_protocol(check, *token);
    }
    if (service) {
        check_service(check, service);
    }
    if (check->route->handler_name) {
        check_handler(check, check->route->handler_name);
    }
    check->route->settings.asked = NULL;
    /* After a mistake whoever would have asked may not have been found. */
    if (check->report->count == before && !check->unseen) {
        check_unused(check, &asked);
    }
}

enum shunt_status server_routes_check(const struct config *config,
                                      const struct server_plugins *plugins,
                                      struct server_handlers *handlers, struct error *report)
{
    unsigned before = report->count;

    if (server_handlers_init(handlers, config->route_count) != SHUNT_OK) {
        error_add(report, ERROR_LINE_WHOLE, "no memory for the handlers of routes");
        return SHUNT_ENOMEM;
    }
    for (size_t i = 0; i < config->route_count; i++) {
        struct check check = {.registry = &plugins->registry,
                              .lacking = plugins->lacking,
                              .route = &config->routes[i],
                              .handler = &handlers->items[i],
                              .number = i,
                              .report = report};

        route_check(&check);
    }
    return report->count > before ? SHUNT_EINVAL : SHUNT_OK;
}
