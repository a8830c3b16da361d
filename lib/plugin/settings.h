/* Keys and values for a plugin or a route, with the lines they came from. */
#ifndef PLUGIN_SETTINGS_H
#define PLUGIN_SETTINGS_H

#include <shunt/plugin.h>

struct metrics_table;

struct plugin_setting {
    char *key, *value;
    unsigned line; /* 0: not from a file */
    bool used;     /* it was asked for */
};

/* What is recorded of the reading of settings, where a record is kept. */
struct plugin_asked {
    char keys[1024]; /* that were asked for, "a, b, c"; as many as fit. Empty at first */
    /* A value that is none, with its line (0: not from a file); NULL: the log has it. */
    void (*refused)(void *arg, unsigned line, const char *sentence);
    void *arg;
};

/* This is what plugins see as `struct shunt_settings`. Owns its strings. All zero: empty. */
struct plugin_settings {
    struct plugin_setting *items;
    size_t count;
    const char *file;              /* borrowed from the configuration; NULL: not from a file */
    const char *owner;             /* "plugin websocket" or "route /ws": for messages; borrowed */
    struct plugin_asked *asked;    /* NULL: no record is kept */
    uint64_t queue_bytes_max;      /* limits.queue_bytes_max of the server; 0: not known */
    struct metrics_table *metrics; /* where init() may register some; NULL: nowhere */
};

/* Append a copy. SHUNT_ENOMEM. A key that is there already is SHUNT_EINVAL. */
enum shunt_status plugin_settings_add(struct plugin_settings *settings, const char *key,
                                      const char *value, unsigned line) SHUNT_MUST_USE;
void plugin_settings_fini(struct plugin_settings *settings);

/* The first setting behind `after` (NULL: of all) that was not asked for, or NULL. */
const struct plugin_setting *plugin_settings_unused(const struct plugin_settings *settings,
                                                    const struct plugin_setting *after);

static inline const struct shunt_settings *plugin_settings_lend(const struct plugin_settings *s)
{
    return (const struct shunt_settings *)s;
}

/*
 * The number that `value` of `key` stands for: decimal digits, and for a key with "bytes" in its
 * name also K, M or G behind them (times 1024, 1024^2, 1024^3). SHUNT_EINVAL for anything else.
 */
enum shunt_status plugin_number_parse(const char *key, const char *value,
                                      uint64_t *number) SHUNT_MUST_USE;

/* The host functions of the same names (<shunt/plugin.h>). */
const char *plugin_setting_get(const struct shunt_settings *settings, const char *key);
enum shunt_status plugin_setting_number(const struct shunt_settings *settings, const char *key,
                                        uint64_t min, uint64_t max, uint64_t *value) SHUNT_MUST_USE;
enum shunt_status plugin_setting_bool(const struct shunt_settings *settings, const char *key,
                                      bool *value) SHUNT_MUST_USE;
uint64_t plugin_settings_queue_bytes_max(const struct shunt_settings *settings);

#endif
