/*
 * The configuration: what a YAML file, the command line or an embedding program sets, in one
 * structure. Where each value came from is kept, so that errors can name file, line and key.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "base/error.h"
#include "exchange/redirect.h"
#include "io/io.h"
#include "plugin/settings.h"
#include "server/config_places.h"

#include "http/head.h"
#include <shunt/server.h>
#include <stdbool.h>
#include <stdint.h>

#define CONFIG_BACKLOG           4096 /* of a listener without one */
#define CONFIG_WORKERS_MAX       1024
#define CONFIG_ACCESS_LOG_FORMAT "combined"
#define CONFIG_CONTENT_TYPE      "text/plain; charset=utf-8" /* of a route without one */

/* Values, strings and lists are owned by the configuration. */
struct config_listener {
    char *address; /* "127.0.0.1:8080", "[::1]:8080", ":8080", "unix:/path" */
    uint32_t backlog;
    unsigned line;
};

struct config_plugin {
    char *name; /* a name, or a file when it has a '/' */
    struct plugin_settings settings;
    char *label;  /* "plugin NAME": the settings' owner in messages */
    bool refused; /* the report has its name or one of its settings: not to be started */
    unsigned line;
};

struct config_filter {
    char *name;
    struct shunt_filter filter; /* of a program; without `before` and `after`: the one called so */
    struct plugin_settings settings;
    char *label;  /* "filter NAME": the settings' owner in messages */
    bool refused; /* the report has one of its settings */
    unsigned line;
};

struct config_filters {
    struct config_filter *items;
    size_t count;
};

/* As struct shunt_folder_options has it. */
struct config_folder {
    char *path;                   /* NULL: none */
    unsigned line;                /* where it stands */
    char **index;                 /* ends with NULL; NULL: "index.html" */
    struct plugin_settings types; /* extensions and media types */
    char *cache_control;
    bool dot_files, symlinks, precompressed;
};

struct config_route {
    char *path;
    uint64_t place_hash; /* of path and host: config_places.h */
    uint32_t earlier;    /* 1 + the number of a route that may be of the same place; 0: none */
    char **methods;      /* ends with NULL; NULL: any */
    char *host;          /* NULL: any */
    char *text;          /* body of a 200, or NULL */
    size_t text_len;     /* a file's content is read when the configuration is loaded */
    char *content_type;  /* CONFIG_CONTENT_TYPE by default */
    bool echo;           /* answers with the request's body */
    bool metrics;        /* ... with all counters */
    struct config_folder folder;       /* ... with its files */
    struct exchange_redirect redirect; /* ... with another place */
    char *access_log; /* "off", "on", or a path of its own; NULL: "on" where there is a log */
    char **upgrade;   /* tokens, ends with NULL; NULL: none */
    bool upgrade_required;
    bool streamed;                   /* the handler is called at the head */
    uint64_t body_bytes_max;         /* of a request; 0: as the limit of that name */
    struct plugin_settings settings; /* "service" and what else the protocol asks for */
    struct config_filters filters;   /* its own */
    char *label;                     /* "route PATH": the settings' owner in messages */
    char *handler_name;              /* of a plugin's handler; NULL: none */
    unsigned handler_line;           /* ... where it stands */
    shunt_handler *handler;          /* of an embedding program */
    void *arg;
    bool refused; /* the report has one of its settings: not to be held against its protocol */
    bool unclear; /* the report has its host or methods: not to be held against other routes */
    unsigned line;
};

/* When each worker keeps to a CPU of its own. AUTO: cpus_pin_pays(). */
enum config_pin { CONFIG_PIN_AUTO, CONFIG_PIN_ON, CONFIG_PIN_OFF };

struct config_limits {
    struct http_limits http;     /* head_bytes_max, target_bytes_max, fields_max */
    uint64_t body_bytes_max;     /* a request's body: 413 */
    uint64_t memory_bytes_max;   /* a worker, all that it buffers: conn/memory.h */
    uint64_t response_bytes_max; /* an answer's body: 500, or refused at start */
    uint32_t connections_max;    /* a worker */
    uint32_t peer_connections_max, peer_ipv4_prefix, peer_ipv6_prefix; /* of one peer, a worker */
    uint64_t queue_bytes_max;                   /* output queue of a connection */
    uint32_t queue_high_bytes, queue_low_bytes; /* default marks */
    uint32_t unsent_bytes; /* what a socket takes before the network does: TCP_NOTSENT_LOWAT */
    uint32_t pending_upgrades_max; /* deferred negotiations a worker */
    uint32_t pending_answers_max;  /* deferred answers a worker */
    uint32_t open_files_max;       /* of folders, kept open; a worker */
    uint32_t offers_max;           /* protocols of one Upgrade list that are looked at */
    uint32_t mailbox_max;          /* posted tasks a worker */
    uint32_t worker_timers_max;    /* timers of plugins a worker */
    uint32_t watches_max;          /* descriptors of plugins a worker */
    uint32_t receive_buffers, receive_buffer_bytes; /* a worker */
    uint32_t requests_max;                          /* a connection, 0: no limit */
    uint32_t log_lines_max;                         /* a worker, not yet written */
};

struct config_timeouts {
    uint32_t head_ms, body_ms, keep_alive_ms, write_ms, upgrade_ms, answer_ms, close_ms, drain_ms,
        park_ms, log_ms, stop_close_ms, open_file_ms;
};

/* How the kernel finds out that a peer has vanished: struct sockets_keep_alive. */
struct config_tcp {
    uint32_t keep_alive_idle_s, keep_alive_interval_s, keep_alive_probes, user_timeout_ms;
};

/* One line for each request: server/access_log.h. */
struct config_access_log {
    char *path;   /* "stderr", "stdout", or a file; NULL: none, unless a route has one */
    char *format; /* exchange/log_format.h; NULL: config_access_log_format() */
    uint32_t flush_ms;
    uint64_t buffer_bytes; /* a worker and a path */
};

#define CONFIG_SEEN_MAX 32

/* Which keys of a mapping the file has, by their numbers in the table of config_keys.h. */
struct config_seen {
    unsigned line[CONFIG_SEEN_MAX]; /* 0: not there */
    uint32_t refused; /* a bit each: the report has its value, or that it is missing */
    bool unknown;     /* there are others, each of which may be meant for one of these */
};

static inline bool config_seen_refused(const struct config_seen *seen, unsigned key)
{
    return seen->refused >> key & 1;
}

struct config {
    char *file; /* NULL: no file */
    struct config_listener *listeners;
    size_t listener_count;
    struct config_plugin *plugins;
    size_t plugin_count;
    struct config_route *routes;
    size_t route_count;
    struct config_places places;    /* of the routes */
    struct config_filters filters;  /* for all requests */
    char **trusted;                 /* prefixes of proxies, ends with NULL; NULL: none */
    enum shunt_forwarded forwarded; /* the field that they write */
    char **plugin_path; /* folders, ends with NULL; searched before the built-in ones; NULL: none */
    unsigned workers;   /* 0: auto */
    enum io_backend backend;
    enum config_pin pin;
    enum shunt_log_level log_level;
    bool strict_early_bytes; /* refuse an upgrade whose protocol forbids early bytes (rule 5) */
    uint32_t defer_accept_s; /* TCP_DEFER_ACCEPT, 0: off */
    struct config_limits limits;
    struct config_timeouts timeouts;
    struct config_tcp tcp;
    struct config_access_log access_log;
    struct config_seen access_log_seen;
    struct config_seen limits_seen; /* config_limit_line() */
    /* The report has the whole list: whether it has entries, or what plugins give, is not known. */
    bool listeners_refused, plugins_refused;
};

/* Defaults. Allocates nothing. */
void config_init(struct config *config);
void config_fini(struct config *config);

/*
 * Make *config, as config_load() has left it, also have what `earlier` got by the calls below, in
 * front of what the file has. `earlier` is as config_init() leaves it afterwards. SHUNT_ENOMEM:
 * nothing has changed.
 */
enum shunt_status config_adopt(struct config *config, struct config *earlier) SHUNT_MUST_USE;

/* Replace config->trusted; copies. SHUNT_EINVAL: `error` names what is no prefix; SHUNT_ENOMEM. */
enum shunt_status config_trust_set(struct config *config, const char *const *prefixes,
                                   struct error *error) SHUNT_MUST_USE;

/* What config->access_log.format is, or "combined". */
const char *config_access_log_format(const struct config *config);
/* Replace what names the access log; copies, and NULL is allowed. SHUNT_ENOMEM: nothing has
 * changed. */
enum shunt_status config_access_log_set(struct config *config, const char *path,
                                        const char *format) SHUNT_MUST_USE;

/* Replace config->tcp. SHUNT_EINVAL: `error` names the value that is out of its range. */
enum shunt_status config_tcp_set(struct config *config, const struct config_tcp *tcp,
                                 struct error *error) SHUNT_MUST_USE;

/* Add to the lists; takes over what *one points to, and gives it the label that it lacks.
 * SHUNT_ENOMEM, also where its address, name or path is NULL: it is freed. */
enum shunt_status config_append_listener(struct config *config,
                                         struct config_listener *one) SHUNT_MUST_USE;
enum shunt_status config_append_plugin(struct config *config,
                                       struct config_plugin *one) SHUNT_MUST_USE;
enum shunt_status config_append_route(struct config *config,
                                      struct config_route *one) SHUNT_MUST_USE;

/* Add to the lists; copies. SHUNT_EINVAL (malformed), SHUNT_ENOMEM. */
enum shunt_status config_add_listener(struct config *config, const char *address) SHUNT_MUST_USE;
/* Forget all listeners: those of the command line replace those of the file. */
void config_clear_listeners(struct config *config);
/* Forget the route that was added last. */
void config_drop_last_route(struct config *config);
enum shunt_status config_add_plugin(struct config *config, const char *name,
                                    const char *const *settings) SHUNT_MUST_USE;
/* Its filters are left out. */
enum shunt_status config_add_route(struct config *config,
                                   const struct shunt_route *route) SHUNT_MUST_USE;

#endif
