/* The public calls up to a complete set of settings; prepare.c and run.c go on from there. */
#include "server/server.h"

#include "base/log.h"
#include "base/log_format.h"
#include "exchange/log_format.h"
#include "server/config_address.h"
#include "server/config_check.h"
#include "server/config_filters.h"
#include "server/config_keys.h"
#include "server/config_load.h"
#include "server/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

const char *shunt_version(void)
{
    return SHUNT_VERSION;
}

const char *shunt_server_error(const struct shunt_server *server)
{
    return server->error.text;
}

struct config *server_config(struct shunt_server *server)
{
    return &server->config;
}

void server_notice(struct shunt_server *server, const char *text)
{
    atomic_store(&server->notice, text);
    server_wake(server);
}

/* ---- settings ---- */

enum shunt_status shunt_server_create(struct shunt_server **server)
{
    struct shunt_server *one = calloc(1, sizeof *one);

    if (!one) {
        return SHUNT_ENOMEM;
    }
    one->events = eventfd(0, EFD_CLOEXEC);
    if (one->events < 0) {
        free(one);
        return SHUNT_ESYS;
    }
    one->error = (struct error){.text = one->error_text, .size = sizeof one->error_text};
    one->faults = (struct error){.text = one->faults_text, .size = sizeof one->faults_text};
    one->shared =
        (struct metrics_row){.table = &one->metrics, .shared = true, .cells = one->shared_cells};
    log_format_choose();
    config_init(&one->config);
    *server = one;
    return SHUNT_OK;
}

void shunt_server_destroy(struct shunt_server *server)
{
    if (!server) {
        return;
    }
    server_plugins_fini(&server->plugins);
    free(server->trusted);
    config_fini(&server->config);
    metrics_table_cut(&server->metrics, 0);
    free(server->ports);
    close(server->events);
    free(server);
}

/* What calls have set goes over the file, whose mistakes are kept beside it. */
static enum shunt_status file_adopt(struct shunt_server *server, struct config *loaded)
{
    struct config *now = &server->config;
    enum shunt_status status;

    loaded->workers = server->given.workers ? now->workers : loaded->workers;
    loaded->backend = server->given.backend ? now->backend : loaded->backend;
    loaded->pin = server->given.pin ? now->pin : loaded->pin;
    loaded->tcp = server->given.keep_alive ? now->tcp : loaded->tcp;
    if (server->given.trust) {
        char **trusted = loaded->trusted;

        loaded->trusted = now->trusted;
        loaded->forwarded = now->forwarded;
        now->trusted = trusted; /* goes with the rest of it */
    }
    if (server->given.access_log) {
        struct config_access_log files = loaded->access_log;

        loaded->access_log = now->access_log;
        now->access_log = files; /* config_adopt() frees them */
    }
    status = server_status(server, config_adopt(loaded, now), "configure");
    if (status == SHUNT_OK) {
        config_fini(now);
        *now = *loaded;
        log_level_set(now->log_level);
        error_resume(&server->faults, &server->error);
    }
    return status;
}

/* A file with mistakes is kept as far as it goes, so that the check can find what else is wrong. */
enum shunt_status shunt_server_configure(struct shunt_server *server, const char *file)
{
    struct config loaded;
    enum shunt_status status, adopted = SHUNT_ENOMEM;

    if (server->plugins.opened > 0) {
        return error_set(&server->error, SHUNT_ESTATE,
                         "configure: expected before plugins are loaded, found after it");
    }
    config_init(&loaded);
    error_clear(&server->error);
    status = config_load(&loaded, file, &server->error);
    server->error.where = NULL;
    if (status == SHUNT_OK || status == SHUNT_EINVAL) {
        adopted = file_adopt(server, &loaded);
        status = adopted == SHUNT_OK ? status : adopted;
    }
    if (adopted != SHUNT_OK) {
        config_fini(&loaded);
    }
    return status;
}

/* Keys and values come in pairs, no key twice; `of` names whose they are. */
static enum shunt_status settings_check(struct shunt_server *server, const char *of,
                                        const char *const *settings)
{
    for (size_t i = 0; settings && settings[i]; i += 2) {
        if (!settings[i + 1]) {
            return error_set(&server->error, SHUNT_EINVAL,
                             "%s.settings: expected keys and values in turn, found the key "
                             "\"%.60s\" without a value",
                             of, settings[i]);
        }
        for (size_t k = 0; k < i; k += 2) {
            if (strcmp(settings[k], settings[i]) == 0) {
                return error_set(&server->error, SHUNT_EINVAL,
                                 "%s.settings.%.60s: expected once, found again", of, settings[i]);
            }
        }
    }
    return SHUNT_OK;
}

enum shunt_status shunt_server_listen(struct shunt_server *server, const char *address)
{
    enum shunt_status status =
        address ? config_add_listener(&server->config, address) : SHUNT_EINVAL;

    if (status == SHUNT_EINVAL) {
        return error_set(&server->error, status,
                         "listen: expected " CONFIG_ADDRESS_FORMS ", found %s%.200s%s",
                         address ? "\"" : "", address ? address : "NULL", address ? "\"" : "");
    }
    return server_status(server, status, "listen");
}

enum shunt_status shunt_server_workers(struct shunt_server *server, unsigned workers)
{
    if (workers > CONFIG_WORKERS_MAX) {
        return error_set(&server->error, SHUNT_EINVAL, "workers: expected 0 to %u, found %u",
                         CONFIG_WORKERS_MAX, workers);
    }
    server->config.workers = workers;
    server->given.workers = true;
    return SHUNT_OK;
}

enum shunt_status shunt_server_keep_alive(struct shunt_server *server, unsigned idle_s,
                                          unsigned interval_s, unsigned probes,
                                          unsigned user_timeout_ms)
{
    const struct config_tcp tcp = {idle_s, interval_s, probes, user_timeout_ms};

    enum shunt_status status = config_tcp_set(&server->config, &tcp, &server->error);

    server->given.keep_alive |= status == SHUNT_OK;
    return status;
}

enum shunt_status shunt_server_trust(struct shunt_server *server, const char *const *prefixes,
                                     enum shunt_forwarded field)
{
    enum shunt_status status = config_trust_set(&server->config, prefixes, &server->error);

    if (status == SHUNT_OK) {
        server->config.forwarded = field;
        server->given.trust = true;
    }
    return status == SHUNT_ENOMEM ? server_status(server, status, "trusted") : status;
}

/* Judged here, so that its error is this call's; the check judges a file's. */
static enum shunt_status access_format_check(struct shunt_server *server, const char *text)
{
    struct exchange_log_format *format;
    char error[256] = "no memory";
    enum shunt_status status = exchange_log_format_create(text, &format, error, sizeof error);

    if (status != SHUNT_OK) {
        return error_set(&server->error, status, "access log: format: %s", error);
    }
    exchange_log_format_destroy(format);
    return SHUNT_OK;
}

enum shunt_status shunt_server_access_log(struct shunt_server *server,
                                          const struct shunt_access_log *log)
{
    static const uint64_t bytes_min = 65536, bytes_max = 1 << 30;
    struct shunt_access_log read;
    enum shunt_status status = SHUNT_OK;

    if (SHUNT_READ(&read, log, SHUNT_ACCESS_LOG_BYTES_1_1) != SHUNT_OK) {
        return error_set(&server->error, SHUNT_EINVAL,
                         "access log: expected a structure of %zu bytes or more, found %u; set its "
                         "`size`",
                         SHUNT_ACCESS_LOG_BYTES_1_1, log->size);
    }
    if (read.buffer_bytes && (read.buffer_bytes < bytes_min || read.buffer_bytes > bytes_max)) {
        return error_set(&server->error, SHUNT_EINVAL,
                         "access log: buffer_bytes: expected 0, or 65536 to 1073741824, found %llu",
                         (unsigned long long)read.buffer_bytes);
    }
    if (read.format) {
        status = access_format_check(server, read.format);
    }
    if (status == SHUNT_OK) {
        status = server_status(
            server, config_access_log_set(&server->config, read.path, read.format), "access log");
    }
    if (status == SHUNT_OK) {
        struct config_access_log *to = &server->config.access_log;

        to->flush_ms = read.flush_ms ? read.flush_ms : to->flush_ms;
        to->buffer_bytes = read.buffer_bytes ? read.buffer_bytes : to->buffer_bytes;
        server->given.access_log = true;
    }
    return status;
}

/* The value of `text` among the three words of a key; `what` names the call in the error. */
static enum shunt_status word_read(struct shunt_server *server, const char *what, const char *key,
                                   const char *text, int *value)
{
    const struct config_word *words = config_key_find(&config_top, key)->words;

    for (const struct config_word *word = words; word->text; word++) {
        if (strcmp(word->text, text) == 0) {
            *value = word->value;
            return SHUNT_OK;
        }
    }
    return error_set(&server->error, SHUNT_EINVAL, "%s: expected %s, %s or %s, found \"%.60s\"",
                     what, words[0].text, words[1].text, words[2].text, text);
}

enum shunt_status shunt_server_backend(struct shunt_server *server, const char *backend)
{
    int value = server->config.backend;
    enum shunt_status status = word_read(server, "back end", "backend", backend, &value);

    server->config.backend = (enum io_backend)value;
    server->given.backend = status == SHUNT_OK;
    return status;
}

enum shunt_status shunt_server_pin(struct shunt_server *server, const char *pin)
{
    int value = server->config.pin;
    enum shunt_status status = word_read(server, "pin", "pin", pin, &value);

    server->config.pin = (enum config_pin)value;
    server->given.pin = status == SHUNT_OK;
    return status;
}

static enum shunt_status filter_add(struct shunt_server *server, struct config_filters *filters,
                                    const struct shunt_filter *filter)
{
    enum shunt_status status = config_filters_add(filters, filter, &server->error);

    return status == SHUNT_ENOMEM ? server_status(server, status, "filter") : status;
}

enum shunt_status shunt_server_filter(struct shunt_server *server,
                                      const struct shunt_filter *filter)
{
    return filter_add(server, &server->config.filters, filter);
}

/* Those of the last route. */
static enum shunt_status route_filters(struct shunt_server *server,
                                       const struct shunt_filter *const *filters)
{
    struct config_route *route = &server->config.routes[server->config.route_count - 1];
    enum shunt_status status = SHUNT_OK;

    for (; filters && *filters && status == SHUNT_OK; filters++) {
        status = filter_add(server, &route->filters, *filters);
    }
    return status;
}

/* Everything that can be judged of a route alone. */
enum shunt_status shunt_server_route(struct shunt_server *server, const struct shunt_route *route)
{
    struct shunt_route read;
    enum shunt_status status;

    if (SHUNT_READ(&read, route, SHUNT_ROUTE_BYTES_1_0) != SHUNT_OK) {
        return error_set(&server->error, SHUNT_EINVAL,
                         "route: expected a structure of %zu bytes or more, found %u; set its "
                         "`size`",
                         SHUNT_ROUTE_BYTES_1_0, route->size);
    }
    if (!read.path || read.path[0] != '/') {
        return error_set(&server->error, SHUNT_EINVAL,
                         "route.path: expected an absolute path such as /ws, found \"%.200s\"",
                         read.path ? read.path : "");
    }
    if (read.handler && read.handler_name) {
        return error_set(&server->error, SHUNT_EINVAL,
                         "route.handler_name: expected none beside a handler, found \"%.100s\"",
                         read.handler_name);
    }
    status = settings_check(server, "route", read.settings);
    if (status == SHUNT_OK) {
        status = server_status(server, config_add_route(&server->config, &read), "route");
    }
    if (status != SHUNT_OK) {
        return status;
    }
    error_clear(&server->error);
    status = config_check_last_route(&server->config, &server->error);
    if (status == SHUNT_OK) {
        status = route_filters(server, read.filters);
    }
    if (status != SHUNT_OK) {
        config_drop_last_route(&server->config);
    }
    return status;
}

enum shunt_status shunt_server_plugin_add(struct shunt_server *server,
                                          const struct shunt_plugin *plugin,
                                          const char *const *settings)
{
    enum shunt_status status = settings_check(server, "plugin", settings);

    return status == SHUNT_OK
               ? server_plugins_add(&server->plugins, plugin, settings, &server->error)
               : status;
}

enum shunt_status server_plugin_name(struct shunt_server *server, const char *name_or_file,
                                     const char *const *settings)
{
    enum shunt_status status = settings_check(server, "plugin", settings);

    if (status != SHUNT_OK) {
        return status;
    }
    if (!name_or_file || !*name_or_file) {
        return error_set(&server->error, SHUNT_EINVAL,
                         "plugin.name: expected a name or a file, found nothing");
    }
    return server_status(server, config_add_plugin(&server->config, name_or_file, settings),
                         "plugin");
}

enum shunt_status shunt_server_plugin_load(struct shunt_server *server, const char *name_or_file,
                                           const char *const *settings)
{
    enum shunt_status status = server_plugin_name(server, name_or_file, settings);

    if (status != SHUNT_OK) {
        return status;
    }
    error_clear(&server->error);
    server->error.where = server->config.file;
    status = server_plugins_open(&server->plugins, &server->config, &server->error);
    server->error.where = NULL;
    return status;
}
