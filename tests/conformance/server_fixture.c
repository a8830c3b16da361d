#include "conformance/server_fixture.h"

#include "base/log.h"

#include <poll.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_S = 20 };

/* ---- marks and values ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char marks[1 << 20];
static size_t marks_len;
static uint64_t values[64];
static unsigned values_put, values_taken;

static struct timespec deadline(void)
{
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += WAIT_S;
    return at;
}

void mark(const char *name)
{
    pthread_mutex_lock(&lock);
    if (marks_len + strlen(name) + 2 < sizeof marks) {
        marks_len += (size_t)sprintf(marks + marks_len, "%s ", name);
    }
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static unsigned count_locked(const char *name)
{
    unsigned count = 0;
    size_t len = strlen(name);

    for (const char *at = marks; (at = strstr(at, name)) != NULL; at += len) {
        count += (at == marks || at[-1] == ' ') && at[len] == ' ';
    }
    return count;
}

unsigned mark_count(const char *name)
{
    unsigned count;

    pthread_mutex_lock(&lock);
    count = count_locked(name);
    pthread_mutex_unlock(&lock);
    return count;
}

void mark_wait(const char *name, unsigned count)
{
    struct timespec end = deadline();
    unsigned have;

    pthread_mutex_lock(&lock);
    while ((have = count_locked(name)) < count &&
           pthread_cond_timedwait(&changed, &lock, &end) == 0) {
    }
    pthread_mutex_unlock(&lock);
    cr_assert_geq(have, count, "%u times \"%s\" of %u; marks: %.400s", have, name, count, marks);
}

const char *mark_text(void)
{
    static char copy[sizeof marks];

    pthread_mutex_lock(&lock);
    memcpy(copy, marks, marks_len + 1);
    pthread_mutex_unlock(&lock);
    return copy;
}

void meet(void)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
}

void mark_reset(void)
{
    pthread_mutex_lock(&lock);
    marks_len = 0;
    marks[0] = '\0';
    pthread_mutex_unlock(&lock);
}

void value_put(uint64_t value)
{
    pthread_mutex_lock(&lock);
    values[values_put++ % (sizeof values / sizeof *values)] = value;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

uint64_t value_take(void)
{
    struct timespec end = deadline();
    uint64_t value = 0;
    bool there;

    pthread_mutex_lock(&lock);
    while (values_taken == values_put && pthread_cond_timedwait(&changed, &lock, &end) == 0) {
    }
    there = values_taken != values_put;
    if (there) {
        value = values[values_taken++ % (sizeof values / sizeof *values)];
    }
    pthread_mutex_unlock(&lock);
    cr_assert(there, "no value came; marks: %.400s", marks);
    return value;
}

/* ---- the plugin ---- */

struct probe probe;

static enum shunt_status probe_init(const struct shunt_host *host,
                                    const struct shunt_settings *settings, void **plugin)
{
    (void)settings, (void)plugin;
    probe.host = host;
    return SHUNT_OK;
}

static enum shunt_verdict probe_negotiate(void *local, const struct shunt_request *request,
                                          struct shunt_upgrade *upgrade)
{
    enum shunt_verdict verdict = SHUNT_ACCEPT;

    (void)local;
    meet();
    if (probe.negotiate) {
        verdict = probe.negotiate(request, upgrade);
    }
    mark("negotiate");
    return verdict;
}

static void probe_cancel(void *local, struct shunt_upgrade *upgrade)
{
    (void)local;
    meet();
    if (probe.cancel) {
        probe.cancel(upgrade);
    }
    mark("cancel");
}

static void probe_open(void *local, struct shunt_stream *stream)
{
    (void)local;
    meet();
    if (probe.open) {
        probe.open(stream);
    }
    mark("open");
}

static void probe_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    meet();
    if (probe.data) {
        probe.data(stream, bytes, len);
    } else {
        (void)probe.host->write(stream, bytes, len);
    }
    mark("data");
}

static void probe_drained(struct shunt_stream *stream)
{
    meet();
    if (probe.drained) {
        probe.drained(stream);
    }
    mark("drained");
}

static void probe_end(struct shunt_stream *stream)
{
    meet();
    if (probe.end) {
        probe.end(stream);
    } else {
        probe.host->close(stream, SHUNT_CLOSE_GRACEFUL);
    }
    mark("end");
}

static void probe_timer(struct shunt_stream *stream)
{
    meet();
    if (probe.timer) {
        probe.timer(stream);
    }
    mark("timer");
}

static void probe_shutdown(struct shunt_stream *stream)
{
    meet();
    if (probe.shutdown) {
        probe.shutdown(stream);
    } else {
        probe.host->close(stream, SHUNT_CLOSE_GRACEFUL);
    }
    mark("shutdown");
}

static void probe_close(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    meet();
    if (probe.close) {
        probe.close(stream, reason);
    }
    mark("close");
}

#define PROBE_PROTOCOL(name, bits)                                                                 \
    static const struct shunt_protocol probe_##name = {                                            \
        .size = sizeof(struct shunt_protocol),                                                     \
        .flags = (bits),                                                                           \
        .token = #name,                                                                            \
        .negotiate = probe_negotiate,                                                              \
        .cancel = probe_cancel,                                                                    \
        .open = probe_open,                                                                        \
        .data = probe_data,                                                                        \
        .drained = probe_drained,                                                                  \
        .end = probe_end,                                                                          \
        .timer = probe_timer,                                                                      \
        .shutdown = probe_shutdown,                                                                \
        .close = probe_close,                                                                      \
    }

PROBE_PROTOCOL(alpha, 0);
PROBE_PROTOCOL(beta, 0);
PROBE_PROTOCOL(gamma, 0);
PROBE_PROTOCOL(strict, SHUNT_EARLY_FORBIDDEN);

static const struct shunt_protocol probe_bare = {
    .size = sizeof(struct shunt_protocol),
    .token = "bare",
    .open = probe_open,
    .data = probe_data,
    .close = probe_close,
};

static const struct shunt_protocol *const protocols[] = {&probe_alpha,  &probe_beta, &probe_gamma,
                                                         &probe_strict, &probe_bare, NULL};

static const struct shunt_plugin plugin = {
    SHUNT_PLUGIN_HEAD, .name = "probe", .version = "1", .init = probe_init, .protocols = protocols,
};

/* ---- the server ---- */

static void answer_path(void *arg, const struct shunt_request *request,
                        struct shunt_response *response)
{
    (void)arg;
    cr_assert_eq(shunt_response_body(response, "text/plain", request->path.at, request->path.len),
                 SHUNT_OK);
}

static void answer_body(void *arg, const struct shunt_request *request,
                        struct shunt_response *response)
{
    (void)arg;
    cr_assert_eq(shunt_response_body(response, "text/plain", request->body.at, request->body.len),
                 SHUNT_OK);
}

static void routes_add(struct shunt_server *server)
{
    static const char *const all[] = {"alpha", "beta", "gamma", "strict", "bare", NULL};
    static const char *const only_alpha[] = {"alpha", NULL}, *const only_strict[] = {"strict",
                                                                                     NULL};
    static const struct shunt_route routes[] = {
        {.size = sizeof(struct shunt_route),
         .path = "/any",
         .handler = answer_path,
         .upgrade = all},
        {.size = sizeof(struct shunt_route),
         .path = "/alpha",
         .handler = answer_path,
         .upgrade = only_alpha},
        {.size = sizeof(struct shunt_route),
         .path = "/strict",
         .handler = answer_path,
         .upgrade = only_strict},
        {.size = sizeof(struct shunt_route),
         .path = "/must",
         .upgrade = only_alpha,
         .upgrade_required = true},
        {.size = sizeof(struct shunt_route), .path = "/plain", .handler = answer_path},
        {.size = sizeof(struct shunt_route), .path = "/echo", .handler = answer_body},
    };

    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        cr_assert_eq(shunt_server_route(server, &routes[i]), SHUNT_OK);
    }
}

void server_create(struct server *s, enum io_backend backend)
{
    *s = (struct server){.backend = backend, .log = -1};
    log_level_set(SHUNT_LOG_ERROR); /* a test that wants more asks for it */
    cr_assert_eq(shunt_server_create(&s->server), SHUNT_OK);
    server_config(s->server)->backend = backend;
    cr_assert_eq(shunt_server_workers(s->server, 1), SHUNT_OK);
    cr_assert_eq(shunt_server_listen(s->server, "127.0.0.1:0"), SHUNT_OK);
    cr_assert_eq(shunt_server_plugin_add(s->server, &plugin, NULL), SHUNT_OK);
    routes_add(s->server);
}

static sem_t is_ready;

static void ready(void *arg)
{
    (void)arg;
    sem_post(&is_ready);
}

static void *serve(void *arg)
{
    struct server *s = arg;

    s->result = shunt_server_run(s->server, ready, NULL);
    sem_post(&is_ready);
    return NULL;
}

void server_start(struct server *s)
{
    sem_init(&is_ready, 0, 0);
    cr_assert_eq(pthread_create(&s->thread, NULL, serve, s), 0);
    while (sem_wait(&is_ready) != 0) {
    }
    s->port = shunt_server_port(s->server, 0);
    cr_assert_neq(s->port, 0, "%s", shunt_server_error(s->server));
}

void server_open(struct server *s, enum io_backend backend, void (*change)(struct config *config))
{
    server_create(s, backend);
    if (change) {
        change(server_config(s->server));
    }
    server_start(s);
}

void server_join(struct server *s)
{
    struct timespec end = deadline();

    cr_assert_eq(pthread_timedjoin_np(s->thread, NULL, &end), 0, "the server does not stop");
    cr_expect_eq(s->result, SHUNT_OK, "%s", shunt_server_error(s->server));
    shunt_server_destroy(s->server);
}

void server_close(struct server *s)
{
    shunt_server_stop(s->server);
    server_join(s);
}

/* ---- its log ---- */

void server_log_keep(struct server *s)
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    cr_assert_geq(dup2(ends[1], STDERR_FILENO), 0);
    close(ends[1]);
    s->log = ends[0];
    log_level_set(SHUNT_LOG_INFO);
    server_config(s->server)->log_level = SHUNT_LOG_INFO;
}

static void log_line_read(const struct server *s, char *line, size_t size)
{
    size_t len = 0;

    do {
        struct pollfd wait = {.fd = s->log, .events = POLLIN};

        cr_assert_lt(len, size - 1);
        cr_assert_eq(poll(&wait, 1, WAIT_S * 1000), 1, "the log has nothing");
        cr_assert_eq(read(s->log, line + len, 1), 1);
    } while (line[len++] != '\n');
    line[len] = '\0';
}

void server_log_wait(struct server *s, const char *text)
{
    char line[2048];

    do {
        log_line_read(s, line, sizeof line);
    } while (!strstr(line, text));
}

uint64_t server_counter(struct server *s, const char *name)
{
    char wanted[64], line[2048];
    uint64_t value = 0;

    snprintf(wanted, sizeof wanted, " %s=", name);
    shunt_server_report(s->server);
    for (unsigned i = 0; i < 3;) {
        const char *at;

        log_line_read(s, line, sizeof line);
        i += strstr(line, "worker 0:") != NULL;
        at = strstr(line, wanted);
        value = at ? strtoull(at + strlen(wanted), NULL, 10) : value;
    }
    return value;
}
