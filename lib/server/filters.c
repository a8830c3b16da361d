/* As with routes (route_check.c), whoever reads settings reads them once before anybody is served,
 * and what nobody asked for then is unknown. */
#include "server/filters.h"

#include "base/assert.h"
#include "filter/builtin.h"
#include "server/faults.h"
#include "server/given.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the settings of a filter, for programs ---- */

const char *shunt_setting(const struct shunt_settings *settings, const char *key)
{
    return plugin_setting_get(settings, key);
}

enum shunt_status shunt_setting_number(const struct shunt_settings *settings, const char *key,
                                       uint64_t min, uint64_t max, uint64_t *value)
{
    return plugin_setting_number(settings, key, min, max, value);
}

enum shunt_status shunt_setting_bool(const struct shunt_settings *settings, const char *key,
                                     bool *value)
{
    return plugin_setting_bool(settings, key, value);
}

/* ---- one of them ---- */

/* A filter in its place: the first of whose route, or for all. */
struct place {
    const struct config_route *route; /* NULL: for all */
    size_t route_number, number;
    const struct config_filter *from;
    const struct server_plugins *plugins;
    struct error *report;
};

/* The start of a sentence. */
static const char *name_of(const struct place *place, char *text, size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    if (!place->report->where || !place->from->line) {
        len = (size_t)snprintf(text, size, "%.100s%s", place->route ? place->route->label : "",
                               place->route ? ": " : "");
        snprintf(text + len, size - len, "%.100s", place->from->label);
        return text;
    }
    if (place->route) {
        len = (size_t)snprintf(text, size, "routes[%zu].", place->route_number);
    }
    snprintf(text + len, size - len, "filters[%zu]", place->number);
    return text;
}

/* What nobody has asked for. */
static void check_unused(const struct place *place, const struct plugin_asked *asked)
{
    const struct plugin_settings *settings = &place->from->settings;
    const struct plugin_setting *setting = NULL;
    char where[256];

    while ((setting = plugin_settings_unused(settings, setting)) != NULL) {
        error_add(
            place->report, setting->line, "%s.settings.%s: expected %s%s, found an unknown key",
            name_of(place, where, sizeof where), setting->key,
            asked->keys[0] ? "one of the keys " : "none, as it reads no settings", asked->keys);
    }
}

static enum shunt_status create(const struct place *place, struct config_filter *from,
                                struct exchange_filter *one)
{
    struct plugin_asked asked = {.refused = NULL};
    char where[256], error[256] = "";
    unsigned before = place->report->count;
    enum shunt_status status = SHUNT_OK;
    struct faults faults;

    from->settings.asked = &asked;
    one->state = one->filter.arg;
    if (one->filter.create) {
        faults_begin(&faults, &from->settings, from->line);
        status = one->filter.create(one->filter.arg, plugin_settings_lend(&from->settings),
                                    &one->state, error, sizeof error);
        faults_end(&faults, status != SHUNT_OK, place->report);
    }
    from->settings.asked = NULL;
    if (status == SHUNT_OK && !from->refused) {
        check_unused(place, &asked);
    }
    if (status != SHUNT_OK && (error[0] || place->report->count == before)) {
        error_add(place->report, from->line, "%s: %s", name_of(place, where, sizeof where),
                  error[0] ? error : shunt_status_name(status));
    }
    return status;
}

/* ---- found by name ---- */

static void refuse_name(const struct place *place, const char *why)
{
    char where[256];

    if (*place->from->name) { /* else the report has it */
        error_add(place->report, place->from->line, "%s.name: %s",
                  name_of(place, where, sizeof where), why);
    }
}

/* A plugin's filter as one in its place. Whoever added the plugin has read it before. */
static void plugin_filter_read(const struct registry *registry, const struct given *given,
                               struct exchange_filter *one)
{
    enum shunt_status status = SHUNT_READ(
        &one->filter, (const struct shunt_filter *)given->structure, SHUNT_FILTER_BYTES_1_1);

    ASSERT(status == SHUNT_OK);
    one->plugin = given->plugin + 1;
    if (!one->filter.arg) {
        one->filter.arg = registry->plugins[given->plugin].state;
    }
}

/* The one that is built in or a plugin's. False: there is none, or more than one. */
static bool find(const struct place *place, struct exchange_filter *one)
{
    const struct registry *registry = &place->plugins->registry;
    const char *name = place->from->name;
    const struct shunt_filter *builtin = filter_builtin(name);
    char words[1024] = "", names[400];
    struct error why = {.text = words, .size = sizeof words};
    struct given given;
    enum shunt_status status = given_find(registry, GIVEN_FILTER, name, &given, &why);

    if (status == SHUNT_ENOTFOUND && builtin) {
        one->filter = *builtin;
        one->filter.arg = place->from->filter.arg;
        return true;
    }
    if (status == SHUNT_OK && !builtin) {
        plugin_filter_read(registry, &given, one);
        return true;
    }
    if (status == SHUNT_OK) {
        snprintf(words, sizeof words,
                 "expected a filter of one plugin, as PLUGIN/NAME, found %s of the plugin %s and "
                 "built in",
                 name, registry->plugins[given.plugin].plugin.name);
    } else if (status == SHUNT_ENOTFOUND) {
        filter_builtin_names(names, sizeof names);
        given_names(registry, GIVEN_FILTER, names, sizeof names);
        snprintf(words, sizeof words, "expected one of the filters %s, found %.100s", names, name);
    }
    if (status != SHUNT_ENOTFOUND || !place->plugins->lacking) {
        refuse_name(place, words);
    }
    return false;
}

/* ---- rows ---- */

static void add(struct server_filters *filters, struct config_filter *from, struct place *place,
                struct exchange_filters *row)
{
    struct exchange_filter *one = &filters->items[filters->count];

    place->from = from;
    *one = (struct exchange_filter){.filter = from->filter};
    one->filter.name = from->name;
    if (!one->filter.before && !one->filter.after && !find(place, one)) {
        return;
    }
    if (create(place, from, one) == SHUNT_OK) {
        filters->count++;
        row->items[row->count++] = one;
    }
}

/* `all` and then those of the list. NULL: no memory. */
static struct exchange_filters *row_make(struct server_filters *filters,
                                         const struct exchange_filters *all,
                                         struct config_filters *list, struct place *place)
{
    size_t most = (all ? all->count : 0) + list->count;
    struct exchange_filters *row = calloc(1, sizeof *row + most * sizeof *row->items);

    for (size_t i = 0; row && all && i < all->count; i++) {
        row->items[row->count++] = all->items[i];
    }
    for (size_t i = 0; row && i < list->count; i++) {
        place->number = i;
        add(filters, &list->items[i], place, row);
    }
    return row;
}

static enum shunt_status rows_make(struct server_filters *filters, struct config *config,
                                   const struct server_plugins *plugins, struct error *report)
{
    struct exchange_filters *all = NULL;
    bool enough = true;

    if (config->filters.count > 0) {
        struct place place = {.route = NULL, .plugins = plugins, .report = report};

        all = filters->rows[0] = row_make(filters, NULL, &config->filters, &place);
        enough = all != NULL;
    }
    for (size_t i = 0; i < config->route_count && enough; i++) {
        struct config_filters *own = &config->routes[i].filters;
        struct place place = {
            .route = &config->routes[i], .route_number = i, .plugins = plugins, .report = report};

        if (own->count > 0) {
            filters->rows[i + 1] = row_make(filters, all, own, &place);
            enough = filters->rows[i + 1] != NULL;
        }
    }
    return enough ? SHUNT_OK : SHUNT_ENOMEM;
}

enum shunt_status server_filters_start(struct server_filters *filters, struct config *config,
                                       const struct server_plugins *plugins, struct error *report)
{
    size_t most = config->filters.count;
    unsigned before = report->count;
    enum shunt_status status = SHUNT_ENOMEM;

    for (size_t i = 0; i < config->route_count; i++) {
        most += config->routes[i].filters.count;
    }
    *filters = (struct server_filters){.items = NULL};
    if (most == 0) {
        return SHUNT_OK;
    }
    filters->items = calloc(most, sizeof *filters->items);
    filters->rows = calloc(config->route_count + 1, sizeof(struct exchange_filters *));
    if (filters->items && filters->rows) {
        filters->row_count = config->route_count + 1;
        status = rows_make(filters, config, plugins, report);
    }
    if (status == SHUNT_ENOMEM) {
        error_add(report, 0, "filters: expected room for them, found none");
        return status;
    }
    return report->count > before ? SHUNT_EINVAL : SHUNT_OK;
}

void server_filters_stop(struct server_filters *filters)
{
    while (filters->count > 0) {
        const struct exchange_filter *one = &filters->items[--filters->count];

        if (one->filter.destroy) {
            one->filter.destroy(one->state);
        }
    }
    for (size_t i = 0; i < filters->row_count; i++) {
        free(filters->rows[i]);
    }
    free(filters->rows);
    free(filters->items);
    *filters = (struct server_filters){.items = NULL};
}

const struct exchange_filters *server_filters_all(const struct server_filters *filters)
{
    return filters->row_count ? filters->rows[0] : NULL;
}

const struct exchange_filters *server_filters_of(const struct server_filters *filters, size_t i)
{
    const struct exchange_filters *own = filters->row_count ? filters->rows[i + 1] : NULL;

    return own ? own : server_filters_all(filters);
}
