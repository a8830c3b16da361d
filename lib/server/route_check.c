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

static void ask(struct check *check, const char *what, const char *name,
                const struct registry_plugin *plugin,
                enum shunt_status (*route)(void *plugin, const struct shunt_settings *settings,
                                           char *error, size_t error_size))
{
    char where[128], error[256] = "";
    unsigned before = check->report->count;
    enum shunt_status status = SHUNT_OK;
    struct faults faults;

    check->unseen |= plugin->plugin.abi_minor < ROUTE_MINOR || check->route->refused;
    if (route && !check->route->refused) {
        faults_begin(&faults, &check->route->settings, check->route->line);
        status = route(plugin->state, plugin_settings_lend(&check->route->settings), error,
                       sizeof error);
        faults_end(&faults, status != SHUNT_OK, check->report);
    }
    if (status != SHUNT_OK && (error[0] || check->report->count == before)) {
        error_add(check->report, check->route->line, "%s: %s %s: %s",
                  place(check, where, sizeof where), what, name,
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
    ask(check, "protocol", token, &registry->plugins[protocol->plugin], protocol->protocol.route);
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
            ask(check, SERVICE_KEY, one->service.name, &registry->plugins[one->plugin],
                one->service.route);
        }
    }
    check->unseen |= !given && check->lacking;
    if (!given && !check->lacking) {
        error_add(check->report, setting->line,
                  "%s.service: expected a service that a plugin gives, found %s",
                  place(check, where, sizeof where), setting->value);
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
    check->route->settings.asked = NULL;
    /* After a mistake whoever would have asked may not have been found. */
    if (check->report->count == before && !check->unseen) {
        check_unused(check, &asked);
    }
}

enum shunt_status server_routes_check(const struct config *config,
                                      const struct server_plugins *plugins, struct error *report)
{
    unsigned before = report->count;

    for (size_t i = 0; i < config->route_count; i++) {
        struct check check = {
            &plugins->registry, plugins->lacking, &config->routes[i], i, report, false};

        route_check(&check);
    }
    return report->count > before ? SHUNT_EINVAL : SHUNT_OK;
}
