/* shuntd's command line. */
#ifndef SHUNTD_OPTIONS_H
#define SHUNTD_OPTIONS_H

#include <shunt/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/* Strings borrow from argv; NULL, false or 0: not given. */
struct options {
    const char *config;
    const char **listen, **plugin;
    size_t listen_count, plugin_count;
    const char *backend;
    unsigned workers; /* 0: auto */
    enum shunt_log_level level;
    bool workers_given, level_given, check;
};

/* On a wrong command line: prints what was expected and exits with 2. */
void options_parse(struct options *options, int argc, char **argv);
void options_fini(struct options *options);

#endif
