/*
 * shuntd: a server from a configuration file and a command line, which overrides the file. All that
 * serves is in the library; here are options, signals, the descriptor limit and exit codes.
 */
#include "base/log.h"
#include "notify.h"
#include "options.h"
#include "server/server.h"

#include <errno.h>
#include <shunt/server.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_FAILED = 1, ABORT_SECONDS = 2 };

/*
 * jemalloc(3) reads this. Workers sleep when a burst is over, and only a thread of the allocator's
 * own gives back what it has left: without one, 67 MB of 140 stayed for good. A second is long
 * enough for memory that is soon used again.
 */
extern const char *malloc_conf;
__attribute__((visibility("default"))) const char *malloc_conf =
    "background_thread:true,dirty_decay_ms:1000";

static struct shunt_server *serving; /* for the signal handler */

/*
 * First signal: a clean stop. Second: shunt_server_stop() ends at once; the alarm is for a plugin
 * that blocks its worker, which nothing else would end.
 */
static void on_signal(int number)
{
    static volatile sig_atomic_t again;

    (void)number;
    if (again) {
        alarm(ABORT_SECONDS);
    } else {
        notify_stopping();
    }
    again = 1;
    shunt_server_stop(serving);
}

static void on_reopen(int number)
{
    (void)number;
    shunt_server_reopen(serving);
}

static void on_reload(int number)
{
    (void)number;
    server_notice(serving, "SIGHUP changes nothing: a configuration is read at the start only");
}

static void install_signals(void)
{
    struct sigaction reload = {.sa_handler = on_reload, .sa_flags = SA_RESTART};
    struct sigaction reopen = {.sa_handler = on_reopen, .sa_flags = SA_RESTART};
    struct sigaction stop = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGUSR1, &reopen, NULL);
    sigaction(SIGHUP, &reload, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

/* As many descriptors as we may have: a connection is one, and the default limit is for programs
 * that use select(2). */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == limit.rlim_max) {
        return;
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit)) {
        log_warning("descriptors: expected to raise the limit to %llu, found: %s",
                    (unsigned long long)limit.rlim_max, strerror(errno));
    }
}

static void on_ready(void *arg)
{
    (void)arg;
    notify_ready();
}

/* The command line over the file. */
static enum shunt_status apply(struct shunt_server *server, const struct options *options)
{
    struct config *config = server_config(server);
    enum shunt_status status = SHUNT_OK;

    if (options->listen_count) {
        config_clear_listeners(config);
    }
    for (size_t i = 0; !status && i < options->listen_count; i++) {
        status = shunt_server_listen(server, options->listen[i]);
    }
    if (!status && options->workers_given) {
        status = shunt_server_workers(server, options->workers);
    }
    if (!status && options->backend) {
        status = shunt_server_backend(server, options->backend);
    }
    if (options->level_given) {
        config->log_level = options->level;
    }
    log_level_set(config->log_level);
    for (size_t i = 0; !status && i < options->plugin_count; i++) {
        status = server_plugin_name(server, options->plugin[i], NULL);
    }
    return status;
}

/* One sentence a line. */
static void log_mistakes(const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");

        log_error("%.*s", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

/* A file with mistakes goes on to the check, which both calls make: plugins may have more. */
static enum shunt_status serve(struct shunt_server *server, const struct options *options)
{
    enum shunt_status status = SHUNT_OK;

    if (options->config) {
        status = shunt_server_configure(server, options->config);
    }
    if (!status || status == SHUNT_EINVAL) {
        status = apply(server, options);
    }
    if (!status) {
        status =
            options->check ? shunt_server_check(server) : shunt_server_run(server, on_ready, NULL);
    }
    if (status) {
        log_mistakes(shunt_server_error(server));
    } else if (options->check) {
        log_info("%s: valid", options->config ? options->config : "command line");
    }
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    enum shunt_status status;

    options_parse(&options, argc, argv);
    if (options.level_given) {
        log_level_set(options.level);
    }
    raise_descriptors();
    notify_open();
    status = shunt_server_create(&serving);
    if (status) {
        log_error("server: expected memory, found none");
        return EXIT_FAILED;
    }
    install_signals();
    status = serve(serving, &options);
    options_fini(&options);
    /* The handler must not meet a server that is gone. */
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    notify_close();
    shunt_server_destroy(serving);
    return status ? EXIT_FAILED : EXIT_SUCCESS;
}
