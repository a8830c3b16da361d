/* Opening before starting, so that all that init finds in its settings is known to be a plugin's. */
#include "server/plugins.h"

#include "base/assert.h"
#include "plugin/check.h"
#include "server/config_folders.h"
#include "server/config_keys.h"
#include "server/faults.h"
#include "server/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
                                     struct error *error)
{
    struct shunt_plugin read;
    enum shunt_status status;
    struct plugin_settings *copy;
    struct server_plugin *one;

    error->where = "the linked plugin";
    status = plugin_check(plugin, &read, error);
    error->where = NULL;
    if (status != SHUNT_OK) {
        return status;
    }
    copy = calloc(1, sizeof *copy);
    one = copy ? append(plugins) : NULL;
    if (!one) {
        free(copy);
        return error_set(error, SHUNT_ENOMEM, "no memory for plugin %s", read.name);
    }
    copy->owner = read.name;
    one->plugin = read;
    one->settings = copy;
    for (; status == SHUNT_OK && settings && settings[0] && settings[1]; settings += 2) {
        status = plugin_settings_add(copy, settings[0], settings[1], 0);
        if (status != SHUNT_OK) {
            error_set(error, status, "plugin %s: setting %s: %s", read.name, settings[0],
                      status == SHUNT_ENOMEM ? "no memory" : "given twice");
        }
    }
    return status;
}

static enum shunt_status open_one(struct server_plugins *plugins, const struct config *config,
                                  size_t number, const char *const *folders, struct error *report)
{
    const struct config_plugin *from = &config->plugins[number];
    char sentence[SENTENCE_BYTES];
    struct error why = {.text = sentence, .size = sizeof sentence};
    struct plugin_module *module;
    enum shunt_status status = plugin_open(from->name, folders, &module, &why);
    struct server_plugin *one;

    if (status != SHUNT_OK) {
        error_add(report, from->line, "%s", sentence);
        return status;
    }
    one = append(plugins);
    if (!one) {
        plugin_close(module);
        error_add(report, from->line, "no memory for plugin %s", from->name);
        return SHUNT_ENOMEM;
    }
    plugin_lend(module, &server_calls);
    one->module = module;
    one->plugin = *plugin_of(module);
    one->number = number;
    plugins->opened++;
    return SHUNT_OK;
}

static bool is_open(const struct server_plugins *plugins, size_t number)
{
    for (size_t i = 0; i < plugins->count; i++) {
        if (plugins->items[i].module && plugins->items[i].number == number) {
            return true;
        }
    }
    return false;
}

enum shunt_status server_plugins_open(struct server_plugins *plugins, struct config *config,
                                      struct error *report)
{
    enum shunt_status first = SHUNT_OK;
    char **folders;

    if (plugins->opened == config->plugin_count) {
        return SHUNT_OK;
    }
    folders = config_folders_list(config);
    if (!folders) {
        error_add(report, ERROR_LINE_WHOLE, "no memory for the plugin path");
        return SHUNT_ENOMEM;
    }
    for (size_t i = 0; i < config->plugin_count; i++) {
        enum shunt_status status = SHUNT_OK;

        if (*config->plugins[i].name && !is_open(plugins, i)) {
            status = open_one(plugins, config, i, (const char *const *)folders, report);
        }
        first = first == SHUNT_OK ? status : first;
    }
    config_folders_free(folders);
    return first;
}

/* ---- starting ---- */

/* One plugin that is started, and where its mistakes go. */
struct start {
    struct server_plugin *one;
    const struct config_plugin *from; /* NULL: linked in */
    struct error *report;
};

/* The configuration's list may have moved since the plugin was opened. */
static struct start start_bind(struct server_plugin *one, struct config *config,
                               struct error *report)
{
    struct config_plugin *from = one->module ? &config->plugins[one->number] : NULL;

    if (from) {
        one->settings = &from->settings;
    }
    /* Where the file's own value was refused, nothing is held against it. */
    one->settings->queue_bytes_max = config_limit_refused(config, "queue_bytes_max")
                                         ? INT64_MAX
                                         : config->limits.queue_bytes_max;
    return (struct start){one, from, report};
}

/* Keys that its init did not ask for. */
static enum shunt_status unused_refuse(const struct start *start, const struct plugin_asked *asked)
{
    const struct server_plugin *one = start->one;
    const struct plugin_setting *unused = NULL;
    enum shunt_status status = SHUNT_OK;

    while ((unused = plugin_settings_unused(one->settings, unused)) != NULL) {
        status = error_add(start->report, unused->line,
                           "settings.%s of plugin %s: expected %s%s, found an unknown key",
                           unused->key, one->plugin.name,
                           asked->keys[0] ? "one of the keys " : "none, as it reads no settings",
                           asked->keys);
    }
    return status;
}

/* A plugin whose init gives no reason is named. */
static enum shunt_status init_run(struct start *start, struct metrics_table *metrics)
{
    struct server_plugin *one = start->one;
    struct plugin_asked asked = {.refused = NULL};
    unsigned before = start->report->count, line = start->from ? start->from->line : 0;
    enum shunt_status status = SHUNT_OK;
    struct faults faults;

    if (one->plugin.init) {
        one->settings->asked = &asked;
        one->settings->metrics = metrics;
        faults_begin(&faults, one->settings, line);
        status = one->plugin.init(&server_host, plugin_settings_lend(one->settings), &one->state);
        faults_end(&faults, status != SHUNT_OK, start->report);
        one->settings->asked = NULL;
        one->settings->metrics = NULL;
    }
    if (status == SHUNT_OK) {
        one->started = true;
        return unused_refuse(start, &asked);
    }
    if (start->report->count == before) {
        error_add(start->report, line, "plugin %s (%s): its init failed with %s", one->plugin.name,
                  one->module ? plugin_file(one->module) : "linked in", shunt_status_name(status));
    }
    return status;
}

/* A key that is unknown does not keep the plugin from being known to the routes. */
static enum shunt_status start_one(struct server_plugins *plugins, struct start *start)
{
    struct server_plugin *one = start->one;
    const char *where = one->module ? plugin_file(one->module) : "linked in", *clash;
    unsigned line = start->from ? start->from->line : 0;
    enum shunt_status status = SHUNT_OK, first;

    first = start->from && start->from->refused ? SHUNT_EINVAL : init_run(start, plugins->metrics);
    if (one->started) {
        status = registry_add(&plugins->registry, &one->plugin, one->state, &clash);
    }
    if (status == SHUNT_EINVAL) {
        error_add(start->report, line, "plugin %s (%s): %s is already given by another plugin",
                  one->plugin.name, where, clash);
    } else if (status != SHUNT_OK) {
        error_add(start->report, line, "plugin %s (%s): too many plugins, at most %d",
                  one->plugin.name, where, REGISTRY_PLUGINS_MAX);
    }
    plugins->lacking |= !one->started || status != SHUNT_OK;
    return first == SHUNT_OK ? status : first;
}

enum shunt_status server_plugins_start(struct server_plugins *plugins, struct config *config,
                                       struct error *report)
{
    enum shunt_status first = SHUNT_OK;

    plugins->lacking = config->plugins_refused || plugins->opened < config->plugin_count;
    memset(&plugins->registry, 0, sizeof plugins->registry);
    for (size_t i = 0; i < plugins->count; i++) {
        struct start start = start_bind(&plugins->items[i], config, report);
        enum shunt_status status = start_one(plugins, &start);

        first = first == SHUNT_OK ? status : first;
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
