/* Lookups are linear: they happen once an upgrade over a handful of entries. */
#include "conn/registry.h"

static unsigned protocols_of(const struct shunt_plugin *plugin)
{
    unsigned count = 0;

    while (plugin->protocols && plugin->protocols[count]) {
        count++;
    }
    return count;
}

static unsigned services_of(const struct shunt_plugin *plugin)
{
    unsigned count = 0;

    while (plugin->services && plugin->services[count]) {
        count++;
    }
    return count;
}

static const char *clash_of(const struct registry *registry, const struct shunt_plugin *plugin)
{
    for (unsigned i = 0; i < protocols_of(plugin); i++) {
        const char *token = plugin->protocols[i]->token;

        if (registry_protocol_find(registry, shunt_span_of(token)) >= 0) {
            return token;
        }
    }
    for (unsigned i = 0; i < services_of(plugin); i++) {
        const struct shunt_service *service = plugin->services[i];

        if (registry_service_find(registry, service->interface, service->name, 0) >= 0) {
            return service->name;
        }
    }
    return NULL;
}

enum shunt_status registry_add(struct registry *registry, const struct shunt_plugin *plugin,
                               void *state, const char **clash)
{
    unsigned protocols = protocols_of(plugin), services = services_of(plugin);
    unsigned number = registry->plugin_count;
    const char *taken = clash_of(registry, plugin);

    if (taken) {
        *clash = taken;
        return SHUNT_EINVAL;
    }
    if (number == REGISTRY_PLUGINS_MAX ||
        protocols > REGISTRY_PROTOCOLS_MAX - registry->protocol_count ||
        services > REGISTRY_SERVICES_MAX - registry->service_count) {
        return SHUNT_EFULL;
    }
    registry->plugins[registry->plugin_count++] = (struct registry_plugin){plugin, state};
    for (unsigned i = 0; i < protocols; i++) {
        registry->protocols[registry->protocol_count++] =
            (struct registry_protocol){plugin->protocols[i], number};
    }
    for (unsigned i = 0; i < services; i++) {
        registry->services[registry->service_count++] =
            (struct registry_service){plugin->services[i], number};
    }
    return SHUNT_OK;
}

int registry_protocol_find(const struct registry *registry, struct shunt_span token)
{
    for (unsigned i = 0; i < registry->protocol_count; i++) {
        if (shunt_span_equal_nocase(shunt_span_of(registry->protocols[i].protocol->token), token)) {
            return (int)i;
        }
    }
    return -1;
}

int registry_service_find(const struct registry *registry, const char *interface, const char *name,
                          uint32_t version)
{
    for (unsigned i = 0; i < registry->service_count; i++) {
        const struct shunt_service *service = registry->services[i].service;

        if (strcmp(service->interface, interface) == 0 && strcmp(service->name, name) == 0 &&
            service->version >= version) {
            return (int)i;
        }
    }
    return -1;
}
