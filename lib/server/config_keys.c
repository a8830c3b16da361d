#include "server/config_keys.h"

#include "conn/prefixes.h"
#include "exchange/host.h"
#include "exchange/methods.h"
#include "server/config_address.h"

#include <string.h>

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

/* A key that is stored in a member; what follows are designators. */
#define KEY(name, kind, structure, member, ...)                                                    \
    {                                                                                              \
        name, kind, .offset = offsetof(struct structure, member),                                  \
                    .bytes = sizeof(((struct structure *)NULL)->member), __VA_ARGS__               \
    }
#define NUMBER(name, structure, member, lowest, highest, initial)                                  \
    KEY(name, CONFIG_NUMBER, structure, member, .least = (lowest), .most = (highest),              \
        .value = (initial))
#define ROUTE(name, kind, member) KEY(name, kind, config_route_entry, member, .needed = false)
#define COUNT(items)              (sizeof(items) / sizeof *(items))
#define MAPPING(keys)                                                                              \
    {                                                                                              \
        keys, COUNT(keys)                                                                          \
    }

static const char *expected_address(const char *text)
{
    return config_address_valid(text) ? NULL : CONFIG_ADDRESS_FORMS;
}

static const char *expected_plugin(const char *text)
{
    return *text ? NULL : "a name or a file";
}

static const char *expected_filter(const char *text)
{
    return *text ? NULL : "the name of a filter";
}

static const char *expected_handler(const char *text)
{
    return *text ? NULL : "the name of a plugin's handler";
}

static const char *expected_folder(const char *text)
{
    return *text ? NULL : "a folder";
}

static const char *expected_path(const char *text)
{
    return *text == '/' ? NULL : "an absolute path such as /ws";
}

static const char *expected_log(const char *text)
{
    bool is_word = strcmp(text, "on") == 0 || strcmp(text, "off") == 0; /* those are a route's */

    return *text && !is_word ? NULL : "stderr, stdout or a file";
}

static const char *expected_route_log(const char *text)
{
    return *text ? NULL : "on, off, stderr, stdout or a file";
}

static const struct config_key listener_keys[] = {
    [CONFIG_LISTENER_ADDRESS] = KEY("address", CONFIG_TEXT, config_listener, address,
                                    .needed = true, .expected = expected_address),
    [CONFIG_LISTENER_BACKLOG] = NUMBER("backlog", config_listener, backlog, 1, MIB, CONFIG_BACKLOG),
};
const struct config_mapping config_listener = MAPPING(listener_keys);

static const struct config_key plugin_keys[] = {
    [CONFIG_PLUGIN_NAME] =
        KEY("name", CONFIG_TEXT, config_plugin, name, .needed = true, .expected = expected_plugin),
    [CONFIG_PLUGIN_SETTINGS] =
        KEY("settings", CONFIG_SETTINGS, config_plugin, settings, .needed = false),
};
const struct config_mapping config_plugin = MAPPING(plugin_keys);

static const struct config_key filter_keys[] = {
    [CONFIG_FILTER_NAME] =
        KEY("name", CONFIG_TEXT, config_filter, name, .needed = true, .expected = expected_filter),
    [CONFIG_FILTER_SETTINGS] =
        KEY("settings", CONFIG_SETTINGS, config_filter, settings, .lists = true),
};
const struct config_mapping config_filter = MAPPING(filter_keys);

/* A list within a structure whose member it becomes. */
#define FILTERS(structure, member)                                                                 \
    {                                                                                              \
        "filters", CONFIG_LIST, .offset = offsetof(struct structure, member),                      \
                                .bytes = sizeof(struct config_filter), .mapping = &config_filter   \
    }

static const struct config_key route_keys[] = {
    [CONFIG_ROUTE_PATH] = KEY("path", CONFIG_TEXT, config_route_entry, route.path, .needed = true,
                              .expected = expected_path),
    [CONFIG_ROUTE_HOST] = KEY("host", CONFIG_TEXT, config_route_entry, route.host,
                              .expected = exchange_host_expected),
    [CONFIG_ROUTE_METHOD] = KEY("method", CONFIG_TEXT, config_route_entry, method,
                                .expected = exchange_method_expected),
    [CONFIG_ROUTE_METHODS] = KEY("methods", CONFIG_TEXTS, config_route_entry, route.methods,
                                 .expected = exchange_method_expected),
    [CONFIG_ROUTE_UPGRADE] = ROUTE("upgrade", CONFIG_TEXTS, route.upgrade),
    [CONFIG_ROUTE_UPGRADE_REQUIRED] =
        ROUTE("upgrade_required", CONFIG_BOOL, route.upgrade_required),
    [CONFIG_ROUTE_SERVICE] = ROUTE("service", CONFIG_TEXT, service),
    [CONFIG_ROUTE_SETTINGS] = ROUTE("settings", CONFIG_SETTINGS, route.settings),
    [CONFIG_ROUTE_TEXT] = ROUTE("text", CONFIG_TEXT, route.text),
    [CONFIG_ROUTE_FILE] = ROUTE("file", CONFIG_TEXT, file),
    [CONFIG_ROUTE_FOLDER] = KEY("folder", CONFIG_TEXT, config_route_entry, route.folder.path,
                                .expected = expected_folder),
    [CONFIG_ROUTE_FOLDER_INDEX] = ROUTE("folder_index", CONFIG_TEXTS, route.folder.index),
    [CONFIG_ROUTE_FOLDER_TYPES] = ROUTE("folder_types", CONFIG_SETTINGS, route.folder.types),
    [CONFIG_ROUTE_FOLDER_CACHE_CONTROL] =
        ROUTE("folder_cache_control", CONFIG_TEXT, route.folder.cache_control),
    [CONFIG_ROUTE_FOLDER_DOT_FILES] =
        ROUTE("folder_dot_files", CONFIG_BOOL, route.folder.dot_files),
    [CONFIG_ROUTE_FOLDER_SYMLINKS] = ROUTE("folder_symlinks", CONFIG_BOOL, route.folder.symlinks),
    [CONFIG_ROUTE_FOLDER_PRECOMPRESSED] =
        ROUTE("folder_precompressed", CONFIG_BOOL, route.folder.precompressed),
    [CONFIG_ROUTE_CONTENT_TYPE] = KEY("content_type", CONFIG_TEXT, config_route_entry,
                                      route.content_type, .text = CONFIG_CONTENT_TYPE),
    [CONFIG_ROUTE_ECHO] = ROUTE("echo", CONFIG_BOOL, route.echo),
    [CONFIG_ROUTE_METRICS] = ROUTE("metrics", CONFIG_BOOL, route.metrics),
    [CONFIG_ROUTE_BODY_BYTES_MAX] =
        NUMBER("body_bytes_max", config_route_entry, route.body_bytes_max, 1, 1024 * 1024 * GIB, 0),
    [CONFIG_ROUTE_HANDLER] = KEY("handler", CONFIG_TEXT, config_route_entry, route.handler_name,
                                 .expected = expected_handler),
    [CONFIG_ROUTE_FILTERS] = FILTERS(config_route_entry, route.filters),
    [CONFIG_ROUTE_REDIRECT] = ROUTE("redirect", CONFIG_TEXT, route.redirect.target),
    [CONFIG_ROUTE_REDIRECT_STATUS] =
        KEY("redirect_status", CONFIG_WORD, config_route_entry, route.redirect.status, .value = 308,
            .words = {{"301", 301}, {"302", 302}, {"303", 303}, {"307", 307}, {"308", 308}}),
    [CONFIG_ROUTE_ACCESS_LOG] = KEY("access_log", CONFIG_TEXT, config_route_entry, route.access_log,
                                    .expected = expected_route_log),
};
const struct config_mapping config_route = MAPPING(route_keys);

#define LIMIT(name, least, most, value) NUMBER(#name, config, limits.name, least, most, value)
static const struct config_key limit_keys[] = {
    NUMBER("head_bytes_max", config, limits.http.head_bytes_max, 512, MIB, 16 * KIB),
    NUMBER("target_bytes_max", config, limits.http.target_bytes_max, 16, MIB, 8 * KIB),
    NUMBER("fields_max", config, limits.http.fields_max, 1, HTTP_FIELDS_MAX, 100),
    LIMIT(body_bytes_max, 0, GIB, MIB),
    LIMIT(response_bytes_max, 0, GIB, 16 * MIB),
    LIMIT(memory_bytes_max, MIB, 1024 * GIB, 256 * MIB),
    LIMIT(connections_max, 1, 16000000, 1000000),
    LIMIT(peer_connections_max, 0, 16000000, 0),
    LIMIT(peer_ipv4_prefix, 0, 32, 32),
    LIMIT(peer_ipv6_prefix, 0, 128, 64),
    LIMIT(queue_bytes_max, 4 * KIB, GIB, 4 * MIB),
    LIMIT(queue_high_bytes, 2, GIB, 256 * KIB),
    LIMIT(queue_low_bytes, 1, GIB, 64 * KIB),
    LIMIT(unsent_bytes, 4 * KIB, GIB, 128 * KIB),
    LIMIT(pending_upgrades_max, 1, 16000000, 10000),
    LIMIT(pending_answers_max, 1, 16000000, 10000),
    LIMIT(offers_max, 1, 1000, 16),
    LIMIT(open_files_max, 1, MIB, 512),
    LIMIT(mailbox_max, 1, 16 * MIB, 64 * KIB),
    LIMIT(worker_timers_max, 1, 16 * MIB, 64 * KIB),
    LIMIT(watches_max, 1, 16 * MIB, 64 * KIB),
    LIMIT(receive_buffers, 2, 32 * KIB, 1024),
    LIMIT(receive_buffer_bytes, 256, MIB, 4 * KIB),
    LIMIT(requests_max, 0, UINT32_MAX, 0),
    LIMIT(log_lines_max, 8, 64 * KIB, 256),
};
const struct config_mapping config_limits = MAPPING(limit_keys);

#define TIMEOUT(name, value) NUMBER(#name, config, timeouts.name, 1, CONFIG_MS_MAX, value)
static const struct config_key timeout_keys[] = {
    TIMEOUT(head_ms, 10000),  TIMEOUT(body_ms, 30000),      TIMEOUT(keep_alive_ms, 60000),
    TIMEOUT(write_ms, 30000), TIMEOUT(upgrade_ms, 10000),   TIMEOUT(answer_ms, 30000),
    TIMEOUT(close_ms, 5000),  TIMEOUT(stop_close_ms, 1000), TIMEOUT(drain_ms, 10000),
    TIMEOUT(park_ms, 1000),   TIMEOUT(log_ms, 1000),        TIMEOUT(open_file_ms, 1000),
};
static const struct config_mapping config_timeouts = MAPPING(timeout_keys);

#define TCP(name, least, most, value) NUMBER(#name, config, tcp.name, least, most, value)
static const struct config_key tcp_keys[] = {
    TCP(keep_alive_idle_s, 0, 32767, 120),
    TCP(keep_alive_interval_s, 1, 32767, 15),
    TCP(keep_alive_probes, 1, 127, 4),
    TCP(user_timeout_ms, 0, CONFIG_MS_MAX, 180000),
};
const struct config_mapping config_tcp = MAPPING(tcp_keys);

#define ACCESS_LOG(name, kind, ...) KEY(#name, kind, config, access_log.name, __VA_ARGS__)
static const struct config_key access_log_keys[] = {
    [CONFIG_ACCESS_LOG_PATH] = ACCESS_LOG(path, CONFIG_TEXT, .expected = expected_log),
    [CONFIG_ACCESS_LOG_FORMAT_KEY] =
        ACCESS_LOG(format, CONFIG_TEXT, .text = CONFIG_ACCESS_LOG_FORMAT),
    ACCESS_LOG(flush_ms, CONFIG_NUMBER, .least = 1, .most = CONFIG_MS_MAX, .value = 1000),
    ACCESS_LOG(buffer_bytes, CONFIG_NUMBER, .least = 64 * KIB, .most = GIB, .value = 4 * MIB),
};
const struct config_mapping config_access_log = MAPPING(access_log_keys);

#define LIST(name, entries, entry)                                                                 \
    {                                                                                              \
        name, CONFIG_LIST, .bytes = sizeof(struct entry), .mapping = &(entries)                    \
    }
static const struct config_key top_keys[] = {
    LIST("listeners", config_listener, config_listener),
    KEY("workers", CONFIG_WORKERS, config, workers, .least = 1, .most = CONFIG_WORKERS_MAX),
    KEY("backend", CONFIG_WORD, config, backend, .value = IO_AUTO,
        .words = {{"auto", IO_AUTO}, {"uring", IO_URING}, {"epoll", IO_EPOLL}}),
    KEY("pin", CONFIG_WORD, config, pin, .value = CONFIG_PIN_AUTO,
        .words = {{"auto", CONFIG_PIN_AUTO}, {"on", CONFIG_PIN_ON}, {"off", CONFIG_PIN_OFF}}),
    KEY("log_level", CONFIG_WORD, config, log_level, .value = SHUNT_LOG_INFO,
        .words = {{"error", SHUNT_LOG_ERROR},
                  {"warning", SHUNT_LOG_WARNING},
                  {"info", SHUNT_LOG_INFO},
                  {"debug", SHUNT_LOG_DEBUG}}),
    KEY("plugin_path", CONFIG_TEXTS, config, plugin_path, .expected = expected_folder),
    LIST("plugins", config_plugin, config_plugin),
    KEY("trusted", CONFIG_TEXTS, config, trusted, .expected = conn_prefix_expected),
    KEY("forwarded", CONFIG_WORD, config, forwarded, .value = SHUNT_X_FORWARDED_FOR,
        .words = {{"x_forwarded_for", SHUNT_X_FORWARDED_FOR}, {"forwarded", SHUNT_FORWARDED}}),
    FILTERS(config, filters),
    LIST("routes", config_route, config_route_entry),
    KEY("strict_early_bytes", CONFIG_BOOL, config, strict_early_bytes, .value = false),
    NUMBER("defer_accept_s", config, defer_accept_s, 0, 3600, 0),
    {.name = "limits",
     .kind = CONFIG_SECTION,
     .mapping = &config_limits,
     .seen = offsetof(struct config, limits_seen)},
    {.name = "access_log",
     .kind = CONFIG_SECTION,
     .mapping = &config_access_log,
     .seen = offsetof(struct config, access_log_seen)},
    {.name = "timeouts", .kind = CONFIG_SECTION, .mapping = &config_timeouts},
    {.name = "tcp", .kind = CONFIG_SECTION, .mapping = &config_tcp},
};
const struct config_mapping config_top = MAPPING(top_keys);

_Static_assert(COUNT(top_keys) <= CONFIG_SEEN_MAX && COUNT(limit_keys) <= CONFIG_SEEN_MAX &&
                   COUNT(timeout_keys) <= CONFIG_SEEN_MAX && COUNT(route_keys) <= CONFIG_SEEN_MAX,
               "a line for each key");

const struct config_key *config_key_find(const struct config_mapping *mapping, const char *name)
{
    for (size_t i = 0; i < mapping->count; i++) {
        if (strcmp(mapping->keys[i].name, name) == 0) {
            return &mapping->keys[i];
        }
    }
    return NULL;
}

uint64_t config_key_number(const struct config_key *key, const void *structure)
{
    const void *at = (const char *)structure + key->offset;

    return key->bytes == sizeof(uint64_t) ? *(const uint64_t *)at : *(const uint32_t *)at;
}

void config_key_set_number(const struct config_key *key, void *structure, uint64_t value)
{
    void *at = (char *)structure + key->offset;

    if (key->bytes == sizeof(uint64_t)) {
        *(uint64_t *)at = value;
    } else {
        *(uint32_t *)at = (uint32_t)value;
    }
}

void config_keys_default(const struct config_mapping *mapping, void *structure)
{
    for (size_t i = 0; i < mapping->count; i++) {
        const struct config_key *key = &mapping->keys[i];

        if (key->kind == CONFIG_NUMBER || key->kind == CONFIG_WORD) {
            config_key_set_number(key, structure, key->value);
        } else if (key->kind == CONFIG_SECTION) {
            config_keys_default(key->mapping, structure);
        }
    }
}

unsigned config_limit_line(const struct config *config, const char *name)
{
    const struct config_key *key = config_key_find(&config_limits, name);

    return key ? config->limits_seen.line[key - limit_keys] : 0;
}

bool config_limit_refused(const struct config *config, const char *name)
{
    const struct config_key *key = config_key_find(&config_limits, name);

    return key && config_seen_refused(&config->limits_seen, (unsigned)(key - limit_keys));
}
