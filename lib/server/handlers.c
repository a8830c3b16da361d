/* Looked for once a route, at the start: over all plugins, one name after the other. */
#include "server/handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_BYTES = 400 };

enum shunt_status server_handlers_init(struct server_handlers *handlers, size_t routes)
{
    handlers->items = calloc(routes + 1, sizeof *handlers->items);
    handlers->count = handlers->items ? routes : 0;
    return handlers->items ? SHUNT_OK : SHUNT_ENOMEM;
}

void server_handlers_fini(struct server_handlers *handlers)
{
    for (size_t i = handlers->count; i-- > 0;) {
        const struct server_handler *one = &handlers->items[i];

        if (one->created && one->given.destroy) {
            one->given.destroy(one->state);
        }
    }
    free(handlers->items);
    *handlers = (struct server_handlers){0};
}

/* ---- found by name ---- */

/* Handlers of all plugins, one after the other. */
struct cursor {
    unsigned plugin, handler;
};

static const struct shunt_http_handler *next(const struct registry *registry, struct cursor *at,
                                             unsigned *plugin)
{
    for (; at->plugin < registry->plugin_count; at->plugin++, at->handler = 0) {
        const struct shunt_http_handler *const *all = registry->plugins[at->plugin].plugin.handlers;

        if (all && all[at->handler]) {
            *plugin = at->plugin;
            return all[at->handler++];
        }
    }
    return NULL;
}

/* Is `name` that handler's, with or without the name of its plugin? */
static bool is_named(const char *name, const char *plugin, const char *handler)
{
    size_t len = strlen(plugin);

    return strcmp(name, handler) == 0 || (strncmp(name, plugin, len) == 0 && name[len] == '/' &&
                                          strcmp(name + len + 1, handler) == 0);
}

/* All that there are, "a/users, b/images", as far as there is room. */
static const char *list(const struct registry *registry, char *text, size_t size)
{
    const struct shunt_http_handler *one;
    struct cursor at = {0};
    unsigned plugin;
    size_t len = 0;

    text[0] = '\0';
    while (len < size && (one = next(registry, &at, &plugin)) != NULL) {
        len += (size_t)snprintf(text + len, size - len, "%s%s/%s", len ? ", " : "",
                                registry->plugins[plugin].plugin.name, one->name);
    }
    return text;
}

enum shunt_status server_handler_find(const struct registry *registry, const char *name,
                                      struct server_handler *found, struct error *why)
{
    const struct shunt_http_handler *one, *first = NULL;
    struct cursor at = {0};
    unsigned plugin, owner = 0;
    char text[LIST_BYTES];

    while ((one = next(registry, &at, &plugin)) != NULL) {
        const char *other = registry->plugins[plugin].plugin.name;

        if (!is_named(name, other, one->name)) {
            continue;
        }
        if (first) {
            return error_set(why, SHUNT_EINVAL,
                             "expected a handler of one plugin, as PLUGIN/HANDLER, found %.100s of "
                             "the plugins %s and %s",
                             name, registry->plugins[owner].plugin.name, other);
        }
        first = one;
        owner = plugin;
    }
    if (!first) {
        list(registry, text, sizeof text);
        return error_set(why, SHUNT_ENOTFOUND, "expected %s%s, found %.100s",
                         text[0] ? "one of the handlers " : "a handler that a plugin gives", text,
                         name);
    }
    *found = (struct server_handler){.plugin = owner, .state = registry->plugins[owner].state};
    return SHUNT_READ(&found->given, first, SHUNT_HTTP_HANDLER_BYTES_1_1);
}
