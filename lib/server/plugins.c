/* Opening before starting, so that a file that is no plugin is refused before anybody's init runs.
 */
#include "server/plugins.h"

#include "base/assert.h"
#include "plugin/host.h"
#include "server/config_report.h"

#include <stdio.h>
#include <stdlib.h>

#define SENTENCE_BYTES 4096 /* a plugin path may be long */

static struct server_plugin *append(struct server_plugins *plugins)
{
    struct server_plugin *items =
        realloc(plugins->items, (plugins->count + 1) * sizeof *plugins->items);

    if (!items) {
        return NULL;
    }
    plugins->items = items;
    items[plugins->count] = (struct server_plugin){0};
    return &items[plugins->count++];
}

enum shunt_status server_plugins_add(struct server_plugins *plugins,
                                     const struct shunt_plugin *plugin, const char *const *settings,
                                     char *error, size_t error_size)
{
    struct shunt_plugin read;
    enum shunt_status status = plugin_read(plugin, "the linked plugin", &read, error, error_size);
    struct plugin_settings *copy;
    struct server_plugin *one;

    if (status != SHUNT_OK) {
        return status;
    }
    copy = calloc(1, sizeof *copy);
    one = copy ? append(plugins) : NULL;
    if (!one) {
        free(copy);
        snprintf(error, error_size, "no memory for plugin %s", read.name);
        return SHUNT_ENOMEM;
    }
    copy->owner = read.name;
    one->plugin = read;
    one->settings = copy;
    for (; status == SHUNT_OK && settings && settings[0] && settings[1]; settings += 2) {
        status = plugin_settings_add(copy, settings[0], settings[1], 0);
        if (status != SHUNT_OK) {
            snprintf(error, error_size, "plugin %s: setting %s: %s", read.name, settings[0],
                     status == SHUNT_ENOMEM ? "no memory" : "given twice");
        }
    }
    return status;
}

/* After a failure the others are only looked at, so that all that is wrong is reported at once. */
static enum shunt_status open_one(struct server_plugins *plugins, const char *name,
                                  const char *const *folders, bool keep, char *error,
                                  size_t error_size)
{
    struct plugin_module *module;
    enum shunt_status status = plugin_open(name, folders, &module, error, error_size);
    struct server_plugin *one;

    if (status != SHUNT_OK) {
        return status;
    }
    if (!keep) {
        plugin_close(module);
        return SHUNT_OK;
    }
    one = append(plugins);
    if (!one) {
        plugin_close(module);
        snprintf(error, error_size, "no memory for plugin %s", name);
        return SHUNT_ENOMEM;
    }
    one->module = module;
    one->plugin = *plugin_of(module);
    plugins->opened++;
    return SHUNT_OK;
}

enum shunt_status server_plugins_open(struct server_plugins *plugins, struct config *config,
                                      char *error, size_t error_size)
{
    struct config_report report = {.error = error, .error_size = error_size};
    enum shunt_status first = SHUNT_OK;
    char **folders;

    if (plugins->opened == config->plugin_count) {
        return SHUNT_OK;
    }
    folders = config_plugin_folders(config);
    if (!folders) {
        snprintf(error, error_size, "no memory for the plugin path");
        return SHUNT_ENOMEM;
    }
    for (size_t i = plugins->opened; i < config->plugin_count; i++) {
        char sentence[SENTENCE_BYTES];
        enum shunt_status status =
            open_one(plugins, config->plugins[i].name, (const char *const *)folders,
                     first == SHUNT_OK, sentence, sizeof sentence);

        if (status != SHUNT_OK) {
            config_refuse(&report, 0, "%s", sentence);
            first = first == SHUNT_OK ? status : first;
        }
    }
    config_folders_free(folders);
    return first;
}

/* The configuration's list may have moved since the plugin was opened. */
static void bind_settings(struct server_plugins *plugins, struct config *config)
{
    size_t loaded = 0;

    for (size_t i = 0; i < plugins->count; i++) {
        if (plugins->items[i].module) {
            plugins->items[i].settings = &config->plugins[loaded++].settings;
        }
        plugins->items[i].settings->queue_bytes_max = config->limits.queue_bytes_max;
    }
}

/* Keys that its init did not ask for. */
static enum shunt_status unused_refuse(const struct server_plugin *one,
                                       const struct plugin_asked *asked,
                                       struct config_report *report)
{
    const struct plugin_setting *unused = NULL;
    enum shunt_status status = SHUNT_OK;

    while ((unused = plugin_settings_unused(one->settings, unused)) != NULL) {
        status = config_refuse(
            report, 0, "%s:%u: settings.%s of plugin %s: expected %s%s, found an unknown key",
            one->settings->file ? one->settings->file : "settings", unused->line, unused->key,
            one->plugin.name, asked->keys[0] ? "one of the keys " : "none, as it reads no settings",
            asked->keys);
    }
    return status;
}

static enum shunt_status start_one(struct server_plugins *plugins, struct server_plugin *one,
                                   struct config_report *report)
{
    const struct shunt_plugin *plugin = &one->plugin;
    const char *where = one->module ? plugin_file(one->module) : "linked in";
    struct plugin_asked asked = {""};
    enum shunt_status status = SHUNT_OK;
    const char *clash;

    if (plugin->init) {
        one->settings->asked = &asked;
        status = plugin->init(&plugin_host, plugin_settings_lend(one->settings), &one->state);
        one->settings->asked = NULL;
        if (status != SHUNT_OK) {
            config_refuse(report, 0, "plugin %s (%s): its init failed with %s", plugin->name, where,
                          shunt_status_name(status));
            return status;
        }
    }
    one->started = true;
    if (unused_refuse(one, &asked, report) != SHUNT_OK) {
        return SHUNT_EINVAL;
    }
    status = registry_add(&plugins->registry, plugin, one->state, &clash);
    if (status == SHUNT_EINVAL) {
        config_refuse(report, 0, "plugin %s (%s): %s is already given by another plugin",
                      plugin->name, where, clash);
    } else if (status != SHUNT_OK) {
        config_refuse(report, 0, "plugin %s (%s): too many plugins, at most %d", plugin->name,
                      where, REGISTRY_PLUGINS_MAX);
    }
    return status;
}

enum shunt_status server_plugins_start(struct server_plugins *plugins, struct config *config,
                                       char *error, size_t error_size)
{
    struct config_report report = {.error = error, .error_size = error_size};
    enum shunt_status first = SHUNT_OK;

    bind_settings(plugins, config);
    memset(&plugins->registry, 0, sizeof plugins->registry);
    for (size_t i = 0; i < plugins->count; i++) {
        enum shunt_status status = start_one(plugins, &plugins->items[i], &report);

        first = first == SHUNT_OK ? status : first;
    }
    if (first != SHUNT_OK) {
        server_plugins_stop(plugins);
    }
    return first;
}

void server_plugins_stop(struct server_plugins *plugins)
{
    for (size_t i = plugins->count; i-- > 0;) {
        struct server_plugin *one = &plugins->items[i];

        if (one->started && one->plugin.fini) {
            one->plugin.fini(one->state);
        }
        one->started = false;
    }
}

void server_plugins_fini(struct server_plugins *plugins)
{
    for (size_t i = 0; i < plugins->count; i++) {
        struct server_plugin *one = &plugins->items[i];

        ASSERT(!one->started);
        if (one->module) {
            plugin_close(one->module);
        } else {
            plugin_settings_fini(one->settings);
            free(one->settings);
        }
    }
    free(plugins->items);
    plugins->items = NULL;
    plugins->count = plugins->opened = 0;
}
