/*
 * A plugin with HTTP handlers, which answer at once, later and in pieces, and with filters. Built as a
 * shared object and linked into the tests from the same source. It logs the steps of its life.
 */
#include <pthread.h>
#include <shunt/plugin.h>
#include <stdio.h>
#include <stdlib.h>

static const struct shunt_host *host;

/* A worker's: how many requests it has had. */
struct local {
    unsigned requests;
};

/* A route's. */
struct route {
    const char *greeting;
    uint64_t pieces;
};

/* ---- a thread that answers ---- */

enum { WAITING_MAX = 64 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    shunt_id waiting[WAITING_MAX];
    unsigned count;
    bool ends;
} desk = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *desk_run(void *arg)
{
    pthread_mutex_lock(&desk.lock);
    while (!desk.ends || desk.count > 0) {
        if (desk.count == 0) {
            pthread_cond_wait(&desk.changed, &desk.lock);
            continue;
        }
        if (shunt_exchange_answer(desk.waiting[--desk.count], 200, "text/plain", "by a thread",
                                  11) != SHUNT_OK) {
            host->log(SHUNT_LOG_ERROR, "handlers: an answer is lost");
        }
    }
    pthread_mutex_unlock(&desk.lock);
    return arg;
}

static bool desk_put(shunt_id id)
{
    bool room;

    pthread_mutex_lock(&desk.lock);
    room = desk.count < WAITING_MAX;
    if (room) {
        desk.waiting[desk.count++] = id;
        pthread_cond_signal(&desk.changed);
    }
    pthread_mutex_unlock(&desk.lock);
    return room;
}

static void desk_end(void)
{
    pthread_mutex_lock(&desk.lock);
    desk.ends = true;
    pthread_cond_signal(&desk.changed);
    pthread_mutex_unlock(&desk.lock);
    pthread_join(desk.thread, NULL);
}

/* ---- the plugin's life ---- */

static enum shunt_status init(const struct shunt_host *given, const struct shunt_settings *settings,
                              void **plugin)
{
    (void)settings;
    host = given;
    *plugin = &host;
    desk.ends = false;
    host->log(SHUNT_LOG_INFO, "handlers: init");
    return pthread_create(&desk.thread, NULL, desk_run, NULL) == 0 ? SHUNT_OK : SHUNT_ESYS;
}

static enum shunt_status worker_start(void *plugin, struct shunt_worker *worker, void **local)
{
    (void)worker;
    *local = plugin == &host ? calloc(1, sizeof(struct local)) : NULL;
    host->log(SHUNT_LOG_INFO, "handlers: worker_start");
    return *local ? SHUNT_OK : SHUNT_ENOMEM;
}

static void worker_stop(void *local)
{
    host->log(SHUNT_LOG_INFO, "handlers: worker_stop");
    free(local);
}

static void fini(void *plugin)
{
    desk_end();
    host->log(SHUNT_LOG_INFO, "handlers: fini %s", plugin == &host ? "of init's" : "of another's");
}

/* ---- what is made of a route ---- */

static enum shunt_status create(void *plugin, const struct shunt_settings *settings, void **state,
                                char *error, size_t error_size)
{
    struct route *route = plugin == &host ? calloc(1, sizeof *route) : NULL;

    if (!route) {
        return SHUNT_ENOMEM;
    }
    route->greeting = host->setting(settings, "greeting");
    route->pieces = 3;
    if (host->setting_number(settings, "pieces", 1, 1000000, &route->pieces) != SHUNT_OK) {
        free(route);
        return SHUNT_EINVAL;
    }
    if (!route->greeting) {
        snprintf(error, error_size, "greeting: expected a text, found none");
        free(route);
        return SHUNT_EINVAL;
    }
    host->log(SHUNT_LOG_INFO, "handlers: create %s", route->greeting);
    *state = route;
    return SHUNT_OK;
}

static void destroy(void *state)
{
    struct route *route = state;

    host->log(SHUNT_LOG_INFO, "handlers: destroy %s", route->greeting);
    free(route);
}

/* ---- answers ---- */

/* "GREETING NAME REQUESTS": of the route, of the query, of the worker. */
static void describe(const struct route *route, const struct shunt_request *request,
                     struct shunt_response *response)
{
    struct local *local = shunt_response_local(response);
    struct shunt_span query = request->query, name = {NULL, 0};
    char *text = shunt_request_alloc(request, 200), room[64];
    int len;

    if (!text || shunt_form_find(&query, "name", room, sizeof room, &name) == SHUNT_EPROTO) {
        (void)!shunt_response_status(response, text ? 400 : 503);
        return;
    }
    len = snprintf(text, 200, "%s %.*s %u", route->greeting, (int)name.len, name.at,
                   local ? ++local->requests : 0);
    (void)!shunt_response_body(response, "text/plain", text, (size_t)len);
}

static void at_once(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    describe(arg, request, response);
}

/* What waits, in the arena of its exchange. */
struct note {
    const struct route *route;
    shunt_id exchange, timer;
};

static void answer_note(void *arg, const struct shunt_request *request,
                        struct shunt_response *response)
{
    const struct note *note = arg;

    describe(note->route, request, response);
}

static void time_over(struct shunt_worker *worker, void *arg)
{
    struct note *note = arg;

    (void)!shunt_exchange_run(worker, note->exchange, answer_note, note);
}

static void cancelled(void *arg)
{
    const struct note *note = arg;

    host->log(SHUNT_LOG_INFO, "handlers: cancelled %s", note->route->greeting);
}

/* Answered by a timer of its worker. */
static void later(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct note *note = shunt_request_alloc(request, sizeof *note);

    if (!note) {
        (void)!shunt_response_status(response, 503);
        return;
    }
    note->route = arg;
    if (shunt_response_defer(response, cancelled, note, &note->exchange) != SHUNT_OK ||
        host->worker_timer_set(shunt_response_worker(response), 1, 0, time_over, NULL, note,
                               &note->timer) != SHUNT_OK) {
        (void)!shunt_response_status(response, 503);
    }
}

static void by_thread(void *arg, const struct shunt_request *request,
                      struct shunt_response *response)
{
    shunt_id id;

    (void)arg, (void)request;
    if (shunt_response_defer(response, NULL, NULL, &id) == SHUNT_OK && desk_put(id)) {
        return;
    }
    (void)!shunt_response_status(response, 503);
}

/* Never answered but by the server. */
static void never(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct note *note = shunt_request_alloc(request, sizeof *note);

    note->route = arg;
    if (shunt_response_defer(response, cancelled, note, &note->exchange) != SHUNT_OK) {
        (void)!shunt_response_status(response, 503);
    }
}

/* ---- in pieces ---- */

struct pieces {
    uint64_t left;
    shunt_id id;
};

/* As many as there is room for; each is 1,000 digits. */
static void write_on(void *arg, const struct shunt_request *request,
                     struct shunt_response *response)
{
    struct pieces *pieces = arg;
    enum shunt_status status = SHUNT_OK;
    char bytes[1000];

    (void)request;
    while (status == SHUNT_OK && pieces->left > 0) {
        memset(bytes, '0' + (int)(pieces->left % 10), sizeof bytes);
        status = shunt_response_write(response, bytes, sizeof bytes);
        pieces->left -= status == SHUNT_OK || status == SHUNT_AGAIN;
    }
    if (pieces->left == 0 && shunt_response_end(response) != SHUNT_OK) {
        shunt_response_abort(response);
    }
}

static void in_pieces(void *arg, const struct shunt_request *request,
                      struct shunt_response *response)
{
    const struct route *route = arg;
    struct pieces *pieces = shunt_request_alloc(request, sizeof *pieces);

    if (!pieces || shunt_response_begin(response, "text/plain", route->pieces * 1000, write_on,
                                        NULL, pieces, &pieces->id) != SHUNT_OK) {
        (void)!shunt_response_status(response, 503);
        return;
    }
    pieces->left = route->pieces;
    write_on(pieces, request, response);
}

/* ---- filters ---- */

/* Lets through whoever has the word, and counts on the answer which request of the worker's it is. */
static enum shunt_filtering gate(void *state, const struct shunt_request *request,
                                 struct shunt_response *response)
{
    const struct shunt_field *word = shunt_request_field(request, "Word", NULL);
    struct local *local = shunt_response_local(response);
    char text[24];

    snprintf(text, sizeof text, "%u", local ? ++local->requests : 0);
    (void)!shunt_response_field(response, "Gate", text);
    if (word && shunt_span_equal(word->value, shunt_span_of(state))) {
        return SHUNT_GO_ON;
    }
    (void)!shunt_response_status(response, 403);
    return SHUNT_ANSWERED;
}

static void gate_after(void *state, const struct shunt_request *request,
                       struct shunt_response *response)
{
    (void)state, (void)request;
    (void)!shunt_response_field(response, "Gated", shunt_response_local(response) ? "yes" : "no");
}

static enum shunt_status gate_create(void *plugin, const struct shunt_settings *settings,
                                     void **state, char *error, size_t error_size)
{
    const char *word = shunt_setting(settings, "word");

    if (plugin != &host || !word) {
        snprintf(error, error_size, "word: expected one, found none");
        return SHUNT_EINVAL;
    }
    host->log(SHUNT_LOG_INFO, "handlers: create gate");
    *state = (void *)(uintptr_t)word;
    return SHUNT_OK;
}

static void gate_destroy(void *state)
{
    (void)state;
    host->log(SHUNT_LOG_INFO, "handlers: destroy gate");
}

static void goes_on(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    (void)!shunt_response_field(response, "Waited", shunt_response_local(response) ? "yes" : "no");
    (void)!shunt_response_go_on(response);
}

static void waited(struct shunt_worker *worker, void *arg)
{
    const struct note *note = arg;

    (void)!shunt_exchange_run(worker, note->exchange, goes_on, NULL);
}

static enum shunt_filtering waits(void *state, const struct shunt_request *request,
                                  struct shunt_response *response)
{
    struct note *note = shunt_request_alloc(request, sizeof *note);

    if (state != &host || !note ||
        shunt_response_defer(response, NULL, NULL, &note->exchange) != SHUNT_OK ||
        host->worker_timer_set(shunt_response_worker(response), 1, 0, waited, NULL, note,
                               &note->timer) != SHUNT_OK) {
        (void)!shunt_response_status(response, 503);
        return SHUNT_ANSWERED;
    }
    return SHUNT_DEFERRED;
}

static const struct shunt_filter filter_gate = {
    .size = sizeof filter_gate,
    .name = "gate",
    .before = gate,
    .after = gate_after,
    .create = gate_create,
    .destroy = gate_destroy,
};
static const struct shunt_filter filter_wait = {
    .size = sizeof filter_wait,
    .name = "wait",
    .before = waits,
};

/* ---- a body in pieces ---- */

struct sum {
    uint64_t bytes;
    uint32_t hash; /* FNV-1a */
    shunt_id id;
};

static void sum_add(void *arg, const struct shunt_request *request, struct shunt_response *response,
                    const void *bytes, size_t len)
{
    struct sum *sum = arg;

    (void)request, (void)response;
    sum->bytes += len;
    for (size_t i = 0; i < len; i++) {
        sum->hash = (sum->hash ^ ((const uint8_t *)bytes)[i]) * 16777619u;
    }
}

static void sum_end(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    const struct sum *sum = arg;
    char text[64];
    int len = snprintf(text, sizeof text, "%llu %08x, %zu whole", (unsigned long long)sum->bytes,
                       (unsigned)sum->hash, request->body.len);

    (void)!shunt_response_body(response, "text/plain", text, (size_t)len);
}

static void body(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct sum *sum = shunt_request_alloc(request, sizeof *sum);

    (void)arg;
    if (!sum || shunt_request_read(request, sum_add, sum_end, NULL, sum, &sum->id) != SHUNT_OK) {
        (void)!shunt_response_status(response, 503);
        return;
    }
    *sum = (struct sum){.hash = 2166136261u, .id = sum->id};
}

/* ---- a folder ---- */

static enum shunt_status folder_create(void *plugin, const struct shunt_settings *settings,
                                       void **state, char *error, size_t error_size)
{
    const struct shunt_folder_options options = {.size = sizeof options,
                                                 .path = shunt_setting(settings, "path")};
    struct shunt_folder *folder;
    enum shunt_status status = shunt_folder_create(&options, &folder, error, error_size);

    (void)plugin;
    if (status == SHUNT_OK) {
        *state = folder;
    }
    return status;
}

static void folder_destroy(void *state)
{
    shunt_folder_destroy(state);
}

static const struct shunt_http_handler handler_folder = {
    .size = sizeof handler_folder,
    .name = "folder",
    .handler = shunt_folder_serve,
    .create = folder_create,
    .destroy = folder_destroy,
};
static const struct shunt_http_handler handler_body = {
    .size = sizeof handler_body,
    .flags = SHUNT_HANDLER_STREAMED,
    .name = "body",
    .handler = body,
};

#define HANDLER(function)                                                                          \
    static const struct shunt_http_handler handler_##function = {                                  \
        .size = sizeof(struct shunt_http_handler),                                                 \
        .name = #function,                                                                         \
        .handler = function,                                                                       \
        .create = create,                                                                          \
        .destroy = destroy,                                                                        \
    }

HANDLER(at_once);
HANDLER(later);
HANDLER(by_thread);
HANDLER(never);
HANDLER(in_pieces);

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD,
    .name = "handlers",
    .version = "1.0",
    .init = init,
    .worker_start = worker_start,
    .worker_stop = worker_stop,
    .fini = fini,
    .handlers = (const struct shunt_http_handler *const[]){&handler_at_once, &handler_later,
                                                           &handler_by_thread, &handler_never,
                                                           &handler_in_pieces, &handler_body,
                                                           &handler_folder, NULL},
    .filters = (const struct shunt_filter *const[]){&filter_gate, &filter_wait, NULL},
};
