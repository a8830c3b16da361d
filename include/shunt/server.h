/* Embedding: a server in a program of yours. See apps/examples/embed. */
#ifndef SHUNT_SERVER_H
#define SHUNT_SERVER_H

#include <shunt/fields.h>
#include <shunt/http.h>
#include <shunt/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

struct shunt_server;

/*
 * Where a request goes, by its path without the query. A segment of a path may be a {parameter},
 * which stands for any segment that is not empty, and the last one {the_rest...}, which stands for
 * all that is left, slashes and nothing at all included; handlers and protocols get what stood there
 * by shunt_request_parameter(). All else is compared byte for byte. Of several routes the most
 * specific one is found: the first segment where they differ decides, by fixed bytes before a
 * parameter before the rest. "/{rest...}" is found where no other route is.
 *
 * What it points to is copied.
 */
struct shunt_route {
    uint32_t size;          /* sizeof *this where it was compiled (<shunt/abi.h>) */
    const char *path;       /* "/ws", "/users/{id}", "/files/{name...}" */
    shunt_handler *handler; /* NULL: plain requests get 404, or 426 where upgrades is set */
    void *arg;              /* for the handler */
    const char *const
        *upgrade;          /* tokens of the protocols allowed here, ends with NULL; may be NULL */
    bool upgrade_required; /* a request that is not upgraded gets 426 (RFC 9110 section 15.5.22) */
    const char *const
        *settings; /* key, value, key, value ..., NULL; for protocols and a plugin's handler */
    /*
     * Since 1.1: "GET", or "GET, POST": the methods that the route is for. NULL: any that is known,
     * which are GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, and those that any route names, 64 in
     * all; not CONNECT or TRACE. GET brings HEAD. Routes of one path may share no method, and at
     * most one is for any, which gets what the others leave. A method that no route of a path is
     * for gets 405 with Allow, OPTIONS 204 with Allow, and one that is not known 501.
     */
    const char *methods;
    /*
     * Since 1.1: "example.org", compared without case and whatever the port; or "*.example.org", for
     * one label or more in place of the "*". NULL: any. The host is that of the target where that
     * has one, else that of the Host field. A route of the most specific host is found: as it is,
     * before a longer one with "*", before a shorter one, before any; where that host does not have
     * the path, the next wider one's are looked at.
     */
    const char *host;
    /* Since 1.1: the bytes that a request's body may have here, in place of limits.body_bytes_max;
     * a longer one gets 413. 0: as that. */
    uint64_t body_bytes_max;
    /* Since 1.1, in place of `handler`: a plugin's, "users" or "plugin/users" (struct
     * shunt_http_handler). `arg` is not looked at; the handler gets what it makes of `settings`. */
    const char *handler_name;
    /* Since 1.1: the route's own filters in their order, ends with NULL (<shunt/http.h>); may be
     * NULL. Those for all requests are asked before. */
    const struct shunt_filter *const *filters;
    /* Since 1.1: the access log of its requests: "off"; "on", or NULL: that of the server; or a path
     * of its own, in the same format (shunt_server_access_log()). */
    const char *access_log;
    /* Since 1.1: call the handler as soon as the request's head has come, without its body, which
     * it may ask for by shunt_request_read(); a plugin's has a flag of its own for that. Where the request asks for an upgrade that the route
     * looks at, the body is whole all the same. */
    bool streamed;
};
#define SHUNT_ROUTE_BYTES_1_0 SHUNT_BYTES_WITH(struct shunt_route, settings)

/* A server with default settings. Main thread, as everything below but shunt_server_stop. */
SHUNT_API enum shunt_status shunt_server_create(struct shunt_server **server) SHUNT_MUST_USE;
/* Frees it. Not while shunt_server_run() runs. NULL is allowed. */
SHUNT_API void shunt_server_destroy(struct shunt_server *server);

/*
 * Read the settings of a YAML file, as shuntd does, in place of those of a file read before. What
 * calls have set stays, whenever they came: listeners, routes and plugins stand before those of the
 * file, and workers, back end and pinning are not changed by it.
 *
 * SHUNT_EINVAL: shunt_server_error() has a line for each mistake, with file, line and key. From then
 * on shunt_server_check() and shunt_server_run() return SHUNT_EINVAL, and the error also has what
 * plugins find wrong, until a file without a mistake is read. SHUNT_ENOTFOUND: no such file, and
 * nothing has changed. SHUNT_ESTATE: plugins have been loaded.
 */
SHUNT_API enum shunt_status shunt_server_configure(struct shunt_server *server,
                                                   const char *file) SHUNT_MUST_USE;
/* Listen on "127.0.0.1:8080", "[::1]:8080", "localhost:8080" (127.0.0.1), ":8080" or "8080" (any
 * address), or "unix:/path". Port 0 takes a free one. */
SHUNT_API enum shunt_status shunt_server_listen(struct shunt_server *server,
                                                const char *address) SHUNT_MUST_USE;
/* 0 is one for each CPU that this process may use. */
SHUNT_API enum shunt_status shunt_server_workers(struct shunt_server *server,
                                                 unsigned workers) SHUNT_MUST_USE;
/* "auto", "uring" or "epoll". */
SHUNT_API enum shunt_status shunt_server_backend(struct shunt_server *server,
                                                 const char *backend) SHUNT_MUST_USE;
/* "on": each worker keeps to one CPU. "off": none does. "auto": where the workers are as many as
 * the CPUs that this process may use and no CPU quota is set. */
SHUNT_API enum shunt_status shunt_server_pin(struct shunt_server *server,
                                             const char *pin) SHUNT_MUST_USE;
/*
 * How the kernel finds out that a TCP peer has vanished: after `idle_s` of silence (at most 32767;
 * 0: never) it probes every `interval_s` (1 to 32767) and ends the connection after `probes` (1 to
 * 127) without an answer; or when what was sent stays unacknowledged, or unread, for
 * `user_timeout_ms` (at most 2147483647; 0: as the kernel does), which also ends the probes.
 * Default: 120, 15, 4, 180000. SHUNT_EINVAL: shunt_server_error() names the range.
 */
SHUNT_API enum shunt_status shunt_server_keep_alive(struct shunt_server *server, unsigned idle_s,
                                                    unsigned interval_s, unsigned probes,
                                                    unsigned user_timeout_ms) SHUNT_MUST_USE;

/*
 * Log each request, whatever becomes of it, in one line. Lines are written by a thread of its own:
 * where a disk or a pipe does not take them in time, whole lines are dropped and counted, and no
 * worker waits.
 */
struct shunt_access_log {
    uint32_t size; /* sizeof *this where it was compiled (<shunt/abi.h>) */
    /* "stderr", "stdout", or a file, which is appended to and made with mode 0640; a FIFO; NULL: no
     * log but those that routes name. */
    const char *path;
    /* "common", "combined", "json", or a text with ${names} as shuntd.yaml has them. NULL: combined.
     */
    const char *format;
    uint32_t flush_ms;     /* how long a line may wait for others; 0: 1000 */
    uint64_t buffer_bytes; /* of a worker's lines that wait, 64 K to 1 G; 0: 4 M */
};
#define SHUNT_ACCESS_LOG_BYTES_1_1 SHUNT_BYTES_WITH(struct shunt_access_log, buffer_bytes)

/* For the next run; copied. SHUNT_EINVAL: shunt_server_error() names what was expected and found;
 * SHUNT_ENOMEM. */
SHUNT_API enum shunt_status shunt_server_access_log(
    struct shunt_server *server, const struct shunt_access_log *log) SHUNT_MUST_USE;
/* Open the access log's files anew, after they were renamed: what was logged before goes into the
 * old ones, and no line is lost or doubled. Any thread, and async-signal-safe. */
SHUNT_API void shunt_server_reopen(struct shunt_server *server);

/* Add a route. SHUNT_EINVAL: shunt_server_error() names what was expected and found. */
SHUNT_API enum shunt_status shunt_server_route(struct shunt_server *server,
                                               const struct shunt_route *route) SHUNT_MUST_USE;
/* Add a filter for all requests, those that no route is found for included, behind those that were
 * added before. What it points to is copied, but for `arg`. SHUNT_EINVAL: shunt_server_error() names
 * what was expected and found. */
SHUNT_API enum shunt_status shunt_server_filter(struct shunt_server *server,
                                                const struct shunt_filter *filter) SHUNT_MUST_USE;
/*
 * Trust these proxies, "192.0.2.0/24", "2001:db8::/32", an address, or "unix" for the peers of unix
 * sockets, in place of those of an earlier call or a file: `field`, which they write, counts for
 * shunt_request_client(). `prefixes` ends with NULL and is copied. SHUNT_EINVAL: shunt_server_error()
 * names what was expected and found.
 */
SHUNT_API enum shunt_status shunt_server_trust(struct shunt_server *server,
                                               const char *const *prefixes,
                                               enum shunt_forwarded field) SHUNT_MUST_USE;
/* Register a plugin that is linked into this program. `settings` as in shunt_route. */
SHUNT_API enum shunt_status shunt_server_plugin_add(struct shunt_server *server,
                                                    const struct shunt_plugin *plugin,
                                                    const char *const *settings) SHUNT_MUST_USE;
/* Load a plugin by name (found in the plugin path) or by file (anything with a '/'). SHUNT_EABI,
 * SHUNT_ENOTFOUND, SHUNT_EINVAL: shunt_server_error() names what was expected and found. */
SHUNT_API enum shunt_status shunt_server_plugin_load(struct shunt_server *server,
                                                     const char *name_or_file,
                                                     const char *const *settings) SHUNT_MUST_USE;

/* Check everything that can be checked without serving: sockets are not bound. */
SHUNT_API enum shunt_status shunt_server_check(struct shunt_server *server) SHUNT_MUST_USE;
/* Serve until shunt_server_stop(). SHUNT_OK after a clean stop, and then it may be called again.
 * `ready`, if not NULL, is called once all listeners accept. No signal handler is installed. */
SHUNT_API enum shunt_status shunt_server_run(struct shunt_server *server, void (*ready)(void *arg),
                                             void *arg) SHUNT_MUST_USE;
/* Stop accepting, let requests in flight end, close streams in their protocol's way (bounded by the
 * drain time-out), then let shunt_server_run() return. A second call ends at once. A call while
 * nothing runs is for the next run, so that no signal is lost between two. Any thread, and
 * async-signal-safe. */
SHUNT_API void shunt_server_stop(struct shunt_server *server);
/* Log every counter that is not 0, for each worker. Any thread, and async-signal-safe. */
SHUNT_API void shunt_server_report(struct shunt_server *server);
/*
 * A handler for a route's `handler`, whose `arg` is the server itself: every counter of every worker
 * in Prometheus' text format, or as OpenMetrics where Accept prefers that. A counter that the log
 * calls conn.accepted is shunt_conn_accepted_total{worker="0"}; how long requests and handshakes take
 * is in histograms, summed over workers and recorded where a route has this handler; then the process,
 * and the metrics of plugins and of the program (<shunt/metric.h>). Workers copy their counters one by
 * one, so two of them may be a moment apart; one that is just beginning anew is left out.
 */
SHUNT_API void shunt_server_metrics(void *server, const struct shunt_request *request,
                                    struct shunt_response *response);
/*
 * Register a metric of the program's own (<shunt/metric.h>), which shunt_server_metrics() shows. Before
 * the run. *number is what the calls below take. SHUNT_EINVAL and SHUNT_EFULL: shunt_server_error()
 * names what was expected and found; SHUNT_ENOMEM.
 */
SHUNT_API enum shunt_status shunt_server_metric(struct shunt_server *server,
                                                const struct shunt_metric *metric,
                                                uint32_t *number) SHUNT_MUST_USE;
/* On a worker's thread, as the functions of the same names of struct shunt_host: in a handler with
 * shunt_response_worker(). */
SHUNT_API void shunt_metric_add(struct shunt_worker *worker, uint32_t number, int64_t by);
SHUNT_API void shunt_metric_set(struct shunt_worker *worker, uint32_t number, int64_t value);
SHUNT_API void shunt_metric_observe(struct shunt_worker *worker, uint32_t number, double value);
/* The same from any thread and at any time, of metrics that the program has registered before the
 * thread began: one value that all threads share, beside those of the workers. It goes on from run
 * to run. */
SHUNT_API void shunt_server_metric_add(struct shunt_server *server, uint32_t number, int64_t by);
SHUNT_API void shunt_server_metric_set(struct shunt_server *server, uint32_t number, int64_t value);
SHUNT_API void shunt_server_metric_observe(struct shunt_server *server, uint32_t number,
                                           double value);
/* The port of listener number `index`, in the order of the calls; 0 before run. For port 0. */
SHUNT_API unsigned shunt_server_port(const struct shunt_server *server, unsigned index);
/* The functions that plugins are handed, for handlers, filters and tasks of the program: timers of
 * shunt_response_worker(), connections to elsewhere, descriptors to watch. Constant, one for the
 * process. */
SHUNT_API const struct shunt_host *shunt_server_host(void) SHUNT_MUST_USE;
/* How many workers the run has; 0 while nothing runs. Any thread. */
SHUNT_API unsigned shunt_server_worker_count(const struct shunt_server *server);
/* Run task(worker, arg) on worker `number` (from 0), or drop(arg) when it ends first: as
 * post_worker() of <shunt/plugin.h>, with its statuses. SHUNT_ENOTFOUND while nothing runs. Any
 * thread. */
SHUNT_API enum shunt_status shunt_server_post_worker(struct shunt_server *server, unsigned number,
                                                     shunt_worker_task *task, shunt_release *drop,
                                                     void *arg) SHUNT_MUST_USE;
/* The last failure as a sentence, which names the field, what was expected and what was found; of a
 * configuration's several mistakes a line for each. Valid until the next call. Never NULL. */
SHUNT_API const char *shunt_server_error(const struct shunt_server *server);
/* "0.1.0" */
SHUNT_API const char *shunt_version(void);

#ifdef __cplusplus
}
#endif

#endif
