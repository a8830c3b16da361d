/* The worker and its plugins. Upgrades, streams and what else a worker has are beside this file. */
#include "support/fake_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

unsigned fake_log_count;
char fake_log_last[512];

void fake_broken(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "fake host: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    abort();
}

/* ---- the host's functions ---- */

__attribute__((format(printf, 2, 3))) static void host_log(enum shunt_log_level level,
                                                           const char *format, ...)
{
    va_list args;

    (void)level;
    va_start(args, format);
    vsnprintf(fake_log_last, sizeof fake_log_last, format, args);
    va_end(args);
    fake_log_count++;
}

static const char *host_setting(const struct shunt_settings *settings, const char *key)
{
    const char *const *pair = settings->pairs;

    for (; pair && *pair; pair += 2) {
        if (strcmp(pair[0], key) == 0) {
            return pair[1];
        }
    }
    return NULL;
}

static enum shunt_status host_setting_number(const struct shunt_settings *settings, const char *key,
                                             uint64_t min, uint64_t max, uint64_t *value)
{
    const char *text = host_setting(settings, key);
    char *end;
    uint64_t number;

    if (!text) {
        return SHUNT_OK;
    }
    number = strtoull(text, &end, 10);
    if (*end || end == text || number < min || number > max) {
        return SHUNT_EINVAL;
    }
    *value = number;
    return SHUNT_OK;
}

static enum shunt_status host_setting_bool(const struct shunt_settings *settings, const char *key,
                                           bool *value)
{
    const char *text = host_setting(settings, key);

    if (text && strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return SHUNT_EINVAL;
    }
    *value = text ? strcmp(text, "true") == 0 : *value;
    return SHUNT_OK;
}

static enum shunt_status host_service_find(struct shunt_worker *worker, const char *interface,
                                           const char *name, uint32_t version,
                                           struct shunt_service_ref *found)
{
    for (size_t i = 0; i < worker->plugin_count; i++) {
        const struct shunt_service *const *service = worker->plugins[i].plugin->services;

        for (; service && *service; service++) {
            if (strcmp((*service)->interface, interface) == 0 &&
                strcmp((*service)->name, name) == 0 && (*service)->version >= version) {
                *found = (struct shunt_service_ref){*service, worker->plugins[i].local};
                return SHUNT_OK;
            }
        }
    }
    return SHUNT_ENOTFOUND;
}

static uint64_t host_now_ms(struct shunt_worker *worker)
{
    return worker->now_ms;
}

static const struct shunt_host *host_table(void)
{
    static struct shunt_host host = {
        .size = sizeof host,
        .abi_major = SHUNT_ABI_MAJOR,
        .abi_minor = SHUNT_ABI_MINOR,
        .log = host_log,
        .setting = host_setting,
        .setting_number = host_setting_number,
        .setting_bool = host_setting_bool,
        .service_find = host_service_find,
        .now_ms = host_now_ms,
    };

    fake_upgrade_functions(&host);
    fake_stream_functions(&host);
    fake_worker_functions(&host);
    return &host;
}

/* ---- the worker ---- */

struct shunt_worker *fake_worker_create(void)
{
    struct shunt_worker *worker = calloc(1, sizeof *worker);

    if (!worker) {
        fake_broken("no memory");
    }
    worker->now_ms = 1000;
    return worker;
}

enum shunt_status fake_plugin_start(struct shunt_worker *worker, const struct shunt_plugin *plugin,
                                    const char *const *settings)
{
    struct fake_plugin *added = &worker->plugins[worker->plugin_count];
    enum shunt_status status = SHUNT_OK;

    if (worker->plugin_count == FAKE_PLUGINS_MAX) {
        fake_broken("too many plugins");
    }
    *added = (struct fake_plugin){.plugin = plugin, .settings = {settings}};
    if (plugin->init) {
        status = plugin->init(host_table(), &added->settings, &added->instance);
    }
    if (status == SHUNT_OK && plugin->worker_start) {
        status = plugin->worker_start(added->instance, worker, &added->local);
    }
    worker->plugin_count += status == SHUNT_OK;
    return status;
}

void fake_worker_destroy(struct shunt_worker *worker)
{
    if (worker->streams) {
        fake_broken("a stream was not freed");
    }
    fake_worker_end(worker);
    for (size_t i = 0; i < worker->plugin_count; i++) {
        const struct fake_plugin *plugin = &worker->plugins[i];

        if (plugin->plugin->worker_stop) {
            plugin->plugin->worker_stop(plugin->local);
        }
        if (plugin->plugin->fini) {
            plugin->plugin->fini(plugin->instance);
        }
    }
    fake_routes_free(worker);
    free(worker);
}
