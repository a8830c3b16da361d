/* Another minor version than ours is fine, whichever is later (<shunt/abi.h>). */
#include "plugin/check.h"

#include "plugin/refusal.h"

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

static enum shunt_status check_token(const struct plugin_refusal *refusal, const char *what,
                                     const char *text)
{
    if (!text) {
        return plugin_refuse(refusal, "expected %s, found none", what);
    }
    return is_token(text)
               ? SHUNT_OK
               : plugin_refuse(refusal, "expected %s to be a token, found \"%.60s\"", what, text);
}

static enum shunt_status check_protocol(const struct plugin_refusal *refusal,
                                        const struct shunt_protocol *const *all, size_t i)
{
    struct shunt_protocol protocol;
    enum shunt_status status = SHUNT_READ(&protocol, all[i], SHUNT_PROTOCOL_BYTES_1_0);

    if (status) {
        return plugin_refuse(refusal, "expected protocol %zu to have %zu bytes or more, found %u",
                             i, SHUNT_PROTOCOL_BYTES_1_0, all[i]->size);
    }
    status = check_token(refusal, "a protocol's name", protocol.token);
    if (status) {
        return status;
    }
    if (!protocol.open || !protocol.data) {
        return plugin_refuse(refusal, "expected protocol %s to have %s(), found none",
                             protocol.token, protocol.open ? "data" : "open");
    }
    for (size_t j = 0; j < i; j++) {
        if (strcasecmp(all[j]->token, protocol.token) == 0) {
            return plugin_refuse(refusal, "expected each protocol once, found %s again",
                                 protocol.token);
        }
    }
    return SHUNT_OK;
}

static enum shunt_status check_service(const struct plugin_refusal *refusal,
                                       const struct shunt_service *const *all, size_t i)
{
    struct shunt_service service;
    enum shunt_status status = SHUNT_READ(&service, all[i], SHUNT_SERVICE_BYTES_1_0);

    if (status) {
        return plugin_refuse(refusal, "expected service %zu to have %zu bytes or more, found %u", i,
                             SHUNT_SERVICE_BYTES_1_0, all[i]->size);
    }
    status = check_token(refusal, "a service's interface", service.interface);
    if (!status) {
        status = check_token(refusal, "a service's name", service.name);
    }
    if (!status && !service.table) {
        return plugin_refuse(refusal, "expected service %s to have a table, found none",
                             service.name);
    }
    for (size_t j = 0; !status && j < i; j++) {
        if (strcmp(all[j]->interface, service.interface) == 0 &&
            strcmp(all[j]->name, service.name) == 0) {
            return plugin_refuse(refusal, "expected each service once, found %s of %s again",
                                 service.name, service.interface);
        }
    }
    return status;
}

static enum shunt_status check_plugin(const struct plugin_refusal *refusal,
                                      const struct shunt_plugin *plugin)
{
    enum shunt_status status;

    if (plugin->abi_major != SHUNT_ABI_MAJOR) {
        plugin_refuse(refusal, "expected plugin ABI %u.x, found %u.%u", SHUNT_ABI_MAJOR,
                      plugin->abi_major, plugin->abi_minor);
        return SHUNT_EABI;
    }
    status = check_token(refusal, "the plugin's name", plugin->name);
    if (!status) {
        status = check_token(refusal, "the plugin's version", plugin->version);
    }
    for (size_t i = 0; !status && plugin->protocols && plugin->protocols[i]; i++) {
        status = check_protocol(refusal, plugin->protocols, i);
    }
    for (size_t i = 0; !status && plugin->services && plugin->services[i]; i++) {
        status = check_service(refusal, plugin->services, i);
    }
    return status;
}

enum shunt_status plugin_check(const struct shunt_plugin *given, const char *where,
                               struct shunt_plugin *plugin, char *error, size_t error_size)
{
    struct plugin_refusal refusal = {where, error, error_size};
    struct shunt_plugin read;
    enum shunt_status status = SHUNT_READ(&read, given, SHUNT_PLUGIN_BYTES_1_0);

    if (status) {
        return plugin_refuse(&refusal, "expected a plugin structure of %zu bytes or more, found %u",
                             SHUNT_PLUGIN_BYTES_1_0, given->size);
    }
    status = check_plugin(&refusal, &read);
    if (!status) {
        *plugin = read;
    }
    return status;
}
