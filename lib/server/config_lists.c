/*
 * The lists of a file: folders, listeners, plugins, routes; one entry a call. An entry whose
 * address, name or path was refused is there too, with an empty one, so that the rest of it and the
 * entries behind it are judged under their own numbers.
 */
#include "server/config_internal.h"
#include "server/config_node.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Good for the add functions of config.h, until what stands for a refused value is emptied. */
#define STAND_IN_ADDRESS ":0"
#define STAND_IN_NAME    "x"
#define STAND_IN_PATH    "/"

/* `name` as it is when absolute, else below the folder of the configuration file. NULL: no memory.
 */
static char *beside_file(const struct config_load *load, const char *name)
{
    const char *slash = strrchr(load->report->file, '/');
    char *path;

    if (name[0] == '/' || !slash) {
        return strdup(name);
    }
    return asprintf(&path, "%.*s/%s", (int)(slash - load->report->file), load->report->file, name) <
                   0
               ? NULL
               : path;
}

enum shunt_status config_load_plugin_path(const struct config_load *load)
{
    unsigned count = load->yaml->plugin_path_count, line;

    load->config->plugin_path = calloc(count + 1, sizeof *load->config->plugin_path);
    if (!load->config->plugin_path) {
        return config_no_memory(load);
    }
    /* What is no text is in the report and is not counted. */
    for (unsigned i = 0, folders = 0; folders < count; i++) {
        const yaml_node_t *node =
            config_document_find(load->document, "plugin_path", i, NULL, &line);
        const char *name = node && config_node_is_text(node) ? config_node_text(node) : NULL;

        if (!name) {
            continue;
        }
        if (!*name) {
            config_refuse(load->report, line, "plugin_path[%u]: expected a folder, found nothing",
                          i);
        }
        load->config->plugin_path[folders] = beside_file(load, name);
        if (!load->config->plugin_path[folders++]) {
            return config_no_memory(load);
        }
    }
    return SHUNT_OK;
}

enum shunt_status config_load_listener(const struct config_load *load, unsigned i)
{
    const struct yaml_listener *from = &load->yaml->listeners[i];
    uint64_t backlog = CONFIG_BACKLOG;
    struct config_listener *to;
    char where[40];
    unsigned line;
    bool refused;
    enum shunt_status status;

    snprintf(where, sizeof where, "listeners[%u].", i);
    config_document_find(load->document, "listeners", i, "backlog", &line);
    if (config_number_read(load, where, "backlog", line, from->backlog, 1, 1048576, &backlog)) {
        backlog = CONFIG_BACKLOG; /* the report has it; go on with the address */
    }
    config_document_find(load->document, "listeners", i, "address", &line);
    refused = !from->address || !config_address_valid(from->address);
    if (refused && from->address) {
        config_refuse(load->report, line, CONFIG_ADDRESS_REFUSED, (size_t)i, from->address);
    }
    status = config_add_listener(load->config, refused ? STAND_IN_ADDRESS : from->address);
    if (status) {
        return config_no_memory(load);
    }
    to = &load->config->listeners[load->config->listener_count - 1];
    to->address[0] = refused ? '\0' : to->address[0];
    to->backlog = (uint32_t)backlog;
    to->line = line;
    return SHUNT_OK;
}

enum shunt_status config_load_plugin(const struct config_load *load, unsigned i)
{
    const struct yaml_plugin *from = &load->yaml->plugins[i];
    const yaml_node_t *node;
    struct config_plugin *to;
    char where[40], *file;
    unsigned line, unused, before = load->report->mistakes;
    bool refused;
    enum shunt_status status;

    snprintf(where, sizeof where, "plugins[%u]", i);
    config_document_find(load->document, "plugins", i, "name", &line);
    refused = !from->name || !*from->name;
    if (refused && from->name) {
        config_refuse(load->report, line, "%s.name: expected a name or a file, found nothing",
                      where);
    }
    file = refused                   ? strdup(STAND_IN_NAME)
           : strchr(from->name, '/') ? beside_file(load, from->name)
                                     : strdup(from->name);
    status = file ? config_add_plugin(load->config, file, NULL) : SHUNT_ENOMEM;
    free(file);
    if (status) {
        return config_no_memory(load);
    }
    to = &load->config->plugins[load->config->plugin_count - 1];
    to->name[0] = refused ? '\0' : to->name[0];
    to->line = line;
    to->settings.file = load->config->file;
    node = config_document_find(load->document, "plugins", i, "settings", &unused);
    status = config_document_settings(load->document, node, where, &to->settings, load->report);
    to->refused = !from->name || load->report->mistakes > before;
    return status == SHUNT_ENOMEM ? config_no_memory(load) : status;
}

/* What answers a plain request: text, the content of a file, an echo; one of them at most. */
static enum shunt_status load_answer(const struct config_load *load, unsigned i,
                                     struct config_route *to)
{
    const struct yaml_route *from = &load->yaml->routes[i];
    uint64_t most = load->config->limits.response_bytes_max; /* the sections were read before */
    unsigned line;
    char *file;

    config_document_find(load->document, "routes", i, from->file ? "file" : "text", &line);
    if (!!from->text + !!from->file + from->echo > 1) {
        return config_refuse(load->report, line,
                             "routes[%u].%s: expected one of text, file and echo, found more", i,
                             from->file ? "file" : "text");
    }
    to->echo = from->echo;
    if (from->text) {
        to->text = strdup(from->text);
        to->text_len = strlen(from->text);
        return to->text ? SHUNT_OK : config_no_memory(load);
    }
    if (!from->file) {
        return SHUNT_OK;
    }
    file = beside_file(load, from->file);
    if (!file) {
        return config_no_memory(load);
    }
    to->text = config_file_read(file, most, &to->text_len);
    free(file);
    if (!to->text && errno == ENOMEM) {
        return config_no_memory(load);
    }
    return to->text ? SHUNT_OK
                    : config_refuse(load->report, line,
                                    "routes[%u].file: expected a readable file of at most %" PRIu64
                                    " bytes, found \"%.200s\": %s",
                                    i, most, from->file, strerror(errno));
}

static enum shunt_status load_route_settings(const struct config_load *load, unsigned i,
                                             struct config_route *to)
{
    const char *service = load->yaml->routes[i].service;
    const yaml_node_t *node;
    char where[40];
    unsigned line;
    enum shunt_status status;

    snprintf(where, sizeof where, "routes[%u]", i);
    node = config_document_find(load->document, "routes", i, "settings", &line);
    status = config_document_settings(load->document, node, where, &to->settings, load->report);
    if (status != SHUNT_ENOMEM && service) {
        config_document_find(load->document, "routes", i, "service", &line);
        status = plugin_settings_add(&to->settings, "service", service, line);
        if (status == SHUNT_EINVAL) {
            return config_refuse(load->report, line,
                                 "%s.service: expected once, found also in settings", where);
        }
    }
    return status == SHUNT_ENOMEM ? config_no_memory(load) : status;
}

/* The tokens of `upgrade`, ended by NULL as config_add_route() wants them; NULL: no memory. */
static const char **tokens_of(const struct yaml_route *from)
{
    const char **tokens = calloc(from->upgrade_count + 1u, sizeof *tokens);

    for (unsigned i = 0; tokens && i < from->upgrade_count; i++) {
        tokens[i] = from->upgrade[i];
    }
    return tokens;
}

static bool is_empty_list(const yaml_node_t *node)
{
    return node->type == YAML_SEQUENCE_NODE &&
           node->data.sequence.items.start == node->data.sequence.items.top;
}

/* The file has an `upgrade` of which nothing was accepted, and the report says why. */
static bool upgrade_refused(const struct config_load *load, unsigned i)
{
    unsigned line;
    const yaml_node_t *node = config_document_find(load->document, "routes", i, "upgrade", &line);

    return node && load->yaml->routes[i].upgrade_count == 0 && !is_empty_list(node);
}

/*
 * The entry has nothing but what goes beside an answer. A key that is not known may be meant for
 * one, and one that was refused is: then the sentence would only follow from another.
 */
static bool answers_nothing(const struct config_load *load, unsigned i)
{
    static const char *const beside[] = {"path", "upgrade_required", "service", "settings",
                                         "content_type"};
    unsigned line, keys = 0;
    const yaml_node_t *entry = config_document_find(load->document, "routes", i, NULL, &line);
    const yaml_node_t *echo = config_document_find(load->document, "routes", i, "echo", &line);
    const yaml_node_t *upgrade =
        config_document_find(load->document, "routes", i, "upgrade", &line);

    for (size_t k = 0; k < sizeof beside / sizeof *beside; k++) {
        keys += config_document_find(load->document, "routes", i, beside[k], &line) != NULL;
    }
    keys += echo && (config_node_is(echo, "no") || config_node_is(echo, "false"));
    keys += upgrade && is_empty_list(upgrade);
    return entry->type == YAML_MAPPING_NODE &&
           entry->data.mapping.pairs.start + keys == entry->data.mapping.pairs.top;
}

/* The route itself, with an empty path where that was refused. */
static enum shunt_status add_route(const struct config_load *load, unsigned i, unsigned line)
{
    const struct yaml_route *from = &load->yaml->routes[i];
    bool refused = !from->path || from->path[0] != '/';
    const char **tokens = tokens_of(from);
    struct shunt_route route = {.path = refused ? STAND_IN_PATH : from->path,
                                .upgrade = tokens,
                                .upgrade_required =
                                    from->upgrade_required && !upgrade_refused(load, i)};
    enum shunt_status status = tokens ? config_add_route(load->config, &route) : SHUNT_ENOMEM;
    struct config_route *to;

    free(tokens);
    if (status) {
        return config_no_memory(load);
    }
    if (refused && from->path) {
        config_refuse(load->report, line, CONFIG_PATH_REFUSED, (size_t)i, from->path);
    }
    to = &load->config->routes[load->config->route_count - 1];
    to->path[0] = refused ? '\0' : to->path[0];
    to->line = line;
    to->settings.file = load->config->file;
    if (from->content_type) {
        free(to->content_type);
        to->content_type = strdup(from->content_type);
    }
    return to->content_type ? SHUNT_OK : config_no_memory(load);
}

enum shunt_status config_load_route(const struct config_load *load, unsigned i)
{
    struct config_route *to;
    unsigned line;
    enum shunt_status status;

    config_document_find(load->document, "routes", i, "path", &line);
    status = add_route(load, i, line);
    if (status) {
        return status;
    }
    to = &load->config->routes[load->config->route_count - 1];
    if (answers_nothing(load, i)) {
        config_refuse(load->report, line,
                      "routes[%u]: expected one of text, file, echo and upgrade, found none", i);
    }
    status = load_answer(load, i, to);
    if (status != SHUNT_ENOMEM) {
        unsigned before = load->report->mistakes;

        status = load_route_settings(load, i, to);
        to->refused = load->report->mistakes > before;
    }
    return status;
}
