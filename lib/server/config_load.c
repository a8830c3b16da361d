/*
 * From a file to a configuration: libyaml says whether the document has the right shape and where
 * everything stands (config_document.c), cyaml loads it (config_schema.c), and here and in
 * config_lists.c text becomes numbers, files become bodies and free keys become settings.
 */
#include "server/config_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (1u << 20) /* of a configuration */

struct number {
    const char *section, *key;
    size_t text_offset;  /* in struct yaml_config: a char * */
    size_t value_offset; /* in struct config */
    size_t value_bytes;
    uint64_t min, max;
};

#define NUMBER(section, key, member, min, max)                                                     \
    {#section,                                                                                     \
     #key,                                                                                         \
     offsetof(struct yaml_config, section.key),                                                    \
     offsetof(struct config, member),                                                              \
     sizeof(((struct config *)NULL)->member),                                                      \
     (min),                                                                                        \
     (max)},
static const struct number numbers[] = {CONFIG_LIMITS(NUMBER) CONFIG_TIMEOUTS(NUMBER)
                                            CONFIG_TCP(NUMBER)};
#undef NUMBER

_Static_assert(sizeof numbers / sizeof *numbers <=
                   sizeof((struct config *)NULL)->number_lines / sizeof(unsigned),
               "a line for each number");

unsigned config_number_line(const struct config *config, const char *key)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(numbers[i].key, key) == 0) {
            return config->number_lines[i];
        }
    }
    return 0;
}

enum shunt_status config_no_memory(const struct config_load *load)
{
    config_refuse(load->report, CONFIG_LINE_WHOLE,
                  "memory: expected room for the configuration, found none");
    return SHUNT_ENOMEM;
}

char *config_file_read(const char *file, size_t bytes_max, size_t *len)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;
    char *bytes = NULL;
    size_t got = 0;
    ssize_t n = 1;

    if (fd < 0) {
        return NULL;
    }
    if (fstat(fd, &about) == 0) {
        errno = S_ISDIR(about.st_mode) ? EISDIR : !S_ISREG(about.st_mode) ? EINVAL : 0;
        errno = !errno && (uint64_t)about.st_size > bytes_max ? EFBIG : errno;
        bytes = errno ? NULL : malloc((size_t)about.st_size + 1);
    }
    while (bytes && n > 0 && got < (size_t)about.st_size) {
        n = read(fd, bytes + got, (size_t)about.st_size - got);
        got += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        free(bytes);
        bytes = NULL;
    }
    if (bytes) {
        bytes[got] = '\0';
        *len = got;
    }
    close(fd);
    return bytes;
}

enum shunt_status config_number_read(const struct config_load *load, const char *where,
                                     const char *key, unsigned line, const char *text, uint64_t min,
                                     uint64_t max, uint64_t *value)
{
    uint64_t number;

    if (!text) {
        return SHUNT_OK;
    }
    if (plugin_number_parse(key, text, &number) || number < min || number > max) {
        return config_refuse(load->report, line,
                             "%s%s: expected a whole number from %" PRIu64 " to %" PRIu64
                             ", found \"%.60s\"",
                             where, key, min, max, text);
    }
    *value = number;
    return SHUNT_OK;
}

static void load_numbers(const struct config_load *load)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const struct number *n = &numbers[i];
        const char *text = *(char *const *)((const char *)load->yaml + n->text_offset);
        char *member = (char *)load->config + n->value_offset;
        char where[32];
        uint64_t value = 0;
        unsigned line;

        if (!config_document_find(load->document, n->section, -1, n->key, &line)) {
            continue;
        }
        snprintf(where, sizeof where, "%s.", n->section);
        load->config->number_lines[i] = CONFIG_LINE_REFUSED;
        if (!text || config_number_read(load, where, n->key, line, text, n->min, n->max, &value)) {
            continue;
        }
        load->config->number_lines[i] = line;
        if (n->value_bytes == sizeof(uint64_t)) {
            *(uint64_t *)member = value;
        } else {
            *(uint32_t *)member = (uint32_t)value;
        }
    }
}

static void load_workers(const struct config_load *load)
{
    const char *text = load->yaml->workers;
    uint64_t workers = 0;
    unsigned line;

    if (!text || strcmp(text, "auto") == 0) {
        return;
    }
    config_document_find(load->document, NULL, -1, "workers", &line);
    if (plugin_number_parse("workers", text, &workers) || workers < 1 ||
        workers > CONFIG_WORKERS_MAX) {
        config_refuse(load->report, line,
                      "workers: expected auto or a whole number from 1 to %u, found \"%.60s\"",
                      CONFIG_WORKERS_MAX, text);
        return;
    }
    load->config->workers = (unsigned)workers;
}

static void load_top(const struct config_load *load)
{
    const struct yaml_config *yaml = load->yaml;
    struct config *config = load->config;
    uint64_t defer_accept_s = config->defer_accept_s;
    unsigned line;

    config_document_find(load->document, NULL, -1, "defer_accept_s", &line);
    if (config_number_read(load, "", "defer_accept_s", line, yaml->defer_accept_s, 0, 3600,
                           &defer_accept_s) == SHUNT_OK) {
        config->defer_accept_s = (uint32_t)defer_accept_s;
    }
    load_workers(load);
    config->backend = yaml->backend ? *yaml->backend : config->backend;
    config->pin = yaml->pin ? *yaml->pin : config->pin;
    config->log_level = yaml->log_level ? *yaml->log_level : config->log_level;
    config->strict_early_bytes = yaml->strict_early_bytes;
}

/* Each entry of a list, whatever the one before it came to. Only SHUNT_ENOMEM ends it. */
static enum shunt_status load_list(const struct config_load *load, unsigned count,
                                   enum shunt_status (*entry)(const struct config_load *load,
                                                              unsigned i))
{
    for (unsigned i = 0; i < count && load->report->mistakes <= CONFIG_MISTAKES_MAX; i++) {
        enum shunt_status status = entry(load, i);

        if (status == SHUNT_ENOMEM) {
            return status;
        }
    }
    return SHUNT_OK;
}

static enum shunt_status load_lists(const struct config_load *load)
{
    const struct yaml_config *yaml = load->yaml;
    enum shunt_status status = config_load_plugin_path(load);

    if (status != SHUNT_ENOMEM) {
        status = load_list(load, yaml->listeners_count, config_load_listener);
    }
    if (status != SHUNT_ENOMEM) {
        status = load_list(load, yaml->plugins_count, config_load_plugin);
    }
    if (status != SHUNT_ENOMEM) {
        status = load_list(load, yaml->routes_count, config_load_route);
    }
    return status;
}

/* A file without mistakes has its relations checked when the command line has been applied. */
static enum shunt_status load_all(const struct config_load *load)
{
    enum shunt_status status;

    unsigned line;
    const yaml_node_t *plugins = config_document_find(load->document, "plugins", -1, NULL, &line);

    load->config->plugins_refused = plugins && plugins->type != YAML_SEQUENCE_NODE;
    load_top(load);
    load_numbers(load);
    status = load_lists(load);
    if (status == SHUNT_ENOMEM || load->report->mistakes == 0) {
        return status;
    }
    config_check_relations(load->config, load->report);
    return SHUNT_EINVAL;
}

/* libyaml has just written what was accepted: only memory can have failed it now. */
static bool is_memory(cyaml_err_t result)
{
    return result == CYAML_ERR_OOM || result == CYAML_ERR_LIBYAML_PARSER ||
           result == CYAML_ERR_LIBYAML_PARSER_INIT;
}

static enum shunt_status load_bytes(struct config *config, const char *bytes, size_t len,
                                    struct config_report *report)
{
    static const cyaml_config_t cyaml = {.mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};
    struct config_document document = {.accepted = NULL};
    struct yaml_config *yaml = NULL;
    struct config_load load = {config, NULL, &document, report};
    enum shunt_status status = config_document_open(&document, bytes, len, report);
    cyaml_err_t result;

    if (status) {
        return status;
    }
    result = cyaml_load_data((const uint8_t *)document.accepted, document.accepted_len, &cyaml,
                             &config_schema, (cyaml_data_t **)&yaml, NULL);
    if (result == CYAML_OK) {
        load.yaml = yaml;
        status = load_all(&load);
        cyaml_free(&cyaml, &config_schema, yaml, 0);
    } else if (is_memory(result)) {
        status = config_no_memory(&load);
    } else {
        status = config_refuse(report, 1, "document: expected what libcyaml can load, found: %s",
                               cyaml_strerror(result));
    }
    config_document_close(&document);
    return status;
}

enum shunt_status config_load(struct config *config, const char *file, struct config_report *report)
{
    size_t len = 0;
    char *bytes;
    enum shunt_status status;

    report->file = file;
    config_fini(config);
    config_init(config);
    bytes = config_file_read(file, FILE_BYTES_MAX, &len);
    if (!bytes) {
        status = errno == ENOENT ? SHUNT_ENOTFOUND : errno == ENOMEM ? SHUNT_ENOMEM : SHUNT_EINVAL;
        config_refuse(report, CONFIG_LINE_WHOLE,
                      "expected a readable file of at most %u bytes, found: %s", FILE_BYTES_MAX,
                      strerror(errno));
        return status;
    }
    config->file = strdup(file);
    config->plugins_refused = true; /* until the list has been read */
    status = config->file ? load_bytes(config, bytes, len, report) : SHUNT_ENOMEM;
    free(bytes);
    if (status == SHUNT_ENOMEM) {
        config_refuse(report, CONFIG_LINE_WHOLE,
                      "memory: expected room for the configuration, found none");
        config_fini(config);
        config_init(config);
    }
    return status;
}
