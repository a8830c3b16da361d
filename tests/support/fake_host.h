/*
 * A host without a server: one worker, plugins that are linked in, and streams whose bytes stay in
 * memory. A test plays the session, the socket, the peer and the clock; the plugin sees no difference.
 *
 * What our own side must never do (a write behind the last callback, an accept that is no valid
 * field, a stream left open) ends the process with a line about it. peer(), self(),
 * post_upgrade(), upgrade_peer(), timers, watches and connects of the worker are NULL: nothing simulates them.
 */
#ifndef SUPPORT_FAKE_HOST_H
#define SUPPORT_FAKE_HOST_H

#include <shunt/plugin.h>

#define FAKE_PLUGINS_MAX 4
#define FAKE_FIELDS_MAX  16
#define FAKE_TASKS_MAX   16

/* key, value, key, value ..., NULL. What a NULL pointer stands for is empty. */
struct shunt_settings {
    const char *const *pairs;
};

struct fake_plugin {
    const struct shunt_plugin *plugin;
    struct shunt_settings settings;
    void *instance, *local;
};

struct fake_task {
    shunt_id id;
    shunt_stream_task *task;
    shunt_release *drop;
    void *arg;
};

/* A route: offers whose settings are alike are made on the same one. */
struct fake_route {
    struct fake_route *next;
    struct shunt_settings settings; /* a copy */
};

/* The one worker. */
struct shunt_worker {
    struct fake_route *routes;
    struct fake_plugin plugins[FAKE_PLUGINS_MAX];
    size_t plugin_count;
    struct shunt_stream *streams; /* opened and not yet freed */
    struct fake_task tasks[FAKE_TASKS_MAX];
    size_t task_count;
    uint64_t now_ms;
    shunt_id last_id;
    unsigned refused; /* calls of queue_refused() */
};

struct fake_field {
    char name[64], value[256];
};

/* A request with an offer. NULL members: GET, /, no fields, no body, no settings. */
struct fake_offer {
    const char *offer; /* "websocket", "websocket/13" */
    const char *method, *path;
    const char *const *fields; /* name, value, ..., NULL */
    const char *body;
    const char *const *settings; /* of the route */
};

struct shunt_upgrade {
    struct shunt_worker *worker;
    const struct fake_plugin *plugin;
    const struct shunt_protocol *protocol;
    struct shunt_request request;
    struct shunt_span offer;
    const struct shunt_settings *settings; /* of the route */
    shunt_id id;
    uint64_t state[SHUNT_STREAM_STATE_BYTES / 8];
    void *user;
    size_t early_bytes;
    /* What came of it. */
    enum shunt_verdict verdict;
    bool settled; /* upgrade_settle() was called; a stream then stands in `stream` */
    unsigned status;
    char body[256];
    struct fake_field fields[FAKE_FIELDS_MAX];
    size_t field_count;
    struct shunt_stream *stream;
};

struct fake_bytes {
    uint8_t *at;
    size_t len;
};

struct shunt_stream {
    struct shunt_stream *next;
    struct shunt_worker *worker;
    const struct shunt_protocol *protocol;
    void *local, *user;
    const struct shunt_request *request; /* while open() runs */
    shunt_id id;
    uint64_t state[SHUNT_STREAM_STATE_BYTES / 8];
    /* Output. */
    struct fake_bytes sent; /* all that was ever queued */
    size_t taken;           /* of it by the peer; the rest is queued */
    size_t low, high, limit;
    bool stalled; /* set by a test: the peer reads only by fake_read() */
    bool over;    /* the high-water mark was passed, drained() is owed */
    bool corked;
    /* Input. */
    struct fake_bytes held; /* came while paused */
    bool paused, ended, end_owed;
    uint64_t timer_at; /* 0: none */
    /* The end. */
    bool closing, closed;
    enum shunt_close_mode mode;
    enum shunt_close_reason reason;
    shunt_fd_taker *taker;
    void *taker_arg;
};

struct shunt_worker *fake_worker_create(void);
/* init() and worker_start(); their status when it is not SHUNT_OK. */
enum shunt_status fake_plugin_start(struct shunt_worker *worker, const struct shunt_plugin *plugin,
                                    const char *const *settings);
/* Every stream must be closed. worker_stop(), fini(). */
void fake_worker_destroy(struct shunt_worker *worker);

/* Offer a protocol, run negotiate(). Free with fake_upgrade_free(). */
struct shunt_upgrade *fake_upgrade(struct shunt_worker *worker, const struct fake_offer *offer);
void fake_upgrade_free(struct shunt_upgrade *upgrade);
/* The value of the answer's field, or NULL. */
const char *fake_upgrade_field(const struct shunt_upgrade *upgrade, const char *name);
/* The client leaves while the upgrade is deferred. */
void fake_upgrade_cancel(struct shunt_upgrade *upgrade);
/* The 101 is queued: open(). */
struct shunt_stream *fake_open(struct shunt_upgrade *upgrade);

/* Bytes, the end, or an error from the peer. Data ends at an unreadable page. After each of these
 * a loop turn ends: the peer reads unless stalled, drained(), held bytes, tasks, close(). */
void fake_data(struct shunt_stream *stream, const void *bytes, size_t len);
void fake_end(struct shunt_stream *stream);
void fake_error(struct shunt_stream *stream);
/* The peer reads at most `len` bytes. */
void fake_read(struct shunt_stream *stream, size_t len);
void fake_shutdown(struct shunt_stream *stream);
/* The worker ends a turn in which nothing happened to the stream but what the test did. */
void fake_turn(struct shunt_worker *worker);
/* Time passes; timers run in between. */
void fake_advance(struct shunt_worker *worker, uint64_t ms);
/* take_fd() comes to its end: taker, then close(). */
void fake_give_fd(struct shunt_stream *stream, int fd, const void *bytes, size_t len, bool end);
/* Ends the stream if it is open, and frees it. */
void fake_free(struct shunt_stream *stream);

/* What the host reports of every queue, and holds streams that open from now on to. */
extern uint64_t fake_queue_bytes_max;

/* Log lines so far, and the last one. */
extern unsigned fake_log_count;
extern char fake_log_last[512];

/* Used between the two halves of this helper. */
void fake_stream_functions(struct shunt_host *host);
struct shunt_stream *fake_stream_create(struct shunt_upgrade *upgrade);
__attribute__((noreturn, format(printf, 1, 2))) void fake_broken(const char *format, ...);

#endif
