/* Lookups are linear: they happen once an upgrade over a handful of entries. */
#include "conn/registry.h"

#include "base/assert.h"

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

/* Whoever adds a plugin has read it before, so one that is too short is our own mistake. */
static void add_protocol(struct registry *registry, const struct shunt_protocol *protocol,
                         unsigned plugin)
{
    struct registry_protocol *to = &registry->protocols[registry->protocol_count++];
    enum shunt_status status = SHUNT_READ(&to->protocol, protocol, SHUNT_PROTOCOL_BYTES_1_0);

    ASSERT(status == SHUNT_OK);
    to->plugin = plugin;
}

static void add_service(struct registry *registry, const struct shunt_service *service,
                        unsigned plugin)
{
    struct registry_service *to = &registry->services[registry->service_count++];
    enum shunt_status status = SHUNT_READ(&to->service, service, SHUNT_SERVICE_BYTES_1_0);

    ASSERT(status == SHUNT_OK);
    to->plugin = plugin;
}

enum shunt_status registry_add(struct registry *registry, const struct shunt_plugin *plugin,
                               void *state, const char **clash)
{
    unsigned protocols = protocols_of(plugin), services = services_of(plugin);
    unsigned number = registry->plugin_count;
    const char *found = clash_of(registry, plugin);

    if (found) {
        *clash = found;
        return SHUNT_EINVAL;
    }
    if (number == REGISTRY_PLUGINS_MAX ||
        protocols > REGISTRY_PROTOCOLS_MAX - registry->protocol_count ||
        services > REGISTRY_SERVICES_MAX - registry->service_count) {
        return SHUNT_EFULL;
    }
    registry->plugins[registry->plugin_count++] = (struct registry_plugin){*plugin, state};
    for (unsigned i = 0; i < protocols; i++) {
        add_protocol(registry, plugin->protocols[i], number);
    }
    for (unsigned i = 0; i < services; i++) {
        add_service(registry, plugin->services[i], number);
    }
    return SHUNT_OK;
}

static void stop_first(const struct registry *registry, void *const *locals, unsigned count)
{
    while (count-- > 0) {
        const struct shunt_plugin *plugin = &registry->plugins[count].plugin;

        if (plugin->worker_stop) {
            plugin->worker_stop(locals[count]);
        }
    }
}

enum shunt_status registry_worker_start(const struct registry *registry,
                                        struct shunt_worker *worker, void **locals,
                                        const struct shunt_plugin **failed)
{
    for (unsigned i = 0; i < registry->plugin_count; i++) {
        const struct registry_plugin *one = &registry->plugins[i];
        enum shunt_status status = SHUNT_OK;

        if (one->plugin.worker_start) {
            status = one->plugin.worker_start(one->state, worker, &locals[i]);
        }
        if (status != SHUNT_OK) {
            stop_first(registry, locals, i);
            *failed = &one->plugin;
            return status;
        }
    }
    return SHUNT_OK;
}

void registry_worker_stop(const struct registry *registry, void *const *locals)
{
    stop_first(registry, locals, registry->plugin_count);
}

int registry_protocol_find(const struct registry *registry, struct shunt_span token)
{
    for (unsigned i = 0; i < registry->protocol_count; i++) {
        if (shunt_span_equal_nocase(shunt_span_of(registry->protocols[i].protocol.token), token)) {
            return (int)i;
        }
    }
    return -1;
}

int registry_service_find(const struct registry *registry, const char *interface, const char *name,
                          uint32_t version)
{
    for (unsigned i = 0; i < registry->service_count; i++) {
        const struct shunt_service *service = &registry->services[i].service;

        if (strcmp(service->interface, interface) == 0 && strcmp(service->name, name) == 0 &&
            service->version >= version) {
            return (int)i;
        }
    }
    return -1;
}
