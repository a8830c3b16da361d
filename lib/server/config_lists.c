/*
 * An entry whose address, name or path was refused is there too, with an empty one, so that the
 * rest of it and the entries behind it are judged under their own numbers.
 */
#include "server/config_lists.h"

#include "base/file.h"
#include "server/config_address.h"
#include "server/config_filters.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The line of a key, or of the entry that lacks it. */
static unsigned line_of(const struct config_entry *entry, unsigned key)
{
    return entry->seen.line[key] ? entry->seen.line[key] : entry->line;
}

static bool has(const struct config_entry *entry, unsigned key)
{
    return entry->seen.line[key] != 0;
}

/* `made` in place of *text. */
static void replace(char **text, char *made)
{
    free(*text);
    *text = made;
}

static enum shunt_status append_listener(const struct config_lists *lists,
                                         const struct config_entry *entry)
{
    struct config_listener *one = entry->value;

    replace(&one->address, one->address ? config_address_copy(one->address) : strdup(""));
    one->line = line_of(entry, CONFIG_LISTENER_ADDRESS);
    return config_append_listener(lists->config, one);
}

/* A name with a '/' is a file. */
static enum shunt_status append_plugin(const struct config_lists *lists,
                                       const struct config_entry *entry)
{
    struct config_plugin *one = entry->value;

    if (!one->name) {
        one->name = strdup("");
    } else if (strchr(one->name, '/')) {
        replace(&one->name, file_beside(lists->config->file, one->name));
    }
    one->line = line_of(entry, CONFIG_PLUGIN_NAME);
    one->settings.file = lists->config->file;
    one->refused = entry->seen.unknown || entry->seen.refused;
    return config_append_plugin(lists->config, one);
}

/* It goes to the route that it stands in, or to those for all. */
static enum shunt_status append_filter(const struct config_lists *lists,
                                       const struct config_entry *entry)
{
    struct config_filter *one = entry->value;
    void *to = (char *)entry->structure + entry->list->offset;

    one->name = one->name ? one->name : strdup("");
    one->line = line_of(entry, CONFIG_FILTER_NAME);
    one->settings.file = lists->config->file;
    one->refused = entry->seen.unknown || entry->seen.refused;
    return config_filters_append(to, one);
}

/* ---- routes ---- */

static enum shunt_status read_file(const struct config_lists *lists,
                                   const struct config_entry *entry, struct config_route_entry *one)
{
    uint64_t most = lists->config->limits.response_bytes_max;
    char *file = file_beside(lists->config->file, one->file);

    if (!file) {
        return SHUNT_ENOMEM;
    }
    one->route.text = file_read(file, most, &one->route.text_len);
    free(file);
    if (!one->route.text && errno == ENOMEM) {
        return SHUNT_ENOMEM;
    }
    if (!one->route.text) {
        error_add(lists->report, line_of(entry, CONFIG_ROUTE_FILE),
                  "routes[%zu].file: expected a readable file of at most %" PRIu64
                  " bytes, found \"%.200s\": %s",
                  entry->number, most, one->file, strerror(errno));
    }
    return SHUNT_OK;
}

/* A relative one is meant from the configuration's folder. */
static enum shunt_status read_folder(const struct config_lists *lists,
                                     const struct config_entry *entry, struct config_folder *folder)
{
    folder->line = line_of(entry, CONFIG_ROUTE_FOLDER);
    for (unsigned key = CONFIG_ROUTE_FOLDER_INDEX; key <= CONFIG_ROUTE_FOLDER_PRECOMPRESSED;
         key++) {
        if (has(entry, key) && !has(entry, CONFIG_ROUTE_FOLDER)) {
            error_add(lists->report, line_of(entry, key),
                      "routes[%zu].%s: expected with a folder, found without", entry->number,
                      config_route.keys[key].name);
        }
    }
    if (folder->path) {
        replace(&folder->path, file_beside(lists->config->file, folder->path));
        return folder->path ? SHUNT_OK : SHUNT_ENOMEM;
    }
    return SHUNT_OK;
}

/* Its parameters are those of the path, where that was read. */
static void check_redirect(const struct config_lists *lists, const struct config_entry *entry,
                           const struct config_route *route)
{
    const char *expected = NULL;

    if (route->redirect.target && *route->path) {
        expected = exchange_redirect_expected(route->redirect.target, route->path);
    } else if (has(entry, CONFIG_ROUTE_REDIRECT_STATUS) && !has(entry, CONFIG_ROUTE_REDIRECT)) {
        error_add(lists->report, line_of(entry, CONFIG_ROUTE_REDIRECT_STATUS),
                  "routes[%zu].redirect_status: expected with a redirect, found without",
                  entry->number);
    }
    if (expected) {
        error_add(lists->report, line_of(entry, CONFIG_ROUTE_REDIRECT),
                  "routes[%zu].redirect: expected %s, found \"%.200s\"", entry->number, expected,
                  route->redirect.target);
    }
}

/* What answers a plain request: text, the content of a file, a folder, an echo, the metrics, a
 * plugin's handler; one at most. */
static enum shunt_status read_answer(const struct config_lists *lists,
                                     const struct config_entry *entry,
                                     struct config_route_entry *one)
{
    struct config_route *route = &one->route;

    if (!!route->text + !!one->file + !!route->folder.path + !!route->redirect.target +
            route->echo + route->metrics + !!route->handler_name >
        1) {
        error_add(lists->report,
                  line_of(entry, one->file                ? CONFIG_ROUTE_FILE
                                 : route->folder.path     ? CONFIG_ROUTE_FOLDER
                                 : route->redirect.target ? CONFIG_ROUTE_REDIRECT
                                 : route->text            ? CONFIG_ROUTE_TEXT
                                 : route->echo            ? CONFIG_ROUTE_ECHO
                                                          : CONFIG_ROUTE_METRICS),
                  "routes[%zu].%s: expected one of text, file, folder, redirect, echo, metrics and "
                  "handler, found more",
                  entry->number,
                  one->file                ? "file"
                  : route->folder.path     ? "folder"
                  : route->redirect.target ? "redirect"
                  : route->text            ? "text"
                  : route->echo            ? "echo"
                                           : "metrics");
        replace(&route->text, NULL);
        replace(&route->handler_name, NULL);
        replace(&route->folder.path, NULL);
        replace(&route->redirect.target, NULL);
        route->echo = route->metrics = false;
        return SHUNT_OK;
    }
    route->text_len = route->text ? strlen(route->text) : 0;
    check_redirect(lists, entry, route);
    return one->file ? read_file(lists, entry, one) : read_folder(lists, entry, &route->folder);
}

/* `service` is short for a setting. */
static enum shunt_status read_service(const struct config_lists *lists,
                                      const struct config_entry *entry,
                                      struct config_route_entry *one)
{
    unsigned line = line_of(entry, CONFIG_ROUTE_SERVICE);
    enum shunt_status status = SHUNT_OK;

    if (one->service) {
        status = plugin_settings_add(&one->route.settings, "service", one->service, line);
    }
    if (status == SHUNT_EINVAL) {
        error_add(lists->report, line, "routes[%zu].service: expected once, found also in settings",
                  entry->number);
        one->route.refused = true;
    }
    return status == SHUNT_ENOMEM ? status : SHUNT_OK;
}

/* `method` is a list of one; metrics and folders are for GET. */
static enum shunt_status read_methods(const struct config_lists *lists,
                                      const struct config_entry *entry,
                                      struct config_route_entry *one)
{
    struct config_route *route = &one->route;
    bool refused = config_seen_refused(&entry->seen, CONFIG_ROUTE_METHODS);

    route->unclear = entry->seen.unknown || refused ||
                     config_seen_refused(&entry->seen, CONFIG_ROUTE_HOST) ||
                     config_seen_refused(&entry->seen, CONFIG_ROUTE_METHOD);
    if (has(entry, CONFIG_ROUTE_METHOD) && has(entry, CONFIG_ROUTE_METHODS)) {
        error_add(lists->report, line_of(entry, CONFIG_ROUTE_METHODS),
                  "routes[%zu].methods: expected one of method and methods, found both",
                  entry->number);
        route->unclear = true;
    } else if (route->methods && !route->methods[0] && !refused) {
        error_add(lists->report, line_of(entry, CONFIG_ROUTE_METHODS),
                  "routes[%zu].methods: expected one or more, found none", entry->number);
        route->unclear = true;
    } else if (one->method || ((route->metrics || route->folder.path) && !route->methods)) {
        route->methods = calloc(2, sizeof *route->methods);
        if (!route->methods) {
            return SHUNT_ENOMEM;
        }
        route->methods[0] = one->method ? one->method : strdup("GET");
        one->method = NULL;
        return route->methods[0] ? SHUNT_OK : SHUNT_ENOMEM;
    }
    return SHUNT_OK;
}

/* A key that is not known may be meant for an answer, and one that was refused is. */
static bool answers_nothing(const struct config_entry *entry, const struct config_route *route)
{
    return !entry->seen.unknown && !has(entry, CONFIG_ROUTE_TEXT) &&
           !has(entry, CONFIG_ROUTE_FILE) && !has(entry, CONFIG_ROUTE_FOLDER) && !route->echo &&
           !config_seen_refused(&entry->seen, CONFIG_ROUTE_ECHO) && !route->metrics &&
           !config_seen_refused(&entry->seen, CONFIG_ROUTE_METRICS) &&
           !has(entry, CONFIG_ROUTE_HANDLER) && !has(entry, CONFIG_ROUTE_REDIRECT) &&
           !route->upgrade && !config_seen_refused(&entry->seen, CONFIG_ROUTE_UPGRADE);
}

static enum shunt_status read_route(const struct config_lists *lists,
                                    const struct config_entry *entry,
                                    struct config_route_entry *one)
{
    struct config_route *route = &one->route;
    enum shunt_status status;

    route->line = line_of(entry, CONFIG_ROUTE_PATH);
    route->handler_line = line_of(entry, CONFIG_ROUTE_HANDLER);
    route->settings.file = lists->config->file;
    route->refused = entry->seen.unknown ||
                     config_seen_refused(&entry->seen, CONFIG_ROUTE_SETTINGS) ||
                     config_seen_refused(&entry->seen, CONFIG_ROUTE_SERVICE);
    if (!route->path) {
        route->path = strdup("");
    }
    if (route->upgrade && !route->upgrade[0]) {
        free(route->upgrade);
        route->upgrade = NULL;
    }
    if (!route->upgrade && config_seen_refused(&entry->seen, CONFIG_ROUTE_UPGRADE)) {
        route->upgrade_required = false; /* the sentence about it would only follow */
    }
    if (answers_nothing(entry, route)) {
        error_add(lists->report, route->line,
                  "routes[%zu]: expected one of text, file, folder, redirect, echo, metrics, "
                  "handler and upgrade, found none",
                  entry->number);
    }
    status = read_methods(lists, entry, one);
    if (status == SHUNT_OK) {
        status = read_answer(lists, entry, one);
    }
    return status == SHUNT_OK ? read_service(lists, entry, one) : status;
}

static enum shunt_status append_route(const struct config_lists *lists,
                                      const struct config_entry *entry)
{
    struct config_route_entry *one = entry->value;
    enum shunt_status status = read_route(lists, entry, one);
    enum shunt_status appended = config_append_route(lists->config, &one->route);

    free(one->method);
    free(one->service);
    free(one->file);
    return status == SHUNT_OK ? appended : status;
}

enum shunt_status config_lists_append(void *arg, struct config_entry *entry)
{
    if (entry->list->mapping == &config_listener) {
        return append_listener(arg, entry);
    }
    if (entry->list->mapping == &config_filter) {
        return append_filter(arg, entry);
    }
    return entry->list->mapping == &config_plugin ? append_plugin(arg, entry)
                                                  : append_route(arg, entry);
}
