/* Looked for once a route, at the start: over all plugins, one name after the other. */
#include "server/given.h"

#include <stdio.h>
#include <string.h>

enum { LIST_BYTES = 400 };

static const char *const kinds[] = {[GIVEN_HANDLER] = "handler", [GIVEN_FILTER] = "filter"};

/* Those of all plugins, one after the other. */
struct cursor {
    unsigned plugin, number;
};

/* Number `i` of a plugin and its name; NULL: it has not so many. */
static const void *number_get(const struct shunt_plugin *plugin, enum given_kind kind, unsigned i,
                              const char **name)
{
    if (kind == GIVEN_HANDLER && plugin->handlers && plugin->handlers[i]) {
        *name = plugin->handlers[i]->name;
        return plugin->handlers[i];
    }
    if (kind == GIVEN_FILTER && plugin->filters && plugin->filters[i]) {
        *name = plugin->filters[i]->name;
        return plugin->filters[i];
    }
    return NULL;
}

/* False: there is no other. */
static bool next(const struct registry *registry, enum given_kind kind, struct cursor *at,
                 struct given *one, const char **name)
{
    for (; at->plugin < registry->plugin_count; at->plugin++, at->number = 0) {
        one->structure = number_get(&registry->plugins[at->plugin].plugin, kind, at->number, name);
        if (one->structure) {
            one->plugin = at->plugin;
            at->number++;
            return true;
        }
    }
    return false;
}

static const char *plugin_name(const struct registry *registry, const struct given *one)
{
    return registry->plugins[one->plugin].plugin.name;
}

/* Does `wanted` mean the one called `name`, with or without its plugin? */
static bool is_named(const char *wanted, const char *plugin, const char *name)
{
    size_t len = strlen(plugin);

    return strcmp(wanted, name) == 0 || (strncmp(wanted, plugin, len) == 0 && wanted[len] == '/' &&
                                         strcmp(wanted + len + 1, name) == 0);
}

const char *given_names(const struct registry *registry, enum given_kind kind, char *text,
                        size_t size)
{
    struct cursor at = {0};
    size_t len = strlen(text);
    struct given one;
    const char *name;

    while (len < size && next(registry, kind, &at, &one, &name)) {
        len += (size_t)snprintf(text + len, size - len, "%s%s/%s", len ? ", " : "",
                                plugin_name(registry, &one), name);
    }
    return text;
}

enum shunt_status given_find(const struct registry *registry, enum given_kind kind,
                             const char *name, struct given *found, struct error *why)
{
    struct given one, first = {.structure = NULL};
    struct cursor at = {0};
    char text[LIST_BYTES] = "";
    const char *its;

    while (next(registry, kind, &at, &one, &its)) {
        if (!is_named(name, plugin_name(registry, &one), its)) {
            continue;
        }
        if (first.structure) {
            return error_set(why, SHUNT_EINVAL,
                             "expected a %s of one plugin, as PLUGIN/NAME, found %.100s of the "
                             "plugins %s and %s",
                             kinds[kind], name, plugin_name(registry, &first),
                             plugin_name(registry, &one));
        }
        first = one;
    }
    if (!first.structure) {
        given_names(registry, kind, text, sizeof text);
        return error_set(why, SHUNT_ENOTFOUND, "expected %s%s%s%s, found %.100s",
                         text[0] ? "one of the " : "a ", kinds[kind],
                         text[0] ? "s " : " that a plugin gives", text, name);
    }
    *found = first;
    return SHUNT_OK;
}
