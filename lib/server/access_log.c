#include "server/access_log.h"

#include "server/access_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- which paths there are ---- */

static unsigned path_find(const struct access_paths *paths, const char *path)
{
    for (unsigned i = 0; i < paths->count; i++) {
        if (strcmp(paths->paths[i], path) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static bool has_path(const char *setting)
{
    return setting && strcmp(setting, "off") != 0 && strcmp(setting, "on") != 0;
}

enum shunt_status access_log_paths(const struct config *config, struct access_paths *paths,
                                   size_t *route)
{
    *paths = (struct access_paths){.server_wide = config->access_log.path != NULL};
    if (paths->server_wide) {
        paths->paths[paths->count++] = config->access_log.path;
    }
    for (size_t i = 0; i < config->route_count; i++) {
        const char *setting = config->routes[i].access_log;

        if (!has_path(setting) || path_find(paths, setting) > 0) {
            continue;
        }
        if (paths->count == ACCESS_OUTPUTS_MAX) {
            if (route) {
                *route = i;
            }
            return SHUNT_EFULL;
        }
        paths->paths[paths->count++] = setting;
    }
    return SHUNT_OK;
}

unsigned access_log_number(const struct access_paths *paths, const char *setting)
{
    if (has_path(setting)) {
        return path_find(paths, setting);
    }
    return paths->server_wide && (!setting || strcmp(setting, "off") != 0);
}

/* ---- open and close ---- */

static void destroy(struct access_log *log)
{
    for (unsigned i = 0; i < log->count; i++) {
        struct access_destination *one = &log->destinations[i];

        access_output_close(&one->output);
        for (unsigned w = 0; one->spools && w < log->workers; w++) {
            spool_destroy(one->spools[w]);
        }
        free(one->spools);
    }
    if (log->event >= 0) {
        close(log->event);
    }
    exchange_log_format_destroy(log->format);
    free(log);
}

static enum shunt_status destination_open(struct access_log *log, const char *path,
                                          struct error *error)
{
    struct access_destination *one = &log->destinations[log->count++];

    one->output = (struct access_output){.path = path, .file = LOG_OUTPUT_CLOSED};
    one->spools = calloc(log->workers, sizeof(struct spool *));
    for (unsigned w = 0; w < log->workers; w++) {
        if (!one->spools || spool_create(log->buffer_bytes, &one->spools[w]) != SHUNT_OK) {
            return error_set(error, SHUNT_ENOMEM, "access log: no memory");
        }
    }
    if (access_output_open(&one->output) != SHUNT_OK) {
        return error_set(error, SHUNT_ESYS,
                         "access_log: expected a file that can be written, found \"%.200s\": %s",
                         path, strerror(errno));
    }
    return SHUNT_OK;
}

static enum shunt_status open_all(struct access_log *log, const struct config *config,
                                  const struct access_paths *paths, struct error *error)
{
    char text[256];
    enum shunt_status status = exchange_log_format_create(config_access_log_format(config),
                                                          &log->format, text, sizeof text);

    if (status != SHUNT_OK) {
        return error_set(error, status, "access_log.format: %s",
                         status == SHUNT_EINVAL ? text : "no memory");
    }
    log->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (log->event < 0) {
        return error_set(error, SHUNT_ESYS, "access log: %s", strerror(errno));
    }
    for (unsigned i = 0; i < paths->count && status == SHUNT_OK; i++) {
        status = destination_open(log, paths->paths[i], error);
    }
    if (status == SHUNT_OK && access_writer_start(log) != SHUNT_OK) {
        return error_set(error, SHUNT_ESYS, "access log: cannot start a thread: %s",
                         strerror(errno));
    }
    return status;
}

enum shunt_status access_log_open(const struct config *config, unsigned workers,
                                  struct access_log **log, struct error *error)
{
    struct access_paths paths;
    struct access_log *made;
    enum shunt_status status = access_log_paths(config, &paths, NULL);

    *log = NULL;
    if (status != SHUNT_OK || paths.count == 0) {
        return status;
    }
    made = calloc(1, sizeof *made);
    if (!made) {
        return error_set(error, SHUNT_ENOMEM, "access log: no memory");
    }
    made->event = -1;
    made->server_wide = paths.server_wide;
    made->workers = workers;
    made->buffer_bytes = (size_t)config->access_log.buffer_bytes;
    made->flush_ms = config->access_log.flush_ms;
    status = open_all(made, config, &paths, error);
    if (status != SHUNT_OK) {
        destroy(made);
        return status;
    }
    *log = made;
    return SHUNT_OK;
}

void access_log_close(struct access_log *log, uint32_t wait_ms)
{
    if (log) {
        log->stop_ms = wait_ms;
        atomic_store(&log->stop, true);
        access_writer_join(log);
        destroy(log);
    }
}

void access_log_reopen(struct access_log *log)
{
    if (log) {
        atomic_store(&log->reopen, true);
        access_writer_wake(log);
    }
}
