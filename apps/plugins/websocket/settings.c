/* Every key, with its default and its bounds; lists are cut into members here. */
#include "settings.h"

#include "origin.h"
#include "subprotocol.h"
#include "token.h"
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_MS_MAX (UINT64_C(24) * 60 * 60 * 1000)
#define LIFE_MS_MAX    (UINT64_C(24) * 24 * 60 * 60 * 1000) /* as long as a timer may run */

#define NUMBER(name, usual, min, max)                                                              \
    {                                                                                              \
#name, offsetof(struct websocket_settings, name), usual, min, max                          \
    }

static const struct {
    const char *key;
    size_t offset; /* of a uint64_t */
    uint64_t usual, min, max;
} numbers[] = {
    NUMBER(message_bytes_max, 1 << 20, 1, UINT64_C(1) << 40),
    NUMBER(streamed_bytes_max, UINT64_C(1) << 40, 1, UINT64_C(1) << 60),
    NUMBER(fragments_max, 65536, 1, UINT64_C(1) << 40),
    NUMBER(compression_level, 1, 1, 9),
    NUMBER(compression_threshold_bytes, 256, 0, UINT64_C(1) << 40),
    NUMBER(compression_context_bytes_max, UINT64_C(64) << 20, 0, UINT64_C(1) << 40),
    NUMBER(server_window_bits, 15, 8, 15),
    NUMBER(client_window_bits, 15, 8, 15),
    NUMBER(close_timeout_ms, 5000, 1, TIMEOUT_MS_MAX),
    NUMBER(stop_timeout_ms, 1000, 1, TIMEOUT_MS_MAX),
    NUMBER(stop_spread_ms, 1000, 0, TIMEOUT_MS_MAX),
    NUMBER(ping_interval_ms, 60000, 0, TIMEOUT_MS_MAX),
    NUMBER(pong_timeout_ms, 30000, 1, TIMEOUT_MS_MAX),
    NUMBER(idle_timeout_ms, 0, 0, TIMEOUT_MS_MAX),
    NUMBER(lifetime_ms, 0, 0, LIFE_MS_MAX),
    NUMBER(lifetime_jitter_percent, 10, 0, 100),
    {"slow_bytes_max", offsetof(struct websocket_settings, slow.bytes_max), 0, 0,
     UINT64_C(1) << 40},
};

static uint64_t *number_at(struct websocket_settings *settings, size_t offset)
{
    return (uint64_t *)(void *)((char *)settings + offset);
}

void websocket_settings_default(struct websocket_settings *settings)
{
    *settings = (struct websocket_settings){.message_bytes_max = 0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        *number_at(settings, numbers[i].offset) = numbers[i].usual;
    }
}

/* ---- lists ---- */

static enum shunt_status list_read(struct websocket_list *list, const char *text)
{
    size_t room = 1, size = strlen(text) + 1;
    struct websocket_list made = {.count = 0};
    struct shunt_span rest;
    char *copy;

    for (const char *at = text; *at; at++) {
        room += *at == ',';
    }
    made.memory = malloc(room * sizeof *made.at + size);
    if (!made.memory) {
        return SHUNT_ENOMEM;
    }
    made.at = made.memory;
    copy = (char *)(made.at + room);
    memcpy(copy, text, size);
    rest = (struct shunt_span){copy, size - 1};
    while (rest.len > 0) {
        struct shunt_span member = websocket_token_cut(&rest);

        if (member.len > 0) {
            made.at[made.count++] = member;
        }
    }
    free(list->memory);
    *list = made;
    return SHUNT_OK;
}

/* `valid` judges a member, `expected` names what it wants. */
static enum shunt_status list_setting(struct websocket_list *list,
                                      const struct shunt_settings *from, const char *key,
                                      bool (*valid)(struct shunt_span member), const char *expected,
                                      char *error, size_t error_size)
{
    const char *text = websocket_host->setting(from, key);
    enum shunt_status status = text ? list_read(list, text) : SHUNT_OK;

    for (size_t i = 0; text && status == SHUNT_OK && i < list->count; i++) {
        if (!valid(list->at[i])) {
            snprintf(error, error_size, "%s: expected %s, found '%.*s'", key, expected,
                     (int)list->at[i].len, list->at[i].at);
            status = SHUNT_EINVAL;
        }
    }
    return status;
}

/* ---- all of them ---- */

/* One of `words`, which ends with NULL, by its place. */
static enum shunt_status word_setting(const struct shunt_settings *from, const char *key,
                                      const char *const *words, const char *expected,
                                      unsigned *place, char *error, size_t error_size)
{
    const char *text = websocket_host->setting(from, key);

    for (unsigned i = 0; text && words[i]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *place = i;
            return SHUNT_OK;
        }
    }
    if (text) {
        snprintf(error, error_size, "%s: expected %s, found '%s'", key, expected, text);
    }
    return text ? SHUNT_EINVAL : SHUNT_OK;
}

static enum shunt_status handshake_read(struct websocket_settings *settings,
                                        const struct shunt_settings *from, char *error,
                                        size_t error_size)
{
    static const char *const orders[] = {"server", "client", NULL};
    static const char *const compressions[] = {"off", "shared", "dedicated", NULL};
    unsigned order = settings->client_order;
    enum shunt_status status;

    status = word_setting(from, "compression", compressions, "off, shared or dedicated",
                          &settings->compression, error, error_size);
    if (status == SHUNT_OK) {
        status = list_setting(&settings->subprotocols, from, "subprotocols", websocket_token_valid,
                              "tokens", error, error_size);
    }
    if (status == SHUNT_OK && settings->subprotocols.count > WEBSOCKET_SUBPROTOCOLS_MAX) {
        snprintf(error, error_size, "subprotocols: expected at most %d, found %zu",
                 WEBSOCKET_SUBPROTOCOLS_MAX, settings->subprotocols.count);
        status = SHUNT_EINVAL;
    }
    if (status == SHUNT_OK) {
        status = word_setting(from, "subprotocol_order", orders, "server or client", &order, error,
                              error_size);
        settings->client_order = order;
    }
    if (status == SHUNT_OK) {
        status = list_setting(&settings->origins, from, "origins", websocket_origin_pattern_valid,
                              "scheme://host, scheme://*.host or null", error, error_size);
    }
    if (status == SHUNT_OK) {
        status = websocket_host->setting_bool(from, "origin_required", &settings->origin_required);
    }
    return status;
}

/* In the order of enum shunt_websocket_slow_policy. */
static enum shunt_status slow_read(struct websocket_settings *settings,
                                   const struct shunt_settings *from, char *error,
                                   size_t error_size)
{
    static const char *const policies[] = {"close", "drop_newest", "drop_oldest", "conflate", NULL};

    return word_setting(from, "slow_policy", policies,
                        "close, drop_newest, drop_oldest or conflate", &settings->slow.policy,
                        error, error_size);
}

enum shunt_status websocket_settings_read(struct websocket_settings *settings,
                                          const struct shunt_settings *from, char *error,
                                          size_t error_size)
{
    enum shunt_status status = SHUNT_OK;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == SHUNT_OK; i++) {
        status =
            websocket_host->setting_number(from, numbers[i].key, numbers[i].min, numbers[i].max,
                                           number_at(settings, numbers[i].offset));
    }
    if (status == SHUNT_OK) {
        status = slow_read(settings, from, error, error_size);
    }
    return status == SHUNT_OK ? handshake_read(settings, from, error, error_size) : status;
}

struct websocket_settings websocket_settings_of_route(const struct websocket_settings *plugin)
{
    struct websocket_settings settings = *plugin;

    settings.subprotocols.memory = settings.origins.memory = NULL;
    return settings;
}

void websocket_settings_fini(struct websocket_settings *settings)
{
    free(settings->subprotocols.memory);
    free(settings->origins.memory);
}
