/* A file with mistakes is walked to its end, and its relations are checked with it. */
#include "server/config_load.h"

#include "base/file.h"
#include "server/config_check.h"
#include "server/config_document.h"
#include "server/config_lists.h"
#include "server/config_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (1u << 20) /* of a configuration */

static bool is_refused(const struct config_seen *seen, const char *list)
{
    return seen->unknown ||
           config_seen_refused(seen,
                               (unsigned)(config_key_find(&config_top, list) - config_top.keys));
}

static enum shunt_status folders_resolve(struct config *config)
{
    for (char **folder = config->plugin_path; folder && *folder; folder++) {
        char *path = file_beside(config->file, *folder);

        if (!path) {
            return SHUNT_ENOMEM;
        }
        free(*folder);
        *folder = path;
    }
    return SHUNT_OK;
}

static bool is_stream(const char *path)
{
    static const char *const words[] = {"on", "off", "stderr", "stdout"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(path, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A file of an access log, which may be NULL, from the folder of the configuration. */
static enum shunt_status log_resolve(const struct config *config, char **path)
{
    char *resolved;

    if (!*path || is_stream(*path)) {
        return SHUNT_OK;
    }
    resolved = file_beside(config->file, *path);
    if (!resolved) {
        return SHUNT_ENOMEM;
    }
    free(*path);
    *path = resolved;
    return SHUNT_OK;
}

static enum shunt_status logs_resolve(struct config *config)
{
    enum shunt_status status = log_resolve(config, &config->access_log.path);

    for (size_t i = 0; status == SHUNT_OK && i < config->route_count; i++) {
        status = log_resolve(config, &config->routes[i].access_log);
    }
    return status;
}

/* A file without mistakes has its relations checked when the command line has been applied. */
static enum shunt_status load_document(struct config *config, yaml_document_t *document,
                                       struct error *report)
{
    struct config_lists lists = {config, report};
    struct config_walk walk = {
        .document = document, .report = report, .append = config_lists_append, .arg = &lists};
    struct config_seen seen = {.unknown = false};
    enum shunt_status status = config_walk(&walk, &config_top, config, &seen);

    if (status == SHUNT_OK) {
        status = folders_resolve(config);
    }
    if (status == SHUNT_OK) {
        status = logs_resolve(config);
    }
    if (status != SHUNT_OK) {
        return status;
    }
    config->listeners_refused = is_refused(&seen, "listeners");
    config->plugins_refused = is_refused(&seen, "plugins");
    if (report->count > 0) {
        config_check_relations(config, report);
    }
    return report->count ? SHUNT_EINVAL : SHUNT_OK;
}

static enum shunt_status load_bytes(struct config *config, const char *bytes, size_t len,
                                    struct error *report)
{
    yaml_document_t document;
    enum shunt_status status = config_document_parse(&document, bytes, len, report);

    if (status == SHUNT_OK) {
        status = load_document(config, &document, report);
        yaml_document_delete(&document);
    }
    return status;
}

enum shunt_status config_load(struct config *config, const char *file, struct error *report)
{
    size_t len = 0;
    char *bytes;
    enum shunt_status status;

    report->where = file;
    config_fini(config);
    config_init(config);
    bytes = file_read(file, FILE_BYTES_MAX, &len);
    if (!bytes) {
        status = errno == ENOENT ? SHUNT_ENOTFOUND : errno == ENOMEM ? SHUNT_ENOMEM : SHUNT_EINVAL;
        error_add(report, ERROR_LINE_WHOLE,
                  "expected a readable file of at most %u bytes, found: %s", FILE_BYTES_MAX,
                  strerror(errno));
        return status;
    }
    config->file = strdup(file);
    config->listeners_refused = config->plugins_refused = true; /* until they have been read */
    status = config->file ? load_bytes(config, bytes, len, report) : SHUNT_ENOMEM;
    free(bytes);
    if (status == SHUNT_ENOMEM) {
        error_add(report, ERROR_LINE_WHOLE,
                  "memory: expected room for the configuration, found none");
        config_fini(config);
        config_init(config);
    }
    return status;
}
