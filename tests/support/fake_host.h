/*
 * A host without a server: one worker, plugins that are linked in, and streams whose bytes stay in
 * memory. A test plays the session, the socket, the peer and the clock; the plugin sees no difference.
 *
 * What our own side must never do (a write behind the last callback, an accept that is no valid
 * field, a stream left open) ends the process with a line about it. peer(), self(), post_upgrade()
 * and upgrade_peer() are NULL: nothing simulates them.
 */
#ifndef SUPPORT_FAKE_HOST_H
#define SUPPORT_FAKE_HOST_H

#include <shunt/plugin.h>

#define FAKE_PLUGINS_MAX  4
#define FAKE_FIELDS_MAX   16
#define FAKE_TASKS_MAX    16
#define FAKE_TIMERS_MAX   16
#define FAKE_WATCHES_MAX  16
#define FAKE_CONNECTS_MAX 16

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

struct fake_worker_task {
    shunt_worker_task *task;
    shunt_release *drop;
    void *arg;
};

struct fake_timer {
    shunt_id id; /* 0: none */
    uint64_t at_ms;
    uint32_t every_ms;
    struct fake_worker_task task;
};

struct fake_watch {
    shunt_id id; /* 0: none */
    int fd;
    unsigned events;
    shunt_watch_task *task;
    shunt_release *drop;
    void *arg;
};

struct fake_connect {
    shunt_id id;       /* 0: none */
    uint64_t until_ms; /* UINT64_MAX: as long as it takes */
    const struct shunt_protocol *protocol;
    void *local;
    shunt_connect_failed *failed;
    void *user;
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
    struct fake_worker_task own_tasks[FAKE_TASKS_MAX]; /* of post_worker() */
    size_t own_task_count;
    struct fake_timer timers[FAKE_TIMERS_MAX];
    struct fake_watch watches[FAKE_WATCHES_MAX];
    struct fake_connect connects[FAKE_CONNECTS_MAX];
    bool ended; /* nothing can begin any more */
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
/* Every stream must be freed. What the worker still has to do is dropped, worker_stop(), fini(). */
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

/* `fd` is found to be readable or writable: the task of its watch runs for what it is watched for,
 * and a turn ends. What it is watched for; 0: nothing. */
void fake_ready(struct shunt_worker *worker, int fd, unsigned events);
unsigned fake_watched(const struct shunt_worker *worker, int fd);
/* A connect() is there: open(); or it has come to nothing: failed(). */
struct shunt_stream *fake_connected(struct shunt_worker *worker, shunt_id id);
void fake_connect_fail(struct shunt_worker *worker, shunt_id id, int error);

/* What the host reports of every queue, and holds streams that open from now on to. */
extern uint64_t fake_queue_bytes_max;

/* Log lines so far, and the last one. */
extern unsigned fake_log_count;
extern char fake_log_last[512];

/* Used between the parts of this helper: fake_host.c, fake_upgrade.c, fake_stream.c with fake_calls.c,
 * and fake_worker.c. */
void fake_upgrade_functions(struct shunt_host *host);
void fake_stream_functions(struct shunt_host *host);
void fake_worker_functions(struct shunt_host *host);
struct shunt_stream *fake_stream_create(struct shunt_worker *worker,
                                        const struct shunt_protocol *protocol, void *local);
void fake_bytes_append(struct fake_bytes *to, const void *bytes, size_t len);
void fake_routes_free(struct shunt_worker *worker);
/* An id does not name its worker, as the server's does: there is one worker at a time. */
extern struct shunt_worker *fake_posting;
/* When the worker has the next thing to do; UINT64_MAX: nothing. Do it. Drop all of it. */
uint64_t fake_worker_next_ms(const struct shunt_worker *worker);
void fake_worker_run_next(struct shunt_worker *worker);
void fake_worker_tasks_run(struct shunt_worker *worker);
void fake_worker_end(struct shunt_worker *worker);
static inline size_t fake_queued(const struct shunt_stream *stream)
{
    return stream->sent.len - stream->taken;
}
__attribute__((noreturn, format(printf, 1, 2))) void fake_broken(const char *format, ...);

#endif
