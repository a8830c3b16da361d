/*
 * A protocol that answers each byte run with its greeting in front, and a WebSocket service that
 * sends each message back: between them they call host and api, keep a worker's and a stream's
 * state, read settings, the request and the route, post, and set a timer.
 */
#include <shunt/websocket.h>
#include <stdlib.h>

#ifdef ABI_LATER /* a member behind everything that this plugin hands over: never called */
#define STRUCTURE(type)                                                                            \
    struct {                                                                                       \
        struct type base;                                                                          \
        void (*later)(void);                                                                       \
    }
#define LATER , .later = abort
#else
#define STRUCTURE(type)                                                                            \
    struct {                                                                                       \
        struct type base;                                                                          \
    }
#define LATER
#endif

static const struct shunt_host *host;
static const char *greeting = "hi ";

/* A worker's state, and what a stream keeps in its slot. */
struct local {
    struct shunt_worker *worker;
    uint64_t streams;
};
struct state {
    uint64_t bytes;
};

static enum shunt_status init(const struct shunt_host *given, const struct shunt_settings *settings,
                              void **plugin)
{
    const char *text = given->setting(settings, "greeting");

    host = given;
    greeting = text ? text : greeting;
    *plugin = &host;
    return host->size >= SHUNT_HOST_BYTES_1_0 && host->abi_major == 1 &&
                   SHUNT_HAS(host, post_upgrade)
               ? SHUNT_OK
               : SHUNT_EABI;
}

static enum shunt_status worker_start(void *plugin, struct shunt_worker *worker, void **local)
{
    struct local *mine = plugin == &host ? calloc(1, sizeof *mine) : NULL;

    if (!mine) {
        return SHUNT_ENOMEM;
    }
    mine->worker = worker;
    *local = mine;
    return SHUNT_OK;
}

/* ---- the protocol ---- */

static enum shunt_verdict negotiate(void *local, const struct shunt_request *request,
                                    struct shunt_upgrade *upgrade)
{
    const char *route = host->setting(host->upgrade_settings(upgrade), "room");
    const struct local *mine = local;

    if (!SHUNT_HAS(request, body) || host->upgrade_worker(upgrade) != mine->worker || !route) {
        return SHUNT_REFUSE;
    }
    if (host->upgrade_field(upgrade, shunt_span_of("Room"), shunt_span_of(route)) != SHUNT_OK) {
        return SHUNT_REFUSE;
    }
    return SHUNT_ACCEPT;
}

static void greet(struct shunt_stream *stream, void *arg)
{
    (void)arg;
    if (host->write(stream, greeting, strlen(greeting)) != SHUNT_OK) {
        host->close(stream, SHUNT_CLOSE_NOW);
    }
}

static void opened(void *local, struct shunt_stream *stream)
{
    ((struct local *)local)->streams++;
    if (host->local(stream) != local || !host->request(stream) ||
        host->post(host->id(stream), greet, NULL, NULL) != SHUNT_OK) {
        host->close(stream, SHUNT_CLOSE_NOW);
    }
}

static void data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    ((struct state *)host->state(stream))->bytes += len;
    if (host->write(stream, bytes, len) == SHUNT_AGAIN) {
        host->pause(stream);
    }
    host->timer(stream, 1);
}

static void timer(struct shunt_stream *stream)
{
    greet(stream, NULL);
}

static void drained(struct shunt_stream *stream)
{
    host->resume(stream);
}

static void end(struct shunt_stream *stream)
{
    host->close(stream, SHUNT_CLOSE_GRACEFUL);
}

#if SHUNT_ABI_MINOR >= 1
/* Their lists hold pointers, so that entries may be longer than ours, too. */
static void answer(void *state, const struct shunt_request *request,
                   struct shunt_response *response)
{
    (void)request;
    if (state != &host || shunt_response_body(response, NULL, greeting, strlen(greeting)) ||
        !shunt_response_local(response)) {
        (void)!shunt_response_status(response, 500);
    }
}

static enum shunt_filtering before(void *state, const struct shunt_request *request,
                                   struct shunt_response *response)
{
    (void)request;
    return state == &host && shunt_response_field(response, "Filter", "first") == SHUNT_OK
               ? SHUNT_GO_ON
               : SHUNT_ANSWERED;
}

static const STRUCTURE(shunt_http_handler) handler = {
    .base = {.size = sizeof handler, .name = "first", .handler = answer} LATER};
static const STRUCTURE(shunt_filter) filter = {
    .base = {.size = sizeof filter, .name = "first", .before = before} LATER};
#define GIVES                                                                                      \
    , .handlers = (const struct shunt_http_handler *const[]){&handler.base, NULL},                 \
      .filters = (const struct shunt_filter *const[])                                              \
    {                                                                                              \
        &filter.base, NULL                                                                         \
    }

/* What 1.0 had not: without it a key of a route's settings is unknown. */
static enum shunt_status route(void *plugin, const struct shunt_settings *settings, char *error,
                               size_t error_size)
{
    (void)error, (void)error_size;
    return plugin == &host && host->setting(settings, "room") ? SHUNT_OK : SHUNT_EINVAL;
}
#define ROUTE .route = route,
#else
#define ROUTE
#define GIVES
#endif

static const STRUCTURE(shunt_protocol) protocol = {.base = {.size = sizeof protocol,
                                                            .token = "first",
                                                            .negotiate = negotiate,
                                                            .open = opened,
                                                            .data = data,
                                                            .drained = drained,
                                                            .end = end,
                                                            .timer = timer,
                                                            ROUTE} LATER};

/* ---- the service ---- */

static void message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                    enum shunt_websocket_kind kind, uint8_t *bytes, size_t len)
{
    if (!SHUNT_HAS(api, resume) || api->send(stream, kind, bytes, len) == SHUNT_AGAIN) {
        api->pause(stream);
    }
}

static void service_drained(struct shunt_stream *stream, const struct shunt_websocket_api *api)
{
    api->resume(stream);
}

static const STRUCTURE(shunt_websocket_service) table = {
#ifdef ABI_SHORT
    .base = {.size = SHUNT_WEBSOCKET_SERVICE_BYTES_1_0 - sizeof(void *),
#else
    .base = {.size = sizeof table,
#endif
             .message = message,
             .drained = service_drained} LATER};
static const STRUCTURE(shunt_service) service = {.base = {.size = sizeof service,
                                                          .version = SHUNT_WEBSOCKET_VERSION,
                                                          .interface = SHUNT_WEBSOCKET_INTERFACE,
                                                          .name = "first",
                                                          .table = &table} LATER};

#if SHUNT_ABI_MINOR >= 1
SHUNT_CALLS_DEFINE
#endif

static const struct shunt_note_section note
    __attribute__((used, aligned(4), section(".note.shunt"))) = {
        6, sizeof(struct shunt_note), SHUNT_NOTE_TYPE, "Shunt", {SHUNT_ABI_MAJOR, SHUNT_ABI_MINOR}};

typedef STRUCTURE(shunt_plugin) whole_plugin;
extern __attribute__((visibility("default"))) const whole_plugin SHUNT_PLUGIN_SYMBOL;
const whole_plugin SHUNT_PLUGIN_SYMBOL = {
    .base = {.size = sizeof SHUNT_PLUGIN_SYMBOL,
             .abi_major = SHUNT_ABI_MAJOR,
             .abi_minor = SHUNT_ABI_MINOR,
             .name = "abi",
             .version = "1.0",
             .init = init,
             .worker_start = worker_start,
             .worker_stop = free,
             .protocols = (const struct shunt_protocol *const[]){&protocol.base, NULL},
             .services = (const struct shunt_service *const[]){&service.base, NULL} GIVES} LATER};
