/*
 * The plugin ABI: what a plugin gives to Shunt (protocols, services for other plugins' protocols, and
 * HTTP handlers and filters) and what it may call.
 *
 * A plugin is one shared object that includes only <shunt/...> headers, not <shunt/server.h>, and
 * links against nothing of Shunt's. It exports one `struct shunt_plugin` with SHUNT_PLUGIN. The same
 * structure can be given to shunt_server_plugin_add() by a program that embeds the library.
 * It is loaded by its descriptor: $ORIGIN in its run path is not its folder, so libraries that it
 * brings along are named by an absolute path, or are where the system looks.
 *
 * Threads: `init` and `fini` run on the main thread, and so do `route`, `create` and `destroy` between
 * them. Everything else of a worker (worker_start, every callback of a protocol, handlers, filters)
 * runs on that worker's thread, and a stream's callbacks never run at the same time. Host functions
 * that take a stream, an upgrade or a worker must be called on its worker, except `post`,
 * `post_upgrade` and `post_worker`, which any thread may call.
 *
 * No callback may block: it stops every connection of its worker.
 *
 * Structures grow as <shunt/abi.h> states; SHUNT_..._BYTES_1_0 is what one had at 1.0, and later
 * minors leave that alone.
 *
 * ABI changes (each minor lists here what it appends)
 *   1.0  first version
 *   1.1  a key of a route's settings that nobody asks for at the start is refused
 *        shunt_protocol, shunt_service: route
 *        shunt_plugin: handlers, filters
 *        shunt_host: worker_number, worker_count, worker_id, post_worker
 *        shunt_host: queue_bytes_max, queue_refused, upgrade_peer
 *        shunt_host: worker_timer_set, worker_timer_cancel
 *        shunt_host: after_ms, timer_at, for <shunt/timers.h>
 *        shunt_host: watch, watch_change, unwatch, connect, connect_cancel
 *        shunt_host: calls, for the functions that <shunt/calls.h> lists
 *        shunt_host: metric, metric_add, metric_set, metric_observe
 *        shunt_request: pattern, for shunt_request_parameter(); exchange
 *        shunt_request: trailers
 *        shunt_route: methods, host, body_bytes_max, handler_name, filters, access_log, streamed
 *        SHUNT_CLOSE_LOST
 */
#ifndef SHUNT_PLUGIN_H
#define SHUNT_PLUGIN_H

#include <shunt/abi.h>
#include <shunt/calls.h>
#include <shunt/metric.h>
#include <shunt/request.h>
#include <shunt/span.h>
#include <shunt/status.h>
#include <shunt/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHUNT_ABI_MAJOR 1 /* a change that breaks plugins */
#define SHUNT_ABI_MINOR 1 /* members appended */

#define SHUNT_STREAM_STATE_BYTES 24 /* inline state of a stream: costs no memory of its own */

struct shunt_stream;  /* an upgraded connection, while its protocol drives it */
struct shunt_upgrade; /* an upgrade that is being negotiated */

enum shunt_log_level { SHUNT_LOG_ERROR, SHUNT_LOG_WARNING, SHUNT_LOG_INFO, SHUNT_LOG_DEBUG };

/* What a protocol answers to an offer (docs/design.md: upgrade rule 3). */
enum shunt_verdict {
    SHUNT_ACCEPT,  /* answer 101, then open() */
    SHUNT_DECLINE, /* not this one: the next offered protocol is tried */
    SHUNT_REFUSE,  /* answer with the status set by upgrade_refuse() */
    /* The answer comes later by upgrade_settle(), on the same worker. The request moves to memory
     * of its own when negotiate() returns: `request` stays valid, spans copied out of it do not. */
    SHUNT_DEFER,
};

/* Why a stream has ended. */
enum shunt_close_reason {
    SHUNT_CLOSED_BY_PROTOCOL, /* the protocol called close() */
    SHUNT_CLOSED_BY_PEER,     /* the peer closed and the protocol has no `end` */
    SHUNT_CLOSED_BY_ERROR,    /* reset, or any other socket error */
    SHUNT_CLOSED_BY_SERVER, /* the drain time of a stop is over, or the worker's loop has failed */
    SHUNT_CLOSED_BY_LIMIT,  /* a limit of the server (queue, memory) was reached */
    SHUNT_CLOSED_TAKEN,     /* take_fd() gave the descriptor away */
};

enum shunt_close_mode {
    SHUNT_CLOSE_GRACEFUL, /* send what is queued, end our direction, wait (bounded) for the peer's
                             end */
    SHUNT_CLOSE_NOW,      /* drop what is queued; the peer sees a reset */
    SHUNT_CLOSE_LOST,     /* the same, for a peer that no longer answers: counted as such */
};

/*
 * Called once by take_fd() with the descriptor and all bytes that were received and not yet given
 * to data(). `fd` now belongs to the callee: blocking, with no operation of Shunt's pending on it.
 * `bytes` is valid during the call only. `end`: the peer has already closed its direction.
 * fd is -1 when the connection died first; then the callee owns nothing.
 */
typedef void shunt_fd_taker(void *arg, int fd, const uint8_t *bytes, size_t len, bool end);

/* Run on a stream's worker by post(). */
typedef void shunt_stream_task(struct shunt_stream *stream, void *arg);
/* Run on an upgrade's worker by post_upgrade(). */
typedef void shunt_upgrade_task(struct shunt_upgrade *upgrade, void *arg);
/* What a descriptor is watched for, and was found to be. */
enum { SHUNT_READABLE = 1, SHUNT_WRITABLE = 2 };
/* Run by a watch; `events` are those of it that are the case. */
typedef void shunt_watch_task(struct shunt_worker *worker, int fd, unsigned events, void *arg);
/* Run on `worker` when a connect() has come to nothing; `error` is an errno value. */
typedef void shunt_connect_failed(struct shunt_worker *worker, int error, void *user);

/*
 * A service of one plugin for another: `interface` is the contract, `name` who fulfils it. `table`
 * begins with a size too and grows as <shunt/abi.h> states; `version` of the interface changes only
 * when that would not do.
 */
struct shunt_service {
    uint32_t size;
    uint32_t version;      /* of the interface */
    const char *interface; /* e.g. "websocket": <shunt/websocket.h> */
    const char *name;      /* e.g. "echo" */
    const void *table;     /* the interface's function table */
    /* Since 1.1. As `route` of struct shunt_protocol, for routes that name this service. */
    shunt_route_reader *route;
};

#define SHUNT_SERVICE_BYTES_1_0 SHUNT_BYTES_WITH(struct shunt_service, table)

/* A service as one worker sees it. Valid as long as the worker. Never grows. */
struct shunt_service_ref {
    const struct shunt_service *service; /* the server's copy: read `table` with SHUNT_READ() */
    void *local;                         /* what the service's plugin set in its worker_start */
};

/*
 * Everything a plugin may call. Handed to init(); valid until fini() has returned.
 * Ask SHUNT_HAS(host, member) before using one that came after 1.0.
 */
struct shunt_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;

    /* Write one line to the server's log. Any thread. */
    void (*log)(enum shunt_log_level level, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

    /* The value of `key`, or NULL when it is not set; valid as long as the settings. Any thread.
     * A key that a plugin never asks for during init() is reported to the user as unknown. */
    const char *(*setting)(const struct shunt_settings *settings, const char *key);
    /* As above, a whole number in [min, max]. Not set: SHUNT_OK and *value is left alone. Malformed
     * or out of range: logged with file and line, SHUNT_EINVAL. */
    enum shunt_status (*setting_number)(const struct shunt_settings *settings, const char *key,
                                        uint64_t min, uint64_t max, uint64_t *value) SHUNT_MUST_USE;
    /* As above: true, false, yes, no, on, off. */
    enum shunt_status (*setting_bool)(const struct shunt_settings *settings, const char *key,
                                      bool *value) SHUNT_MUST_USE;

    /* ---- a worker ---- */
    /* The service `name` of `interface`, at least of `version`: SHUNT_OK or SHUNT_ENOTFOUND. All
     * plugins' services can be found from the first negotiate() on. */
    enum shunt_status (*service_find)(struct shunt_worker *worker, const char *interface,
                                      const char *name, uint32_t version,
                                      struct shunt_service_ref *found) SHUNT_MUST_USE;
    /* Milliseconds of a monotonic clock, read once a loop turn. */
    uint64_t (*now_ms)(struct shunt_worker *worker);

    /* ---- an upgrade: from negotiate() until it is settled or cancelled ---- */
    /* The protocol as offered, "name" or "name/version". */
    struct shunt_span (*upgrade_offer)(const struct shunt_upgrade *upgrade);
    /* The settings of the route that the request met. Never NULL. */
    const struct shunt_settings *(*upgrade_settings)(const struct shunt_upgrade *upgrade);
    const struct shunt_request *(*upgrade_request)(const struct shunt_upgrade *upgrade);
    struct shunt_worker *(*upgrade_worker)(const struct shunt_upgrade *upgrade);
    /* Bytes that have already arrived behind the request. */
    size_t (*upgrade_early_bytes)(const struct shunt_upgrade *upgrade);
    /* Add a field to the 101 or to the refusal. Copied. SHUNT_EINVAL for what is no field (RFC 9110
     * section 5) or a field that the server itself writes; SHUNT_ETOOBIG when the head is full. */
    enum shunt_status (*upgrade_field)(struct shunt_upgrade *upgrade, struct shunt_span name,
                                       struct shunt_span value) SHUNT_MUST_USE;
    /* Choose the answer for SHUNT_REFUSE: any final status, and a body with its media type. Copied.
     * Without this call a refusal is 403. SHUNT_EINVAL for a status outside 200..599;
     * SHUNT_ETOOBIG (a body over limits.response_bytes_max) and SHUNT_ENOMEM: 500 or 503 is
     * answered instead. */
    enum shunt_status (*upgrade_refuse)(struct shunt_upgrade *upgrade, unsigned status,
                                        const char *content_type,
                                        struct shunt_span body) SHUNT_MUST_USE;
    /* SHUNT_STREAM_STATE_BYTES bytes, zero at first, that become the stream's state. */
    void *(*upgrade_state)(struct shunt_upgrade *upgrade);
    void *(*upgrade_user)(const struct shunt_upgrade *upgrade);
    /* The user pointer; becomes the stream's. */
    void (*upgrade_set_user)(struct shunt_upgrade *upgrade, void *user);
    /* Names a deferred upgrade for post_upgrade(), until it is settled. */
    shunt_id (*upgrade_id)(const struct shunt_upgrade *upgrade);
    /* Settle a deferred upgrade: SHUNT_ACCEPT, SHUNT_DECLINE or SHUNT_REFUSE. `upgrade` is gone
     * when this returns. For SHUNT_ACCEPT either open() has then run, and data() follows at the end
     * of the loop turn, or cancel() has, because the connection is closing or a limit forbids the
     * upgrade; for the others neither runs for what was settled. Not from within negotiate() or
     * cancel(). */
    void (*upgrade_settle)(struct shunt_upgrade *upgrade, enum shunt_verdict verdict);

    /* ---- a stream: from open() to the end of close() ---- */
    /* Queue a copy of `bytes`. All that is written in one loop turn goes out in one send.
     * SHUNT_OK; SHUNT_AGAIN: queued, but the high-water mark is passed, stop until drained();
     * SHUNT_EFULL or SHUNT_ENOMEM: not queued, the stream is closing; SHUNT_ESTATE: closing. */
    enum shunt_status (*write)(struct shunt_stream *stream, const void *bytes, size_t len);
    /* The same without a copy: `bytes` must stay until release(arg) is called, exactly once, on the
     * worker, also when the result is an error. */
    enum shunt_status (*write_borrowed)(struct shunt_stream *stream, const void *bytes, size_t len,
                                        shunt_release *release, void *arg);
    /* Hold what is written back until uncork, across loop turns. Not counted: one uncork ends it.
     */
    void (*cork)(struct shunt_stream *stream);
    void (*uncork)(struct shunt_stream *stream);
    /* Bytes that are queued and not yet taken by the kernel. */
    size_t (*queued)(const struct shunt_stream *stream);
    /* drained() comes when the queue falls to `low` after it passed `high`. SHUNT_EINVAL unless
     * low < high and high is not above the server's limit. */
    enum shunt_status (*set_marks)(struct shunt_stream *stream, size_t low,
                                   size_t high) SHUNT_MUST_USE;
    /* Begin to close. close() follows, later, never from within this call. */
    void (*close)(struct shunt_stream *stream, enum shunt_close_mode mode);
    /* Stop and start data(). What the kernel had already handed over is kept and given at resume,
     * in order and in pieces as for data(). */
    void (*pause)(struct shunt_stream *stream);
    void (*resume)(struct shunt_stream *stream);
    /* Run timer() once, when `ms` milliseconds have passed, never sooner; 0 disarms it. More than
     * 2147483647 (24 days) counts as that. */
    void (*timer)(struct shunt_stream *stream, uint32_t ms);
    /* The inline state: SHUNT_STREAM_STATE_BYTES bytes, 8-aligned. */
    void *(*state)(struct shunt_stream *stream);
    void *(*user)(const struct shunt_stream *stream);
    void (*set_user)(struct shunt_stream *stream, void *user);
    /* What this protocol's plugin set in worker_start. */
    void *(*local)(const struct shunt_stream *stream);
    struct shunt_worker *(*worker)(const struct shunt_stream *stream);
    shunt_id (*id)(const struct shunt_stream *stream);
    /* The request that was upgraded: in open() only, NULL later and for one of connect(). */
    const struct shunt_request *(*request)(const struct shunt_stream *stream);
    /* The address of the peer or of our end; *len is the room in, the size out (getpeername(2)). */
    enum shunt_status (*peer)(const struct shunt_stream *stream, struct sockaddr *address,
                              socklen_t *len) SHUNT_MUST_USE;
    enum shunt_status (*self)(const struct shunt_stream *stream, struct sockaddr *address,
                              socklen_t *len) SHUNT_MUST_USE;
    /* Take the bare descriptor. What is queued is sent first, reading stops, then taker() runs once
     * on the worker, then close() with SHUNT_CLOSED_TAKEN. The timer does not run any more; a peer
     * that takes nothing for timeouts.write_ms is closed as ever. SHUNT_ESTATE when closing. */
    enum shunt_status (*take_fd)(struct shunt_stream *stream, shunt_fd_taker *taker,
                                 void *arg) SHUNT_MUST_USE;

    /* ---- from any thread ---- */
    /*
     * Run task(stream, arg) on the worker of `id`, or drop(arg) when the stream is gone (drop may
     * be NULL). After SHUNT_OK one of the two runs, once, on that worker's thread, also while the
     * server stops: never within post(), and before the plugin's worker_stop(). Tasks of one thread
     * for one worker run in order.
     *
     * SHUNT_EFULL: limits.mailbox_max tasks wait for the worker already, those of all plugins taken
     * together; SHUNT_ENOTFOUND: no such worker. Then neither runs, and `arg` is still the
     * caller's.
     *
     * For one message to many streams use post_worker(): a post for each stream fills the mailbox.
     */
    enum shunt_status (*post)(shunt_id id, shunt_stream_task *task, shunt_release *drop,
                              void *arg) SHUNT_MUST_USE;
    /* The same for an upgrade that is deferred: dropped once it is settled or cancelled. */
    enum shunt_status (*post_upgrade)(shunt_id id, shunt_upgrade_task *task, shunt_release *drop,
                                      void *arg) SHUNT_MUST_USE;

    /* ---- since 1.1 ---- */
    /* The worker's number, 0 to worker_count() - 1: where a plugin keeps what is that worker's. */
    unsigned (*worker_number)(const struct shunt_worker *worker);
    /* How many workers the server has. */
    unsigned (*worker_count)(const struct shunt_worker *worker);
    /* Names worker `number` of the same server for post_worker(); 0 while it has not started or
     * when there is none. A worker whose loop has failed gets another id as it begins anew. */
    shunt_id (*worker_id)(const struct shunt_worker *worker, unsigned number);
    /*
     * Run task(worker, arg) on a worker, or drop(arg) when it ends first, on its thread too. Any
     * thread; statuses as post(). One message to all members of a room, wherever they are: each worker keeps a list of
     * its own members, a message is posted once for each worker, and the task writes it to the
     * list.
     *
     *     for (unsigned i = 0; i < host->worker_count(worker); i++) {
     *         message_hold(message);
     *         if (host->post_worker(host->worker_id(worker, i), notify_members, message_release,
     *                               message) != SHUNT_OK) {
     *             message_release(message);
     *         }
     *     }
     */
    enum shunt_status (*post_worker)(shunt_id worker, shunt_worker_task *task, shunt_release *drop,
                                     void *arg) SHUNT_MUST_USE;
    /* The bytes that a stream's queue may hold, limits.queue_bytes_max: a write() of `len` fits
     * when queued() + len is not above it. `settings` are those given to init(), for which alone
     * it is known; 0: not known. Any thread. */
    uint64_t (*queue_bytes_max)(const struct shunt_settings *settings);
    /* A message of `len` bytes was not written, because it would not have fitted: counted as
     * conn.queue_overflows and, now and then, logged, as for a write() that gives
     * SHUNT_EFULL; but the stream stays open, for the protocol to close it in its own way. */
    void (*queue_refused)(struct shunt_stream *stream, size_t len);
    /*
     * Run task(worker, arg) once `ms` milliseconds have passed, never sooner; and where `every_ms`
     * is not 0, again each time that so many more have. What a busy worker has missed is left out.
     * More than 2147483647 (24 days) counts as that. A worker has as many as it needs: one for all
     * its members, or several for a stream, which are cancelled in its close().
     *
     * drop(arg) (may be NULL) runs in place of what is still to come when the worker ends: before
     * its worker_stop(), and before its streams are closed at once. `id` (may be NULL) gets the
     * name that worker_timer_cancel() takes.
     *
     * SHUNT_EFULL: there are limits.worker_timers_max, counted as conn.worker_timers_refused;
     * SHUNT_ENOMEM; SHUNT_ESTATE: the worker ends. Then neither runs, and `arg` is still the
     * caller's.
     */
    enum shunt_status (*worker_timer_set)(struct shunt_worker *worker, uint32_t ms,
                                          uint32_t every_ms, shunt_worker_task *task,
                                          shunt_release *drop, void *arg,
                                          shunt_id *id) SHUNT_MUST_USE;
    /* Neither task nor drop runs any more, and `arg` is the caller's; also from within the task.
     * SHUNT_ENOTFOUND: it has run for the last time, or was dropped or cancelled. */
    enum shunt_status (*worker_timer_cancel)(struct shunt_worker *worker, shunt_id id);
    /* The address of the client that asks for an upgrade, as peer() gives it of a stream. */
    enum shunt_status (*upgrade_peer)(const struct shunt_upgrade *upgrade, struct sockaddr *address,
                                      socklen_t *len) SHUNT_MUST_USE;
    /*
     * Run task(worker, fd, events, arg) in each turn that finds `fd`, a descriptor of the plugin's
     * own that can be polled (a database client's socket, a pipe, an eventfd), readable or
     * writable, for as long as it is; the end of the peer's direction is readable, and an error is
     * whatever is watched for. `events` are SHUNT_READABLE, SHUNT_WRITABLE, both, or 0 for none
     * until watch_change(). Use it nonblocking. A descriptor is watched once a worker, and unwatched
     * before it is closed.
     *
     * drop(arg) (may be NULL) runs when the worker ends: before its worker_stop(), and before its
     * streams are closed at once. *id is what the other two calls take.
     *
     * SHUNT_EFULL: there are limits.watches_max, counted as conn.watches_refused; SHUNT_ENOMEM;
     * SHUNT_ESYS: errno has it (EPERM: it cannot be polled; EEXIST: it is watched already);
     * SHUNT_ESTATE: the worker ends. Then nothing runs, and `arg` is still the caller's.
     */
    enum shunt_status (*watch)(struct shunt_worker *worker, int fd, unsigned events,
                               shunt_watch_task *task, shunt_release *drop, void *arg,
                               shunt_id *id) SHUNT_MUST_USE;
    /* Watch for other events. SHUNT_ENOTFOUND; SHUNT_ESYS: as before, errno has it. */
    enum shunt_status (*watch_change)(struct shunt_worker *worker, shunt_id id,
                                      unsigned events) SHUNT_MUST_USE;
    /* Neither task nor drop runs any more, also where it is ready in this very turn: fd and `arg`
     * are the caller's. SHUNT_ENOTFOUND. */
    enum shunt_status (*unwatch)(struct shunt_worker *worker, shunt_id id);
    /*
     * Connect to `address` (AF_INET, AF_INET6 or AF_UNIX) and drive the connection by the protocol
     * called `token`, one of the plugin's own: open() is called once it is there, with `user` as its
     * user pointer and no request, then all that a stream gets. It is one of the worker's
     * connections, and counts for limits.connections_max from now on.
     *
     * After SHUNT_OK either open() or failed(worker, error, user) runs, once, never within this
     * call: ETIMEDOUT after `ms` milliseconds (0: as the kernel does), ECANCELED where the worker
     * ends first, or what connect(2) gives. `id` (may be NULL) gets what connect_cancel() takes.
     *
     * SHUNT_ENOTFOUND: no such protocol; SHUNT_EFULL: limits.connections_max are there, or
     * limits.worker_timers_max; SHUNT_EINVAL: `len` is no address's; SHUNT_ENOMEM; SHUNT_ESYS: no
     * socket, errno has it; SHUNT_ESTATE: the worker ends. Then neither runs.
     */
    enum shunt_status (*connect)(struct shunt_worker *worker, const struct sockaddr *address,
                                 socklen_t len, uint32_t ms, const char *token,
                                 shunt_connect_failed *failed, void *user,
                                 shunt_id *id) SHUNT_MUST_USE;
    /* Neither open() nor failed() runs. SHUNT_ENOTFOUND: one of them has. */
    enum shunt_status (*connect_cancel)(struct shunt_worker *worker, shunt_id id);
    /* What the functions of <shunt/http.h> and <shunt/fields.h> call in a plugin, which calls them
     * by their names: <shunt/calls.h>. */
    const struct shunt_calls *calls;
    /* What now_ms() will show once `ms` milliseconds have passed for certain, counted from this very
     * moment, which may be later than now_ms(). More than 2147483647 (24 days) counts as that. */
    uint64_t (*after_ms)(struct shunt_worker *worker, uint32_t ms);
    /* As timer(), at a time that after_ms() gave; 0 disarms it. One that is over comes in the next
     * turn. For several timers of a stream: <shunt/timers.h>. */
    void (*timer_at)(struct shunt_stream *stream, uint64_t at_ms);
    /*
     * Register a metric of the plugin's own, within init() only, whose `settings` these are; its
     * number is what the other calls take. SHUNT_EINVAL: logged, with what was expected and found;
     * SHUNT_EFULL: there are SHUNT_METRICS_MAX; SHUNT_ENOMEM.
     */
    enum shunt_status (*metric)(const struct shunt_settings *settings,
                                const struct shunt_metric *metric, uint32_t *number) SHUNT_MUST_USE;
    /* On the worker's thread: add to a counter (nothing below 0) or a gauge; set the worker's part of
     * a gauge; count a value in a histogram. No effect on a metric of another kind. */
    void (*metric_add)(struct shunt_worker *worker, uint32_t number, int64_t by);
    void (*metric_set)(struct shunt_worker *worker, uint32_t number, int64_t value);
    void (*metric_observe)(struct shunt_worker *worker, uint32_t number, double value);
};
#define SHUNT_HOST_BYTES_1_0 SHUNT_BYTES_WITH(struct shunt_host, post_upgrade)

/* Bits of shunt_protocol.flags. */
enum {
    SHUNT_EARLY_FORBIDDEN = 1 /* the protocol does not let a client send before the 101 (RFC 6455
                                 section 4.1): early bytes are counted, and refused where strict */
};

/* A protocol on a byte stream. Members marked "may be NULL" are optional. */
struct shunt_protocol {
    uint32_t size;
    uint32_t flags;
    const char
        *token; /* as offered in Upgrade, a token, compared without case (RFC 9110 section 7.8) */
    /* Look at an offer; once for each name and version that the request offers, however often it
     * repeats them. May be NULL: every offer is accepted. The request is whole. */
    enum shunt_verdict (*negotiate)(void *local, const struct shunt_request *request,
                                    struct shunt_upgrade *upgrade);
    /*
     * An upgrade that was deferred or accepted is gone, and open() does not follow. Once, on the
     * worker that ran negotiate(), and never within it:
     *
     *   the client has ended its direction or reset, the deferral is older than
     *   timeouts.upgrade_ms, or the server stops at once
     *       by the end of the loop turn that learns of it. A client that sends much behind its
     *       request is not read meanwhile, and may be found to have left only when time is over.
     *   a limit or a strict setting forbids it, or memory is short
     *       right behind negotiate(), or within upgrade_settle(SHUNT_ACCEPT)
     *   it is accepted while its connection closes
     *       within upgrade_settle(SHUNT_ACCEPT)
     *
     * `upgrade` is valid during the call; upgrade_settle() must not be called any more, and tasks
     * of post_upgrade() that still come are dropped. May be NULL if there is nothing to give back.
     */
    void (*cancel)(void *local, struct shunt_upgrade *upgrade);
    /* The 101 is queued; from here on the protocol owns the stream. */
    void (*open)(void *local, struct shunt_stream *stream);
    /* Bytes from the peer, whole, in order, writable in place, valid during the call. len is at
     * least 1 and at most the server's limits.receive_buffer_bytes (4096 unless set), also for what
     * was held during a pause or came behind the request: pause() may be called between any two of
     * these pieces, and holds from the next one on. */
    void (*data)(struct shunt_stream *stream, uint8_t *bytes, size_t len);
    /* The queue fell to the low-water mark. May be NULL. */
    void (*drained)(struct shunt_stream *stream);
    /* The peer has ended its direction; ours is still open. Comes once, behind all data(), and
     * never during a pause: it waits for resume() as data does. May be NULL: the stream is then
     * closed gracefully, at that same time. */
    void (*end)(struct shunt_stream *stream);
    /* The timer ran out. May be NULL if the protocol sets none. */
    void (*timer)(struct shunt_stream *stream);
    /* The server stops: close in the protocol's own way, within the drain time. May be NULL: the
     * stream is closed gracefully. */
    void (*shutdown)(struct shunt_stream *stream);
    /* The last callback, exactly once for each open(), never within another callback of the stream
     * or within a call made by it. The stream's id already misses; only state, user, local and
     * worker may be called. May be NULL. */
    void (*close)(struct shunt_stream *stream, enum shunt_close_reason reason);
    /* Since 1.1. Look at the settings of a route that allows this protocol; may be NULL if it
     * reads none. */
    shunt_route_reader *route;
};
#define SHUNT_PROTOCOL_BYTES_1_0 SHUNT_BYTES_WITH(struct shunt_protocol, close)

/* A plugin. Everything it points to must live until fini() has returned. */
struct shunt_plugin {
    uint32_t size; /* sizeof *this when the plugin was compiled */
    uint16_t abi_major, abi_minor;
    const char *name, *version;
    /* Once a process, before any worker. A status other than SHUNT_OK refuses the plugin; log why
     * with host->log(). `settings` is valid until fini() has returned. May be NULL. */
    enum shunt_status (*init)(const struct shunt_host *host, const struct shunt_settings *settings,
                              void **plugin);
    /* Once a worker, on it, and again after worker_stop() where its loop has failed and begins
     * anew. A status other than SHUNT_OK stops the server. May be NULL. */
    enum shunt_status (*worker_start)(void *plugin, struct shunt_worker *worker, void **local);
    /* After the worker's last stream has closed. May be NULL. */
    void (*worker_stop)(void *local);
    /* After the last worker. May be NULL. */
    void (*fini)(void *plugin);
    const struct shunt_protocol *const *protocols; /* ends with NULL; may be NULL */
    const struct shunt_service *const *services;   /* ends with NULL; may be NULL */
    /* Since 1.1: for HTTP requests, <shunt/http.h>. */
    const struct shunt_http_handler *const *handlers; /* ends with NULL; may be NULL */
    const struct shunt_filter *const *filters;        /* ends with NULL; may be NULL */
};
#define SHUNT_PLUGIN_BYTES_1_0 SHUNT_BYTES_WITH(struct shunt_plugin, services)

/*
 * The ELF note of a plugin, in section .note.shunt, read before any of its code runs: owner
 * "Shunt", type SHUNT_NOTE_TYPE, descriptor `struct shunt_note`. Neither structure ever grows.
 */
#define SHUNT_NOTE_TYPE 1
struct shunt_note {
    uint32_t abi_major, abi_minor;
};

struct shunt_note_section {
    uint32_t name_size, desc_size, type;
    char name[8];
    struct shunt_note note;
};

#define SHUNT_PASTE_(a, b) a##b
#define SHUNT_PASTE(a, b)  SHUNT_PASTE_(a, b)
#define SHUNT_TEXT_(a)     #a
#define SHUNT_TEXT(a)      SHUNT_TEXT_(a)

/* The exported symbol carries the major number, so that a loader cannot meet another major by
 * mistake. */
#define SHUNT_PLUGIN_SYMBOL      SHUNT_PASTE(shunt_plugin_v, SHUNT_ABI_MAJOR)
#define SHUNT_PLUGIN_SYMBOL_NAME SHUNT_TEXT(SHUNT_PLUGIN_SYMBOL)

/*
 * Export the plugin: `SHUNT_PLUGIN = { SHUNT_PLUGIN_HEAD, .name = ..., ... };` once in a plugin.
 * It also defines the functions that <shunt/calls.h> lists, those of <shunt/http.h>, <shunt/fields.h> and
 * <shunt/files.h>, for all files of the plugin.
 * Compiled with -DSHUNT_PLUGIN_STATIC=NAME, the object is called NAME, and neither a note nor these
 * functions are written: that is how a program that embeds the library links a plugin in and gives
 * it to shunt_server_plugin_add().
 * In C++ a function that fills a zeroed structure makes each of them, `SHUNT_PLUGIN = made();`, for a
 * list of designators is not C++11, and warns once a minor has appended a member. No exception may
 * leave a callback.
 */
#ifdef SHUNT_PLUGIN_STATIC
#define SHUNT_PLUGIN                                                                               \
    extern const struct shunt_plugin SHUNT_PLUGIN_STATIC;                                          \
    const struct shunt_plugin SHUNT_PLUGIN_STATIC
#else
#define SHUNT_PLUGIN                                                                               \
    static const struct shunt_note_section shunt_note_here __attribute__((                         \
        used, aligned(4), section(".note.shunt"))) = {6,                                           \
                                                      sizeof(struct shunt_note),                   \
                                                      SHUNT_NOTE_TYPE,                             \
                                                      "Shunt",                                     \
                                                      {SHUNT_ABI_MAJOR, SHUNT_ABI_MINOR}};         \
    SHUNT_CALLS_DEFINE                                                                             \
    extern __attribute__((visibility("default"))) const struct shunt_plugin SHUNT_PLUGIN_SYMBOL;   \
    const struct shunt_plugin SHUNT_PLUGIN_SYMBOL
#endif
#define SHUNT_PLUGIN_HEAD                                                                          \
    .size = sizeof(struct shunt_plugin), .abi_major = SHUNT_ABI_MAJOR, .abi_minor = SHUNT_ABI_MINOR

#ifdef __cplusplus
}
#endif

#endif
