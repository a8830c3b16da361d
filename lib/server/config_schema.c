/*
 * What a configuration file may say. One table serves twice: cyaml loads the values by it, and
 * config_document.c holds the document against it for errors that name line, key and expectation,
 * which cyaml's log does not give in one sentence.
 */
#include "server/config_internal.h"

#define OPTIONAL_TEXT(structure, member)                                                           \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_OPTIONAL, structure, member, 0, CYAML_UNLIMITED)
#define OPTIONAL_BOOL(structure, member)                                                           \
    CYAML_FIELD_BOOL(#member, CYAML_FLAG_OPTIONAL, structure, member)
#define OPTIONAL_LIST(structure, member, entry)                                                    \
    CYAML_FIELD_SEQUENCE(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member,     \
                         entry, 0, CYAML_UNLIMITED)
#define OPTIONAL_WORD(structure, member, words)                                                    \
    CYAML_FIELD_ENUM_PTR(#member, CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, structure, member,      \
                         words, CYAML_ARRAY_LEN(words))

static const cyaml_strval_t backend_words[] = {
    {"auto", IO_AUTO}, {"uring", IO_URING}, {"epoll", IO_EPOLL}};
static const cyaml_strval_t pin_words[] = {
    {"auto", CONFIG_PIN_AUTO}, {"on", CONFIG_PIN_ON}, {"off", CONFIG_PIN_OFF}};
static const cyaml_strval_t level_words[] = {{"error", SHUNT_LOG_ERROR},
                                             {"warning", SHUNT_LOG_WARNING},
                                             {"info", SHUNT_LOG_INFO},
                                             {"debug", SHUNT_LOG_DEBUG}};

static const cyaml_schema_value_t text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED)};

static const cyaml_schema_field_t listener_fields[] = {OPTIONAL_TEXT(struct yaml_listener, address),
                                                       OPTIONAL_TEXT(struct yaml_listener, backlog),
                                                       CYAML_FIELD_END};
static const cyaml_schema_value_t listener_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_listener, listener_fields)};

/* cyaml cannot map free keys: config_document_settings() reads them. */
static const cyaml_schema_field_t plugin_fields[] = {
    OPTIONAL_TEXT(struct yaml_plugin, name), CYAML_FIELD_IGNORE("settings", CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_END};
static const cyaml_schema_value_t plugin_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_plugin, plugin_fields)};

static const cyaml_schema_field_t route_fields[] = {
    OPTIONAL_TEXT(struct yaml_route, path),
    OPTIONAL_LIST(struct yaml_route, upgrade, &text_schema),
    OPTIONAL_BOOL(struct yaml_route, upgrade_required),
    OPTIONAL_TEXT(struct yaml_route, service),
    CYAML_FIELD_IGNORE("settings", CYAML_FLAG_OPTIONAL),
    OPTIONAL_TEXT(struct yaml_route, text),
    OPTIONAL_TEXT(struct yaml_route, file),
    OPTIONAL_TEXT(struct yaml_route, content_type),
    OPTIONAL_BOOL(struct yaml_route, echo),
    CYAML_FIELD_END};
static const cyaml_schema_value_t route_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_route, route_fields)};

#define LIMIT_FIELD(section, key, member, min, max)   OPTIONAL_TEXT(struct yaml_limits, key),
#define TIMEOUT_FIELD(section, key, member, min, max) OPTIONAL_TEXT(struct yaml_timeouts, key),
static const cyaml_schema_field_t limit_fields[] = {CONFIG_LIMITS(LIMIT_FIELD) CYAML_FIELD_END};
static const cyaml_schema_field_t timeout_fields[] = {CONFIG_TIMEOUTS(TIMEOUT_FIELD)
                                                          CYAML_FIELD_END};
#define TCP_FIELD(section, key, member, min, max) OPTIONAL_TEXT(struct yaml_tcp, key),
static const cyaml_schema_field_t tcp_fields[] = {CONFIG_TCP(TCP_FIELD) CYAML_FIELD_END};

static const cyaml_schema_field_t top_fields[] = {
    OPTIONAL_LIST(struct yaml_config, listeners, &listener_schema),
    OPTIONAL_TEXT(struct yaml_config, workers),
    OPTIONAL_WORD(struct yaml_config, backend, backend_words),
    OPTIONAL_WORD(struct yaml_config, pin, pin_words),
    OPTIONAL_WORD(struct yaml_config, log_level, level_words),
    OPTIONAL_LIST(struct yaml_config, plugin_path, &text_schema),
    OPTIONAL_LIST(struct yaml_config, plugins, &plugin_schema),
    OPTIONAL_LIST(struct yaml_config, routes, &route_schema),
    OPTIONAL_BOOL(struct yaml_config, strict_early_bytes),
    OPTIONAL_TEXT(struct yaml_config, defer_accept_s),
    CYAML_FIELD_MAPPING("limits", CYAML_FLAG_OPTIONAL, struct yaml_config, limits, limit_fields),
    CYAML_FIELD_MAPPING("timeouts", CYAML_FLAG_OPTIONAL, struct yaml_config, timeouts,
                        timeout_fields),
    CYAML_FIELD_MAPPING("tcp", CYAML_FLAG_OPTIONAL, struct yaml_config, tcp, tcp_fields),
    CYAML_FIELD_END};

const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_config, top_fields)};

bool config_schema_needs(const cyaml_schema_field_t *field)
{
    return field == &listener_fields[0] || field == &plugin_fields[0] || field == &route_fields[0];
}
