/*
 * Settings of a plugin or a route. Few of them, asked for rarely: a plain array, searched from its
 * front. What was never asked for is remembered, because a mistyped key is else silently ignored.
 */
#include "plugin/settings.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum shunt_status plugin_settings_add(struct plugin_settings *settings, const char *key,
                                      const char *value, unsigned line)
{
    struct plugin_setting *items;

    for (size_t i = 0; i < settings->count; i++) {
        if (strcmp(settings->items[i].key, key) == 0) {
            return SHUNT_EINVAL;
        }
    }
    items = realloc(settings->items, (settings->count + 1) * sizeof *items);
    if (!items) {
        return SHUNT_ENOMEM;
    }
    settings->items = items;
    items += settings->count;
    *items = (struct plugin_setting){.key = strdup(key), .value = strdup(value), .line = line};
    if (!items->key || !items->value) {
        free(items->key);
        free(items->value);
        return SHUNT_ENOMEM;
    }
    settings->count++;
    return SHUNT_OK;
}

void plugin_settings_fini(struct plugin_settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->items[i].key);
        free(settings->items[i].value);
    }
    free(settings->items);
    *settings = (struct plugin_settings){0};
}

/* Workers ask for a route's settings at the same time, and all write the same `true`. */
static void mark_used(struct plugin_setting *item)
{
    if (!__atomic_load_n(&item->used, __ATOMIC_RELAXED)) {
        __atomic_store_n(&item->used, true, __ATOMIC_RELAXED);
    }
}

const struct plugin_setting *plugin_settings_unused(const struct plugin_settings *settings,
                                                    const struct plugin_setting *after)
{
    for (size_t i = after ? (size_t)(after - settings->items) + 1 : 0; i < settings->count; i++) {
        if (!__atomic_load_n(&settings->items[i].used, __ATOMIC_RELAXED)) {
            return &settings->items[i];
        }
    }
    return NULL;
}

static void note_asked(struct plugin_asked *asked, const char *key)
{
    size_t len = strlen(asked->keys), key_len = strlen(key);

    for (const char *at = asked->keys; (at = strstr(at, key)) != NULL; at += key_len) {
        bool starts = at == asked->keys || at[-1] == ' ';

        if (starts && (at[key_len] == ',' || !at[key_len])) {
            return;
        }
    }
    if (len + key_len + sizeof ", " <= sizeof asked->keys) {
        snprintf(asked->keys + len, sizeof asked->keys - len, "%s%s", len ? ", " : "", key);
    }
}

static const struct plugin_setting *find(const struct plugin_settings *settings, const char *key)
{
    if (settings->asked) {
        note_asked(settings->asked, key);
    }
    for (size_t i = 0; i < settings->count; i++) {
        if (strcmp(settings->items[i].key, key) == 0) {
            mark_used(&settings->items[i]);
            return &settings->items[i];
        }
    }
    return NULL;
}

const char *plugin_setting_get(const struct shunt_settings *settings, const char *key)
{
    const struct plugin_setting *item = find((const struct plugin_settings *)settings, key);

    return item ? item->value : NULL;
}

enum shunt_status plugin_number_parse(const char *key, const char *value, uint64_t *number)
{
    static const char units[] = "KMG";
    const char *unit, *at = value;
    uint64_t n = 0;

    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, (uint64_t)(*at - '0'), &n)) {
            return SHUNT_EINVAL;
        }
    }
    if (at == value) {
        return SHUNT_EINVAL;
    }
    if (*at && strstr(key, "bytes") && (unit = strchr(units, *at))) {
        if (__builtin_mul_overflow(n, (uint64_t)1 << (10 * (unit - units + 1)), &n)) {
            return SHUNT_EINVAL;
        }
        at++;
    }
    if (*at) {
        return SHUNT_EINVAL;
    }
    *number = n;
    return SHUNT_OK;
}

/* One sentence in the form that the configuration's own errors have. */
static void complain(const struct plugin_settings *settings, const struct plugin_setting *item,
                     const char *expected)
{
    const char *owner = settings->owner ? settings->owner : "settings";
    char sentence[640];

    snprintf(sentence, sizeof sentence, "%s of %s: expected %s, found \"%s\"", item->key, owner,
             expected, item->value);
    if (settings->asked && settings->asked->refused) {
        settings->asked->refused(settings->asked->arg, item->line, sentence);
    } else if (settings->file && item->line) {
        log_error("%s:%u: %s", settings->file, item->line, sentence);
    } else {
        log_error("%s", sentence);
    }
}

enum shunt_status plugin_setting_number(const struct shunt_settings *settings, const char *key,
                                        uint64_t min, uint64_t max, uint64_t *value)
{
    const struct plugin_settings *all = (const struct plugin_settings *)settings;
    const struct plugin_setting *item = find(all, key);
    uint64_t number;

    if (!item) {
        return SHUNT_OK;
    }
    if (plugin_number_parse(key, item->value, &number) || number < min || number > max) {
        char expected[80];

        snprintf(expected, sizeof expected, "a whole number from %" PRIu64 " to %" PRIu64, min,
                 max);
        complain(all, item, expected);
        return SHUNT_EINVAL;
    }
    *value = number;
    return SHUNT_OK;
}

enum shunt_status plugin_setting_bool(const struct shunt_settings *settings, const char *key,
                                      bool *value)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    const struct plugin_settings *all = (const struct plugin_settings *)settings;
    const struct plugin_setting *item = find(all, key);

    if (!item) {
        return SHUNT_OK;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(item->value, words[i]) == 0) {
            *value = i & 1;
            return SHUNT_OK;
        }
    }
    complain(all, item, "true, false, yes, no, on or off");
    return SHUNT_EINVAL;
}

uint64_t plugin_settings_queue_bytes_max(const struct shunt_settings *settings)
{
    return ((const struct plugin_settings *)settings)->queue_bytes_max;
}
