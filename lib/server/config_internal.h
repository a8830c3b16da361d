/* Shared by the files that read, explain and judge a configuration; nobody else includes it. */
#ifndef SERVER_CONFIG_INTERNAL_H
#define SERVER_CONFIG_INTERNAL_H

#include "server/config.h"
#include "server/config_address.h"
#include "server/config_report.h"

#include <cyaml/cyaml.h>
#include <limits.h>
#include <yaml.h>

/* Sentences that loading and checking share; each takes an index and what was found. */
#define CONFIG_ADDRESS_REFUSED                                                                     \
    "listeners[%zu].address: expected " CONFIG_ADDRESS_FORMS ", found \"%.200s\""
#define CONFIG_PATH_REFUSED                                                                        \
    "routes[%zu].path: expected an absolute path such as /ws, found \"%.200s\""

/* ---- config_schema.c: what a file may say ---- */

/*
 * Every number of the sections: section, key, member of struct config, least, most. Numbers are
 * text until config_load.c has read them, because cyaml knows no units and no range.
 */
#define CONFIG_MS_MAX 2147483647u /* the reach of the timer wheel */
#define CONFIG_LIMITS(X)                                                                           \
    X(limits, head_bytes_max, limits.http.head_bytes_max, 512, 1048576)                            \
    X(limits, target_bytes_max, limits.http.target_bytes_max, 16, 1048576)                         \
    X(limits, fields_max, limits.http.fields_max, 1, HTTP_FIELDS_MAX)                              \
    X(limits, body_bytes_max, limits.body_bytes_max, 0, 1073741824)                                \
    X(limits, response_bytes_max, limits.response_bytes_max, 0, 1073741824)                        \
    X(limits, memory_bytes_max, limits.memory_bytes_max, 1048576, 1099511627776)                   \
    X(limits, connections_max, limits.connections_max, 1, 16000000)                                \
    X(limits, queue_bytes_max, limits.queue_bytes_max, 4096, 1073741824)                           \
    X(limits, queue_high_bytes, limits.queue_high_bytes, 2, 1073741824)                            \
    X(limits, queue_low_bytes, limits.queue_low_bytes, 1, 1073741824)                              \
    X(limits, unsent_bytes, limits.unsent_bytes, 4096, 1073741824)                                 \
    X(limits, pending_upgrades_max, limits.pending_upgrades_max, 1, 16000000)                      \
    X(limits, offers_max, limits.offers_max, 1, 1000)                                              \
    X(limits, mailbox_max, limits.mailbox_max, 1, 16777216)                                        \
    X(limits, receive_buffers, limits.receive_buffers, 2, 32768)                                   \
    X(limits, receive_buffer_bytes, limits.receive_buffer_bytes, 256, 1048576)                     \
    X(limits, requests_max, limits.requests_max, 0, 4294967295)                                    \
    X(limits, log_lines_max, limits.log_lines_max, 8, 65536)
#define CONFIG_TIMEOUTS(X)                                                                         \
    X(timeouts, head_ms, timeouts.head_ms, 1, CONFIG_MS_MAX)                                       \
    X(timeouts, body_ms, timeouts.body_ms, 1, CONFIG_MS_MAX)                                       \
    X(timeouts, keep_alive_ms, timeouts.keep_alive_ms, 1, CONFIG_MS_MAX)                           \
    X(timeouts, write_ms, timeouts.write_ms, 1, CONFIG_MS_MAX)                                     \
    X(timeouts, upgrade_ms, timeouts.upgrade_ms, 1, CONFIG_MS_MAX)                                 \
    X(timeouts, close_ms, timeouts.close_ms, 1, CONFIG_MS_MAX)                                     \
    X(timeouts, stop_close_ms, timeouts.stop_close_ms, 1, CONFIG_MS_MAX)                           \
    X(timeouts, drain_ms, timeouts.drain_ms, 1, CONFIG_MS_MAX)                                     \
    X(timeouts, park_ms, timeouts.park_ms, 1, CONFIG_MS_MAX)                                       \
    X(timeouts, log_ms, timeouts.log_ms, 1, CONFIG_MS_MAX)

#define CONFIG_TCP(X)                                                                              \
    X(tcp, keep_alive_idle_s, tcp.keep_alive_idle_s, 0, 32767)                                     \
    X(tcp, keep_alive_interval_s, tcp.keep_alive_interval_s, 1, 32767)                             \
    X(tcp, keep_alive_probes, tcp.keep_alive_probes, 1, 127)                                       \
    X(tcp, user_timeout_ms, tcp.user_timeout_ms, 0, CONFIG_MS_MAX)

/* A file as cyaml hands it over: all owned by cyaml; what the file does not say is NULL or false.
 */
struct yaml_listener {
    char *address, *backlog;
};
struct yaml_plugin {
    char *name;
};
struct yaml_route {
    char *path, *service, *text, *file, *content_type;
    char **upgrade;
    unsigned upgrade_count;
    bool upgrade_required, echo;
};
struct yaml_config {
    struct yaml_listener *listeners;
    struct yaml_plugin *plugins;
    struct yaml_route *routes;
    char **plugin_path;
    unsigned listeners_count, plugins_count, routes_count, plugin_path_count;
    char *workers, *defer_accept_s;
    enum io_backend *backend;
    enum config_pin *pin;
    enum shunt_log_level *log_level;
    bool strict_early_bytes;
#define TEXT_MEMBER(section, key, member, min, max) char *key;
    struct yaml_limits {
        CONFIG_LIMITS(TEXT_MEMBER)
    } limits;
    struct yaml_timeouts {
        CONFIG_TIMEOUTS(TEXT_MEMBER)
    } timeouts;
    struct yaml_tcp {
        CONFIG_TCP(TEXT_MEMBER)
    } tcp;
#undef TEXT_MEMBER
};

/* Of struct yaml_config. To cyaml every key is optional, so that it loads what is left of a file
 * with mistakes: what is not there, or was refused, is NULL. */
extern const cyaml_schema_value_t config_schema;
/* A mapping must have this one of its fields. */
bool config_schema_needs(const cyaml_schema_field_t *field);

/* ---- config_document.c: the same file with its lines ---- */

/* A file as it is, and the part of it that has the shape of config_schema. Nodes borrow from it. */
struct config_document {
    yaml_document_t yaml;
    char *accepted; /* without what the report has; entries of lists keep their numbers */
    size_t accepted_len;
};

/*
 * Parse `len` bytes and hold them against config_schema; the report says what is wrong, and where.
 * SHUNT_OK: there is something to go on with, whatever the report has. SHUNT_EINVAL, SHUNT_ENOMEM.
 */
enum shunt_status config_document_open(struct config_document *document, const char *bytes,
                                       size_t len, struct config_report *report);
void config_document_close(struct config_document *document);
/* The value of `key` in entry `index` of the list `list`; in the section `list` itself when index
 * is negative; at the top when list is NULL. NULL: not there. *line becomes the key's line, else
 * the nearest one above it that exists. */
const yaml_node_t *config_document_find(struct config_document *document, const char *list,
                                        long index, const char *key, unsigned *line);
/* ---- config_shape.c: what is held against the schema ---- */

/* Make document->accepted of what fits; all else goes into the report. Statuses as above. */
enum shunt_status config_document_accept(struct config_document *document,
                                         struct config_report *report);
/* Append the free keys of a `settings` mapping (NULL: nothing to append). `where` names the mapping
 * in errors. */
enum shunt_status config_document_settings(struct config_document *document,
                                           const yaml_node_t *node, const char *where,
                                           struct plugin_settings *settings,
                                           struct config_report *report);

/* ---- config_check.c ---- */

/* Relations, as config_check() has them, but for what the command line may add. */
void config_check_relations(const struct config *config, struct config_report *report);

/* ---- config_load.c ---- */

/* A load in progress: `yaml` and `document` are the same file, `config` is what becomes of it. */
struct config_load {
    struct config *config;
    const struct yaml_config *yaml;
    struct config_document *document;
    struct config_report *report;
};

/* Says so in the report. Always SHUNT_ENOMEM. */
enum shunt_status config_no_memory(const struct config_load *load);
/* Where the file says `key` of its sections; 0: nowhere; CONFIG_LINE_REFUSED: the report has it,
 * and nothing follows from its value. */
#define CONFIG_LINE_REFUSED UINT_MAX
unsigned config_number_line(const struct config *config, const char *key);
/* The whole of a regular file with a NUL behind it, malloc'ed; NULL: errno says why. */
char *config_file_read(const char *file, size_t bytes_max, size_t *len);
/* `text` as a number in [min, max]; NULL leaves *value alone. Errors name WHERE KEY and `line`. */
enum shunt_status config_number_read(const struct config_load *load, const char *where,
                                     const char *key, unsigned line, const char *text, uint64_t min,
                                     uint64_t max, uint64_t *value);

/* ---- config_lists.c: append entry `i` of the file to the configuration ---- */

enum shunt_status config_load_plugin_path(const struct config_load *load);
enum shunt_status config_load_listener(const struct config_load *load, unsigned i);
enum shunt_status config_load_plugin(const struct config_load *load, unsigned i);
enum shunt_status config_load_route(const struct config_load *load, unsigned i);

#endif
