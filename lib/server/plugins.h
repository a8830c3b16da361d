/* The plugins of a server: opened, started, registered; and the same backwards. */
#ifndef SERVER_PLUGINS_H
#define SERVER_PLUGINS_H

#include "base/error.h"
#include "conn/registry.h"
#include "plugin/loader.h"
#include "server/config.h"

/* One plugin, from the configuration or linked in. */
struct server_plugin {
    struct plugin_module *module; /* NULL: linked in */
    struct shunt_plugin plugin;
    struct plugin_settings *settings; /* borrowed when loaded, owned when linked in */
    void *state;                      /* what init set */
    size_t number;                    /* in the configuration; of one that is loaded */
    bool started;
};

struct server_plugins {
    struct server_plugin *items;
    size_t count;
    size_t opened; /* of the configuration's plugins */
    bool lacking;  /* one of them, or of those that are linked in, is not in the registry */
    struct registry registry;
    struct metrics_table *metrics; /* where they may register some; NULL: nowhere */
};

/* Take up a plugin that is linked in; `settings` as in struct shunt_route. Statuses of
 * plugin_check(). */
enum shunt_status server_plugins_add(struct server_plugins *plugins,
                                     const struct shunt_plugin *plugin, const char *const *settings,
                                     struct error *error) SHUNT_MUST_USE;

/* Open what the configuration names and is not open yet. Statuses of plugin_open(); the report has
 * a sentence for each plugin that cannot be opened, and the status is that of the first. */
enum shunt_status server_plugins_open(struct server_plugins *plugins, struct config *config,
                                      struct error *report) SHUNT_MUST_USE;

/* Run every init of what is open, in order, and fill the registry. The report has a sentence for
 * each mistake, and the status is that of the first; the others are started all the same. */
enum shunt_status server_plugins_start(struct server_plugins *plugins, struct config *config,
                                       struct error *report) SHUNT_MUST_USE;
/* Run every fini, in reverse order. */
void server_plugins_stop(struct server_plugins *plugins);

/* Close the modules. Not while started. */
void server_plugins_fini(struct server_plugins *plugins);

#endif
