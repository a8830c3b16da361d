/* The command line by argp, which brings --help, --usage and --version. */
#include "options.h"

#include "base/log.h"
#include "server/config.h"
#include "server/config_address.h"

#include <argp.h>
#include <shunt/server.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

enum { KEY_BACKEND = 256, KEY_CHECK, KEY_LOG_LEVEL };

static const struct argp_option known[] = {
    {"config", 'c', "FILE", 0, "read this YAML file", 0},
    {"listen", 'l', "ADDR:PORT", 0,
     "listen here, in place of the file's listeners: 127.0.0.1:8080, [::1]:8080, localhost:8080, "
     ":8080 "
     "or "
     "8080 (any address), or unix:/PATH; "
     "may be given more than once; port 0 takes a free one",
     0},
    {"workers", 'w', "N|auto", 0, "how many workers; auto: one for each CPU", 0},
    {"backend", KEY_BACKEND, "auto|uring|epoll", 0, "how to talk to the kernel", 0},
    {"plugin", 'p', "NAME-OR-FILE", 0,
     "load this plugin too: a name from the plugin path, or a file when it has a '/'; may be given "
     "more than once",
     0},
    {"check", KEY_CHECK, NULL, 0,
     "check whether the configuration is valid, plugins included, and exit with 0 or 1", 0},
    {"log-level", KEY_LOG_LEVEL, "LEVEL", 0, "error, warning, info or debug", 0},
    {0}};

static void print_version(FILE *stream, struct argp_state *state)
{
    (void)state;
    fprintf(stream, "shuntd %s\n", shunt_version());
}

static void append(const char ***list, size_t *count, const char *word, struct argp_state *state)
{
    const char **grown = realloc(*list, (*count + 1) * sizeof *grown);

    if (!grown) {
        argp_failure(state, 1, 0, "expected memory for the command line, found none");
        return;
    }
    grown[(*count)++] = word;
    *list = grown;
}

static void parse_workers(struct options *options, const char *text, struct argp_state *state)
{
    uint64_t workers = 0;

    if (strcmp(text, "auto") != 0 && (plugin_number_parse("workers", text, &workers) ||
                                      workers < 1 || workers > CONFIG_WORKERS_MAX)) {
        argp_error(state, "--workers: expected auto or a whole number from 1 to %u, found \"%s\"",
                   CONFIG_WORKERS_MAX, text);
    }
    options->workers = (unsigned)workers;
    options->workers_given = true;
}

static void parse_backend(struct options *options, const char *text, struct argp_state *state)
{
    if (strcmp(text, "auto") != 0 && strcmp(text, "uring") != 0 && strcmp(text, "epoll") != 0) {
        argp_error(state, "--backend: expected auto, uring or epoll, found \"%s\"", text);
    }
    options->backend = text;
}

static void check_whole(const struct options *options, struct argp_state *state)
{
    if (!options->config && !options->listen_count) {
        argp_error(state, "expected --config FILE or --listen ADDR:PORT, found neither");
    }
}

static error_t parse_one(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case 'c':
        options->config = text;
        return 0;
    case 'l':
        if (!config_address_valid(text)) {
            argp_error(state, "--listen: expected " CONFIG_ADDRESS_FORMS ", found \"%s\"", text);
        }
        append(&options->listen, &options->listen_count, text, state);
        return 0;
    case 'w':
        parse_workers(options, text, state);
        return 0;
    case KEY_BACKEND:
        parse_backend(options, text, state);
        return 0;
    case 'p':
        append(&options->plugin, &options->plugin_count, text, state);
        return 0;
    case KEY_CHECK:
        options->check = true;
        return 0;
    case KEY_LOG_LEVEL:
        if (log_level_parse(text, &options->level)) {
            argp_error(state, "--log-level: expected error, warning, info or debug, found \"%s\"",
                       text);
        }
        options->level_given = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "expected options only, found \"%s\"", text);
        return 0;
    case ARGP_KEY_END:
        check_whole(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void options_parse(struct options *options, int argc, char **argv)
{
    static const struct argp argp = {
        .options = known,
        .parser = parse_one,
        .doc = "Serve HTTP/1.1 and hand upgraded connections to protocol plugins.\v"
               "Options override the file. SIGTERM and SIGINT stop cleanly, a second one at once; "
               "SIGUSR1 opens the files of the access log anew; SIGHUP changes nothing. "
               "Exit status: 0 after a clean stop, 1 after a failure, 2 for a wrong command line.",
    };

    *options = (struct options){0};
    argp_err_exit_status = EXIT_USAGE;
    argp_program_version_hook = print_version;
    argp_parse(&argp, argc, argv, 0, NULL, options);
}

void options_fini(struct options *options)
{
    free(options->listen);
    free(options->plugin);
    *options = (struct options){0};
}
