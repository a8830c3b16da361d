/*
 * Which protocols and services there are: filled before the workers start, only read afterwards.
 * This is where HTTP finds the protocol that a client asks for without knowing of plugins. All
 * structures are copies that have every member of today (<shunt/abi.h>), whatever the plugin was
 * built against.
 */
#ifndef CONN_REGISTRY_H
#define CONN_REGISTRY_H

#include <shunt/plugin.h>

#define REGISTRY_PROTOCOLS_MAX 255
#define REGISTRY_SERVICES_MAX  255
#define REGISTRY_PLUGINS_MAX   255

struct registry_plugin {
    struct shunt_plugin plugin;
    void *state; /* what init set */
};

struct registry_protocol {
    struct shunt_protocol protocol;
    unsigned plugin; /* number of its plugin */
};

struct registry_service {
    struct shunt_service service;
    unsigned plugin;
};

struct registry {
    struct registry_plugin plugins[REGISTRY_PLUGINS_MAX];
    struct registry_protocol protocols[REGISTRY_PROTOCOLS_MAX];
    struct registry_service services[REGISTRY_SERVICES_MAX];
    unsigned plugin_count, protocol_count, service_count;
};

/*
 * Add a plugin that plugin_check() has found good, with all its protocols and services. SHUNT_EFULL
 * when there are too many; SHUNT_EINVAL when a token or a service is there already: *clash
 * (borrowed) then names it. Nothing is added on an error.
 */
enum shunt_status registry_add(struct registry *registry, const struct shunt_plugin *plugin,
                               void *state, const char **clash) SHUNT_MUST_USE;

/*
 * Run worker_start of every plugin on a worker's thread, in order; `locals`, by plugin number, gets
 * what each sets. When one fails, those before it are stopped, *failed is it, and the status its.
 */
enum shunt_status registry_worker_start(const struct registry *registry,
                                        struct shunt_worker *worker, void **locals,
                                        const struct shunt_plugin **failed) SHUNT_MUST_USE;
/* Run worker_stop of every plugin, in reverse order. */
void registry_worker_stop(const struct registry *registry, void *const *locals);

/* The number of the protocol called `token` (without case), or -1. */
int registry_protocol_find(const struct registry *registry, struct shunt_span token);

/* The number of a service of at least `version`, or -1. */
int registry_service_find(const struct registry *registry, const char *interface, const char *name,
                          uint32_t version);

#endif
