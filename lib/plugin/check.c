/* Another minor version than ours is fine, whichever is later (<shunt/abi.h>). */
#include "plugin/check.h"

#include <string.h>
#include <strings.h>

/* A token by RFC 9110 section 5.6.2: what may stand in an Upgrade field, and in a log line. */
static bool is_token(const char *text)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";

    if (!text || !*text) {
        return false;
    }
    for (; *text; text++) {
        bool letter = (*text | 0x20) >= 'a' && (*text | 0x20) <= 'z';
        bool digit = *text >= '0' && *text <= '9';

        if (!letter && !digit && !strchr(marks, *text)) {
            return false;
        }
    }
    return true;
}

static enum shunt_status check_token(struct error *error, const char *what, const char *text)
{
    if (!text) {
        return error_set(error, SHUNT_EINVAL, "expected %s, found none", what);
    }
    return is_token(text) ? SHUNT_OK
                          : error_set(error, SHUNT_EINVAL,
                                      "expected %s to be a token, found \"%.60s\"", what, text);
}

static enum shunt_status check_protocol(struct error *error,
                                        const struct shunt_protocol *const *all, size_t i)
{
    struct shunt_protocol protocol;
    enum shunt_status status = SHUNT_READ(&protocol, all[i], SHUNT_PROTOCOL_BYTES_1_0);

    if (status) {
        return error_set(error, SHUNT_EINVAL,
                         "expected protocol %zu to have %zu bytes or more, found %u", i,
                         SHUNT_PROTOCOL_BYTES_1_0, all[i]->size);
    }
    status = check_token(error, "a protocol's name", protocol.token);
    if (status) {
        return status;
    }
    if (!protocol.open || !protocol.data) {
        return error_set(error, SHUNT_EINVAL, "expected protocol %s to have %s(), found none",
                         protocol.token, protocol.open ? "data" : "open");
    }
    for (size_t j = 0; j < i; j++) {
        if (strcasecmp(all[j]->token, protocol.token) == 0) {
            return error_set(error, SHUNT_EINVAL, "expected each protocol once, found %s again",
                             protocol.token);
        }
    }
    return SHUNT_OK;
}

static enum shunt_status check_service(struct error *error, const struct shunt_service *const *all,
                                       size_t i)
{
    struct shunt_service service;
    enum shunt_status status = SHUNT_READ(&service, all[i], SHUNT_SERVICE_BYTES_1_0);

    if (status) {
        return error_set(error, SHUNT_EINVAL,
                         "expected service %zu to have %zu bytes or more, found %u", i,
                         SHUNT_SERVICE_BYTES_1_0, all[i]->size);
    }
    status = check_token(error, "a service's interface", service.interface);
    if (!status) {
        status = check_token(error, "a service's name", service.name);
    }
    if (!status && !service.table) {
        return error_set(error, SHUNT_EINVAL, "expected service %s to have a table, found none",
                         service.name);
    }
    for (size_t j = 0; !status && j < i; j++) {
        if (strcmp(all[j]->interface, service.interface) == 0 &&
            strcmp(all[j]->name, service.name) == 0) {
            return error_set(error, SHUNT_EINVAL,
                             "expected each service once, found %s of %s again", service.name,
                             service.interface);
        }
    }
    return status;
}

static enum shunt_status check_handler(struct error *error,
                                       const struct shunt_http_handler *const *all, size_t i)
{
    struct shunt_http_handler handler;
    enum shunt_status status = SHUNT_READ(&handler, all[i], SHUNT_HTTP_HANDLER_BYTES_1_1);

    if (status) {
        return error_set(error, SHUNT_EINVAL,
                         "expected handler %zu to have %zu bytes or more, found %u", i,
                         SHUNT_HTTP_HANDLER_BYTES_1_1, all[i]->size);
    }
    status = check_token(error, "a handler's name", handler.name);
    if (!status && !handler.handler) {
        return error_set(error, SHUNT_EINVAL, "expected handler %s to have a function, found none",
                         handler.name);
    }
    for (size_t j = 0; !status && j < i; j++) {
        if (strcmp(all[j]->name, handler.name) == 0) {
            return error_set(error, SHUNT_EINVAL, "expected each handler once, found %s again",
                             handler.name);
        }
    }
    return status;
}

static enum shunt_status check_filter(struct error *error, const struct shunt_filter *const *all,
                                      size_t i)
{
    struct shunt_filter filter;
    enum shunt_status status = SHUNT_READ(&filter, all[i], SHUNT_FILTER_BYTES_1_1);

    if (status) {
        return error_set(error, SHUNT_EINVAL,
                         "expected filter %zu to have %zu bytes or more, found %u", i,
                         SHUNT_FILTER_BYTES_1_1, all[i]->size);
    }
    status = check_token(error, "a filter's name", filter.name);
    if (!status && !filter.before && !filter.after) {
        return error_set(error, SHUNT_EINVAL,
                         "expected filter %s to have before() or after(), found neither",
                         filter.name);
    }
    for (size_t j = 0; !status && j < i; j++) {
        if (strcmp(all[j]->name, filter.name) == 0) {
            return error_set(error, SHUNT_EINVAL, "expected each filter once, found %s again",
                             filter.name);
        }
    }
    return status;
}

static enum shunt_status check_plugin(struct error *error, const struct shunt_plugin *plugin)
{
    enum shunt_status status;

    if (plugin->abi_major != SHUNT_ABI_MAJOR) {
        return error_set(error, SHUNT_EABI, "expected plugin ABI %u.x, found %u.%u",
                         SHUNT_ABI_MAJOR, plugin->abi_major, plugin->abi_minor);
    }
    status = check_token(error, "the plugin's name", plugin->name);
    if (!status) {
        status = check_token(error, "the plugin's version", plugin->version);
    }
    for (size_t i = 0; !status && plugin->protocols && plugin->protocols[i]; i++) {
        status = check_protocol(error, plugin->protocols, i);
    }
    for (size_t i = 0; !status && plugin->services && plugin->services[i]; i++) {
        status = check_service(error, plugin->services, i);
    }
    for (size_t i = 0; !status && plugin->handlers && plugin->handlers[i]; i++) {
        status = check_handler(error, plugin->handlers, i);
    }
    for (size_t i = 0; !status && plugin->filters && plugin->filters[i]; i++) {
        status = check_filter(error, plugin->filters, i);
    }
    return status;
}

enum shunt_status plugin_check(const struct shunt_plugin *given, struct shunt_plugin *plugin,
                               struct error *error)
{
    struct shunt_plugin read;
    enum shunt_status status = SHUNT_READ(&read, given, SHUNT_PLUGIN_BYTES_1_0);

    if (status) {
        return error_set(error, SHUNT_EINVAL,
                         "expected a plugin structure of %zu bytes or more, found %u",
                         SHUNT_PLUGIN_BYTES_1_0, given->size);
    }
    status = check_plugin(error, &read);
    if (!status) {
        *plugin = read;
    }
    return status;
}
