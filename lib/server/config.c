/*
 * The defaults, the lists and who owns what. Reading a file is config_load.c's affair, judging the
 * whole is config_check.c's.
 */
#include "server/config.h"

#include "server/config_address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIB 1024u

void config_init(struct config *config)
{
    *config = (struct config){
        .backend = IO_AUTO,
        .log_level = SHUNT_LOG_INFO,
        .limits =
            {
                .http = {.head_bytes_max = 16 * KIB,
                         .target_bytes_max = 8 * KIB,
                         .fields_max = 100},
                .body_bytes_max = KIB * KIB,
                .memory_bytes_max = 256 * KIB * KIB,
                .response_bytes_max = 16 * KIB * KIB,
                .connections_max = 1000000,
                .queue_bytes_max = 4 * KIB * KIB,
                .queue_high_bytes = 256 * KIB,
                .queue_low_bytes = 64 * KIB,
                .unsent_bytes = 128 * KIB,
                .pending_upgrades_max = 10000,
                .offers_max = 16,
                .mailbox_max = 65536,
                .receive_buffers = 1024,
                .receive_buffer_bytes = 4 * KIB,
                .requests_max = 0,
                .log_lines_max = 256,
            },
        .tcp = {.keep_alive_idle_s = 120,
                .keep_alive_interval_s = 15,
                .keep_alive_probes = 4,
                .user_timeout_ms = 180000},
        .timeouts =
            {
                .head_ms = 10000,
                .body_ms = 30000,
                .keep_alive_ms = 60000,
                .write_ms = 30000,
                .upgrade_ms = 10000,
                .close_ms = 5000,
                .drain_ms = 10000,
                .park_ms = 1000,
                .log_ms = 1000,
                .stop_close_ms = 1000,
            },
    };
}

static void words_free(char **words)
{
    for (char **word = words; word && *word; word++) {
        free(*word);
    }
    free(words);
}

static void plugin_fini(struct config_plugin *plugin)
{
    free(plugin->name);
    free(plugin->label);
    plugin_settings_fini(&plugin->settings);
}

static void route_fini(struct config_route *route)
{
    free(route->path);
    free(route->label);
    free(route->text);
    free(route->content_type);
    words_free(route->upgrade);
    plugin_settings_fini(&route->settings);
}

void config_clear_listeners(struct config *config)
{
    for (size_t i = 0; i < config->listener_count; i++) {
        free(config->listeners[i].address);
    }
    free(config->listeners);
    config->listeners = NULL;
    config->listener_count = 0;
}

void config_fini(struct config *config)
{
    config_clear_listeners(config);
    for (size_t i = 0; i < config->plugin_count; i++) {
        plugin_fini(&config->plugins[i]);
    }
    for (size_t i = 0; i < config->route_count; i++) {
        route_fini(&config->routes[i]);
    }
    free(config->plugins);
    free(config->routes);
    words_free(config->plugin_path);
    free(config->file);
    *config = (struct config){0};
}

void config_drop_last_route(struct config *config)
{
    route_fini(&config->routes[--config->route_count]);
}

/* The list with room for one more at its end, all zero; or NULL, and the list is as it was. */
static void *list_grow(void *list, size_t count, size_t entry_bytes)
{
    char *grown = realloc(list, (count + 1) * entry_bytes);

    if (grown) {
        memset(grown + count * entry_bytes, 0, entry_bytes);
    }
    return grown;
}

/* The list with copies of its words, or NULL. */
static char **words_copy(const char *const *words)
{
    size_t count = 0;
    char **copy;

    while (words[count]) {
        count++;
    }
    copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = strdup(words[i]);
        if (!copy[i]) {
            words_free(copy);
            return NULL;
        }
    }
    return copy;
}

static char *label_of(const char *kind, const char *name)
{
    char *label;

    return asprintf(&label, "%s %s", kind, name) < 0 ? NULL : label;
}

static enum shunt_status settings_copy(struct plugin_settings *settings, const char *const *pairs)
{
    for (; pairs && pairs[0]; pairs += 2) {
        enum shunt_status status;

        if (!pairs[1]) {
            return SHUNT_EINVAL;
        }
        status = plugin_settings_add(settings, pairs[0], pairs[1], 0);
        if (status) {
            return status;
        }
    }
    return SHUNT_OK;
}

enum shunt_status config_add_listener(struct config *config, const char *address)
{
    struct config_listener *listener;

    if (!config_address_valid(address)) {
        return SHUNT_EINVAL;
    }
    listener = list_grow(config->listeners, config->listener_count, sizeof *listener);
    if (!listener) {
        return SHUNT_ENOMEM;
    }
    config->listeners = listener;
    listener += config->listener_count;
    listener->backlog = CONFIG_BACKLOG;
    listener->address = config_address_copy(address);
    if (!listener->address) {
        return SHUNT_ENOMEM;
    }
    config->listener_count++;
    return SHUNT_OK;
}

enum shunt_status config_add_plugin(struct config *config, const char *name,
                                    const char *const *settings)
{
    struct config_plugin *plugin;
    enum shunt_status status;

    if (!*name) {
        return SHUNT_EINVAL;
    }
    plugin = list_grow(config->plugins, config->plugin_count, sizeof *plugin);
    if (!plugin) {
        return SHUNT_ENOMEM;
    }
    config->plugins = plugin;
    plugin += config->plugin_count;
    plugin->name = strdup(name);
    plugin->label = label_of("plugin", name);
    status =
        plugin->name && plugin->label ? settings_copy(&plugin->settings, settings) : SHUNT_ENOMEM;
    if (status) {
        plugin_fini(plugin);
        return status;
    }
    plugin->settings.owner = plugin->label;
    config->plugin_count++;
    return SHUNT_OK;
}

static enum shunt_status route_copy(struct config_route *to, const struct shunt_route *from)
{
    to->path = strdup(from->path);
    to->label = label_of("route", from->path);
    to->content_type = strdup(CONFIG_CONTENT_TYPE);
    to->upgrade = from->upgrade && from->upgrade[0] ? words_copy(from->upgrade) : NULL;
    if (!to->path || !to->label || !to->content_type ||
        (from->upgrade && from->upgrade[0] && !to->upgrade)) {
        return SHUNT_ENOMEM;
    }
    to->upgrade_required = from->upgrade_required;
    to->handler = from->handler;
    to->arg = from->arg;
    to->settings.owner = to->label;
    return settings_copy(&to->settings, from->settings);
}

enum shunt_status config_add_route(struct config *config, const struct shunt_route *route)
{
    struct config_route *copy;
    enum shunt_status status;

    if (!route->path || route->path[0] != '/') {
        return SHUNT_EINVAL;
    }
    copy = list_grow(config->routes, config->route_count, sizeof *copy);
    if (!copy) {
        return SHUNT_ENOMEM;
    }
    config->routes = copy;
    copy += config->route_count;
    status = route_copy(copy, route);
    if (status) {
        route_fini(copy);
        return status;
    }
    config->route_count++;
    return SHUNT_OK;
}

/* ---- what calls have added stays when a file is read ---- */

/* One list of two configurations: entries of `entry_bytes`, whose line stands at `line_at`. */
struct join {
    void **list, **earlier;
    size_t *count, *earlier_count;
    size_t entry_bytes, line_at;
    void *joined;
};

static void *entry_at(void *list, const struct join *join, size_t i)
{
    return (char *)list + i * join->entry_bytes;
}

/* Came by a call, and not from a file. */
static bool is_called(void *list, const struct join *join, size_t i)
{
    return *(unsigned *)(void *)((char *)entry_at(list, join, i) + join->line_at) == 0;
}

/* Those of calls to the front of the new list and out of the old one. */
static void join_lists(struct join *join)
{
    size_t kept = 0, moved = 0;

    for (size_t i = 0; i < *join->earlier_count; i++) {
        bool called = is_called(*join->earlier, join, i);
        void *to =
            called ? entry_at(join->joined, join, moved++) : entry_at(*join->earlier, join, kept++);

        memmove(to, entry_at(*join->earlier, join, i), join->entry_bytes);
    }
    *join->earlier_count = kept;
    if (*join->count > 0) {
        memcpy(entry_at(join->joined, join, moved), *join->list, *join->count * join->entry_bytes);
    }
    *join->count += moved;
    free(*join->list);
    *join->list = join->joined;
}

enum shunt_status config_adopt(struct config *config, struct config *earlier)
{
    enum { LISTS = 3 };
    struct join joins[LISTS] = {
        {(void **)&config->listeners, (void **)&earlier->listeners, &config->listener_count,
         &earlier->listener_count, sizeof *config->listeners,
         offsetof(struct config_listener, line), NULL},
        {(void **)&config->plugins, (void **)&earlier->plugins, &config->plugin_count,
         &earlier->plugin_count, sizeof *config->plugins, offsetof(struct config_plugin, line),
         NULL},
        {(void **)&config->routes, (void **)&earlier->routes, &config->route_count,
         &earlier->route_count, sizeof *config->routes, offsetof(struct config_route, line), NULL},
    };
    bool all = true;

    for (unsigned i = 0; i < LISTS; i++) {
        joins[i].joined =
            calloc(*joins[i].count + *joins[i].earlier_count + 1, joins[i].entry_bytes);
        all &= joins[i].joined != NULL;
    }
    for (unsigned i = 0; i < LISTS; i++) {
        if (all) {
            join_lists(&joins[i]);
        } else {
            free(joins[i].joined);
        }
    }
    if (all) {
        config_fini(earlier);
        config_init(earlier);
    }
    return all ? SHUNT_OK : SHUNT_ENOMEM;
}
