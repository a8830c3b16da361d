/*
 * What a configuration file may hold: one table of mappings and their keys. The walk reads a file by
 * it, the defaults are taken from it, and the pages that list the keys are held to it by a test.
 */
#ifndef SERVER_CONFIG_KEYS_H
#define SERVER_CONFIG_KEYS_H

#include "server/config.h"

#define CONFIG_MS_MAX 2147483647u /* the reach of the timer wheel */

enum config_kind {
    CONFIG_NUMBER,   /* uint32_t or uint64_t */
    CONFIG_WORKERS,  /* uint32_t; "auto" is 0 */
    CONFIG_WORD,     /* an enum */
    CONFIG_BOOL,     /* bool */
    CONFIG_TEXT,     /* char * */
    CONFIG_TEXTS,    /* a list of text: char **, ends with NULL */
    CONFIG_SETTINGS, /* free keys: struct plugin_settings */
    CONFIG_SECTION,  /* a mapping whose keys are members of the same structure */
    CONFIG_LIST,     /* a list of mappings */
};

struct config_word {
    const char *text;
    int value;
};

struct config_key {
    const char *name;
    enum config_kind kind;
    bool needed;
    bool lists;           /* settings: a value may be a list, which becomes a line for each entry */
    size_t offset;        /* in the structure that the mapping becomes */
    size_t bytes;         /* of a number; of what each entry of a list becomes */
    uint64_t least, most; /* of a number */
    uint64_t value;       /* the default of a number or a word */
    const char *text;     /* the default of a text; NULL: none */
    struct config_word words[6]; /* of a word; ends with NULL */
    /* What was expected where `text`, or one of a list of them, is none; NULL: it is one. */
    const char *(*expected)(const char *text);
    const struct config_mapping *mapping; /* of a section, or of each entry of a list */
    size_t seen;                          /* of a section: where its struct config_seen is kept */
};

struct config_mapping {
    const struct config_key *keys;
    size_t count;
};

/* Each in the order of its keys. */
extern const struct config_mapping config_top, config_limits, config_tcp, config_access_log;
enum { CONFIG_ACCESS_LOG_PATH, CONFIG_ACCESS_LOG_FORMAT_KEY };
extern const struct config_mapping config_listener, config_plugin, config_filter, config_route;
enum { CONFIG_LISTENER_ADDRESS, CONFIG_LISTENER_BACKLOG };
enum { CONFIG_PLUGIN_NAME, CONFIG_PLUGIN_SETTINGS };
enum { CONFIG_FILTER_NAME, CONFIG_FILTER_SETTINGS };
enum {
    CONFIG_ROUTE_PATH,
    CONFIG_ROUTE_HOST,
    CONFIG_ROUTE_METHOD,
    CONFIG_ROUTE_METHODS,
    CONFIG_ROUTE_UPGRADE,
    CONFIG_ROUTE_UPGRADE_REQUIRED,
    CONFIG_ROUTE_SERVICE,
    CONFIG_ROUTE_SETTINGS,
    CONFIG_ROUTE_TEXT,
    CONFIG_ROUTE_FILE,
    CONFIG_ROUTE_FOLDER,
    CONFIG_ROUTE_FOLDER_INDEX, /* and what else is about a folder, up to ... */
    CONFIG_ROUTE_FOLDER_TYPES,
    CONFIG_ROUTE_FOLDER_CACHE_CONTROL,
    CONFIG_ROUTE_FOLDER_DOT_FILES,
    CONFIG_ROUTE_FOLDER_SYMLINKS,
    CONFIG_ROUTE_FOLDER_PRECOMPRESSED, /* ... here */
    CONFIG_ROUTE_CONTENT_TYPE,
    CONFIG_ROUTE_ECHO,
    CONFIG_ROUTE_METRICS,
    CONFIG_ROUTE_BODY_BYTES_MAX,
    CONFIG_ROUTE_HANDLER,
    CONFIG_ROUTE_FILTERS,
    CONFIG_ROUTE_REDIRECT,
    CONFIG_ROUTE_REDIRECT_STATUS,
    CONFIG_ROUTE_ACCESS_LOG,
};

/* What an entry of `routes` becomes, before its file is read. */
struct config_route_entry {
    struct config_route route;
    char *method, *service, *file;
};

/* The key of this name, or NULL. */
const struct config_key *config_key_find(const struct config_mapping *mapping, const char *name);

/* Set the defaults of numbers and words, sections included. */
void config_keys_default(const struct config_mapping *mapping, void *structure);
uint64_t config_key_number(const struct config_key *key, const void *structure);
void config_key_set_number(const struct config_key *key, void *structure, uint64_t value);

/* The line on which the file has this key of `limits`; 0: it has not. */
unsigned config_limit_line(const struct config *config, const char *name);
/* The report has this key of `limits`: its value is not known. */
bool config_limit_refused(const struct config *config, const char *name);

#endif
