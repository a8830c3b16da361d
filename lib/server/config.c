/*
 * The lists and who owns what. Defaults come from config_keys.c, a file by config_load.c, and
 * config_check.c judges the whole.
 */
#include "server/config.h"

#include "base/words.h"
#include "conn/prefixes.h"
#include "server/config_address.h"
#include "server/config_filters.h"
#include "server/config_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void config_init(struct config *config)
{
    *config = (struct config){.file = NULL};
    config_keys_default(&config_top, config);
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
    free(route->host);
    free(route->label);
    free(route->text);
    free(route->access_log);
    free(route->content_type);
    free(route->handler_name);
    free(route->redirect.target);
    free(route->folder.path);
    words_free(route->folder.index);
    plugin_settings_fini(&route->folder.types);
    free(route->folder.cache_control);
    words_free(route->methods);
    words_free(route->upgrade);
    plugin_settings_fini(&route->settings);
    config_filters_fini(&route->filters);
}

static void access_log_fini(struct config_access_log *log)
{
    free(log->path);
    free(log->format);
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
    config_filters_fini(&config->filters);
    access_log_fini(&config->access_log);
    free(config->plugins);
    free(config->routes);
    config_places_fini(&config->places);
    words_free(config->plugin_path);
    words_free(config->trusted);
    free(config->file);
    *config = (struct config){0};
}

void config_drop_last_route(struct config *config)
{
    config_places_drop(&config->places, config->routes, config->route_count);
    route_fini(&config->routes[--config->route_count]);
}

/* The lists differ in the type of their pointers, which stand at `list`. */
static void *items_get(const void *list)
{
    void *items;

    memcpy(&items, list, sizeof items);
    return items;
}

/* Make room for `count` entries, rounded up to a power of two: so who adds one has to ask only where
 * the count is one, and many cost little each. */
static bool items_reserve(void *list, size_t count, size_t bytes)
{
    size_t room = 1;
    void *grown;

    while (room < count) {
        room *= 2;
    }
    grown = realloc(items_get(list), room * bytes);
    if (grown) {
        memcpy(list, &grown, sizeof grown);
    }
    return grown != NULL;
}

/* A copy of *one at the end of the list. */
static bool append(void *list, size_t *count, const void *one, size_t bytes)
{
    bool full = (*count & (*count - 1)) == 0;

    if (full && !items_reserve(list, *count + 1, bytes)) {
        return false;
    }
    memcpy((char *)items_get(list) + (*count)++ * bytes, one, bytes);
    return true;
}

static char *label_of(const char *kind, const char *name)
{
    char *label;

    return asprintf(&label, "%s %s", kind, name) < 0 ? NULL : label;
}

enum shunt_status config_append_listener(struct config *config, struct config_listener *one)
{
    if (one->address && append(&config->listeners, &config->listener_count, one, sizeof *one)) {
        return SHUNT_OK;
    }
    free(one->address);
    return SHUNT_ENOMEM;
}

enum shunt_status config_append_plugin(struct config *config, struct config_plugin *one)
{
    one->label = one->name ? label_of("plugin", one->name) : NULL;
    one->settings.owner = one->label;
    if (one->label && append(&config->plugins, &config->plugin_count, one, sizeof *one)) {
        return SHUNT_OK;
    }
    plugin_fini(one);
    return SHUNT_ENOMEM;
}

enum shunt_status config_append_route(struct config *config, struct config_route *one)
{
    one->label = one->path ? label_of("route", one->path) : NULL;
    one->settings.owner = one->label;
    if (!one->label || !append(&config->routes, &config->route_count, one, sizeof *one)) {
        route_fini(one);
        return SHUNT_ENOMEM;
    }
    if (config_places_add(&config->places, config->routes, config->route_count) != SHUNT_OK) {
        route_fini(&config->routes[--config->route_count]);
        return SHUNT_ENOMEM;
    }
    return SHUNT_OK;
}

/* ---- what calls add ---- */

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
    struct config_listener one = {.backlog = CONFIG_BACKLOG};

    if (!config_address_valid(address)) {
        return SHUNT_EINVAL;
    }
    one.address = config_address_copy(address);
    return config_append_listener(config, &one);
}

enum shunt_status config_add_plugin(struct config *config, const char *name,
                                    const char *const *settings)
{
    struct config_plugin one = {.line = 0};
    enum shunt_status status;

    if (!*name) {
        return SHUNT_EINVAL;
    }
    status = settings_copy(&one.settings, settings);
    if (status != SHUNT_OK) {
        plugin_fini(&one);
        return status;
    }
    one.name = strdup(name);
    return config_append_plugin(config, &one);
}

/* "GET, POST" as a list; NULL: no memory. */
static char **methods_split(const char *text)
{
    static const char between[] = ", ";
    char **words = calloc(strlen(text) / 2 + 2, sizeof *words);
    size_t count = 0;

    do {
        size_t len = strcspn(text, between);

        if (words && !(words[count++] = strndup(text, len))) {
            words_free(words);
            return NULL;
        }
        text += len;
        text += strspn(text, between);
    } while (*text);
    return words;
}

static enum shunt_status route_copy(struct config_route *to, const struct shunt_route *from)
{
    to->path = strdup(from->path);
    to->content_type = strdup(CONFIG_CONTENT_TYPE);
    to->upgrade = from->upgrade && from->upgrade[0] ? words_copy(from->upgrade) : NULL;
    to->methods = from->methods ? methods_split(from->methods) : NULL;
    to->host = from->host ? strdup(from->host) : NULL;
    to->handler_name = from->handler_name ? strdup(from->handler_name) : NULL;
    to->access_log = from->access_log ? strdup(from->access_log) : NULL;
    if (!to->path || !to->content_type || (from->upgrade && from->upgrade[0] && !to->upgrade) ||
        (from->methods && !to->methods) || (from->host && !to->host) ||
        (from->handler_name && !to->handler_name) || (from->access_log && !to->access_log)) {
        return SHUNT_ENOMEM;
    }
    to->upgrade_required = from->upgrade_required;
    to->body_bytes_max = from->body_bytes_max;
    to->streamed = from->streamed;
    to->handler = from->handler;
    to->arg = from->arg;
    return settings_copy(&to->settings, from->settings);
}

enum shunt_status config_add_route(struct config *config, const struct shunt_route *route)
{
    struct config_route copy = {.line = 0};
    enum shunt_status status;

    if (!route->path || route->path[0] != '/') {
        return SHUNT_EINVAL;
    }
    status = route_copy(&copy, route);
    if (status != SHUNT_OK) {
        route_fini(&copy);
        return status;
    }
    return config_append_route(config, &copy);
}

enum shunt_status config_trust_set(struct config *config, const char *const *prefixes,
                                   struct error *error)
{
    char **copy;

    for (size_t i = 0; prefixes[i]; i++) {
        const char *expected = conn_prefix_expected(prefixes[i]);

        if (expected) {
            return error_set(error, SHUNT_EINVAL, "trusted[%zu]: expected %s, found \"%.60s\"", i,
                             expected, prefixes[i]);
        }
    }
    copy = words_copy(prefixes);
    if (!copy) {
        return SHUNT_ENOMEM;
    }
    words_free(config->trusted);
    config->trusted = copy;
    return SHUNT_OK;
}

const char *config_access_log_format(const struct config *config)
{
    return config->access_log.format ? config->access_log.format : CONFIG_ACCESS_LOG_FORMAT;
}

enum shunt_status config_access_log_set(struct config *config, const char *path, const char *format)
{
    struct config_access_log one = config->access_log;

    one.path = path ? strdup(path) : NULL;
    one.format = format ? strdup(format) : NULL;
    if ((path && !one.path) || (format && !one.format)) {
        access_log_fini(&one);
        return SHUNT_ENOMEM;
    }
    access_log_fini(&config->access_log);
    config->access_log = one;
    return SHUNT_OK;
}

enum shunt_status config_tcp_set(struct config *config, const struct config_tcp *tcp,
                                 struct error *error)
{
    for (size_t i = 0; i < config_tcp.count; i++) {
        const struct config_key *key = &config_tcp.keys[i];
        uint64_t value = config_key_number(key, (const char *)tcp - offsetof(struct config, tcp));

        if (value < key->least || value > key->most) {
            return error_set(error, SHUNT_EINVAL,
                             "tcp.%s: expected %" PRIu64 " to %" PRIu64 ", found %" PRIu64,
                             key->name, key->least, key->most, value);
        }
    }
    config->tcp = *tcp;
    return SHUNT_OK;
}

/* ---- what calls have added stays when a file is read ---- */

/* A list of entries of `bytes`, each of which has its line at `line_at`. */
struct list {
    void *list; /* as items_get() wants it */
    size_t *count, bytes, line_at;
};

enum { LISTS = 4 };

static void lists_of(struct config *config, struct list lists[LISTS])
{
    lists[0] = (struct list){&config->listeners, &config->listener_count, sizeof *config->listeners,
                             offsetof(struct config_listener, line)};
    lists[1] = (struct list){&config->plugins, &config->plugin_count, sizeof *config->plugins,
                             offsetof(struct config_plugin, line)};
    lists[2] = (struct list){&config->routes, &config->route_count, sizeof *config->routes,
                             offsetof(struct config_route, line)};
    lists[3] = (struct list){&config->filters.items, &config->filters.count,
                             sizeof *config->filters.items, offsetof(struct config_filter, line)};
}

static char *entry_at(const struct list *list, size_t i)
{
    return (char *)items_get(list->list) + i * list->bytes;
}

/* Came by a call, and not from a file. */
static bool is_called(const struct list *list, size_t i)
{
    return *(unsigned *)(void *)(entry_at(list, i) + list->line_at) == 0;
}

/* Those of calls to the front of a list that has room for them. */
static void called_move(const struct list *to, const struct list *from)
{
    size_t called = 0, kept = 0;

    for (size_t i = 0; i < *from->count; i++) {
        called += is_called(from, i);
    }
    memmove(entry_at(to, called), entry_at(to, 0), *to->count * to->bytes);
    *to->count += called;
    called = 0;
    for (size_t i = 0; i < *from->count; i++) {
        char *place = is_called(from, i) ? entry_at(to, called++) : entry_at(from, kept++);

        memmove(place, entry_at(from, i), from->bytes);
    }
    *from->count = kept;
}

enum shunt_status config_adopt(struct config *config, struct config *earlier)
{
    struct list to[LISTS], from[LISTS];

    lists_of(config, to);
    lists_of(earlier, from);
    for (unsigned i = 0; i < LISTS; i++) {
        if (!items_reserve(to[i].list, *to[i].count + *from[i].count, to[i].bytes)) {
            return SHUNT_ENOMEM;
        }
    }
    if (config_places_reserve(&config->places, config->route_count + earlier->route_count) !=
        SHUNT_OK) {
        return SHUNT_ENOMEM;
    }
    for (unsigned i = 0; i < LISTS; i++) {
        called_move(&to[i], &from[i]);
    }
    config_places_rebuild(&config->places, config->routes, config->route_count);
    config_fini(earlier);
    config_init(earlier);
    return SHUNT_OK;
}
