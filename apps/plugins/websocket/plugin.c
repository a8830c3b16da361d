/* The plugin's face: settings, what a worker has, and the table of callbacks. */
#include "fan_out.h"
#include "handshake.h"
#include "member.h"
#include "receive.h"
#include "send.h"
#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const struct shunt_host *websocket_host;

/* A message that may come must be one that may be sent back. */
static enum shunt_status queue_check(const struct websocket_plugin *plugin,
                                     const struct websocket_settings *settings, char *error,
                                     size_t error_size)
{
    if (websocket_send_fits(plugin, 0, settings->message_bytes_max)) {
        return SHUNT_OK;
    }
    snprintf(error, error_size,
             "message_bytes_max: expected at most limits.queue_bytes_max (%" PRIu64
             ") less %d for a frame's header and a Close, found %" PRIu64,
             plugin->queue_bytes_max, WEBSOCKET_QUEUE_SPARE_BYTES, settings->message_bytes_max);
    return SHUNT_EINVAL;
}

static enum shunt_status init(const struct shunt_host *host, const struct shunt_settings *settings,
                              void **given)
{
    struct websocket_plugin *plugin = calloc(1, sizeof *plugin);
    char error[256] = "";
    enum shunt_status status;

    websocket_host = host;
    if (!plugin) {
        return SHUNT_ENOMEM;
    }
    websocket_settings_default(&plugin->settings);
    if (SHUNT_HAS(host, queue_refused)) {
        plugin->queue_bytes_max = host->queue_bytes_max(settings);
    }
    status = websocket_settings_read(&plugin->settings, settings, error, sizeof error);
    if (status == SHUNT_OK) {
        status = queue_check(plugin, &plugin->settings, error, sizeof error);
    }
    if (status == SHUNT_OK) {
        status = websocket_hub_init(&plugin->hub, settings);
    }
    if (status == SHUNT_OK) {
        websocket_metrics_init(plugin, settings);
        *given = plugin;
        return SHUNT_OK;
    }
    if (error[0]) {
        host->log(SHUNT_LOG_ERROR, "websocket: %s", error);
    }
    websocket_settings_fini(&plugin->settings);
    free(plugin);
    return status;
}

static void fini(void *given)
{
    struct websocket_plugin *plugin = given;

    websocket_hub_fini(&plugin->hub);
    websocket_settings_fini(&plugin->settings);
    free(plugin);
}

/* Keys that a service has of its own are its affair. */
static enum shunt_status route(void *given, const struct shunt_settings *settings, char *error,
                               size_t error_size)
{
    struct websocket_plugin *plugin = given;
    const char *service = websocket_host->setting(settings, "service");
    struct websocket_settings read = websocket_settings_of_route(&plugin->settings);
    enum shunt_status status;

    if (!service) {
        snprintf(error, error_size, "service: expected the name of a service, found none");
        return SHUNT_EINVAL;
    }
    status = websocket_settings_read(&read, settings, error, error_size);
    if (status == SHUNT_OK) {
        status = queue_check(plugin, &read, error, error_size);
    }
    if (status == SHUNT_OK && !websocket_hub_topics(plugin, &plugin->hub, service)) {
        status = SHUNT_ENOMEM;
    }
    websocket_settings_fini(&read);
    return status;
}

/* In the first turn: every plugin has started on this worker. */
static void start_services(struct shunt_worker *shunt_worker, void *arg)
{
    struct websocket_worker *worker = arg;
    const struct shunt_websocket_topics *topics = websocket_hub_all(&worker->plugin->hub);

    (void)shunt_worker;
    for (; topics; topics = topics->next) {
        (void)websocket_named(worker, topics->name);
    }
}

/* A host of 1.0 has one worker as far as topics go, and nothing wakes its inbox. */
static enum shunt_status topics_start(struct websocket_worker *worker)
{
    bool several = SHUNT_HAS(websocket_host, unwatch) && websocket_host->watch;
    unsigned number = several ? websocket_host->worker_number(worker->worker) : 0;

    worker->inbox = websocket_hub_join(&worker->plugin->hub, number,
                                       several ? websocket_host->worker_count(worker->worker) : 1);
    if (!worker->inbox) {
        return SHUNT_ENOMEM;
    }
    worker->counts = &worker->plugin->hub.counts[number];
    atomic_store(&worker->inbox->closed, false);
    if (!several) {
        return SHUNT_OK;
    }
    atomic_store(&worker->inbox->worker_id, websocket_host->worker_id(worker->worker, number));
    return websocket_host->worker_timer_set(worker->worker, 0, 0, start_services, NULL, worker,
                                            NULL);
}

static enum shunt_status worker_start(void *plugin, struct shunt_worker *shunt_worker, void **local)
{
    struct websocket_worker *worker = calloc(1, sizeof *worker);
    enum shunt_status status;

    if (!worker) {
        return SHUNT_ENOMEM;
    }
    worker->plugin = plugin;
    worker->worker = shunt_worker;
    status = topics_start(worker);
    if (status != SHUNT_OK) {
        websocket_host->log(SHUNT_LOG_ERROR, "websocket: topics could not be started: %s",
                            shunt_status_name(status));
        free(worker);
        return status;
    }
    websocket_here = worker;
    *local = worker;
    return SHUNT_OK;
}

static void worker_stop(void *local)
{
    struct websocket_worker *worker = local;

    websocket_fan_out_stop(worker);
    websocket_worker_fini(worker);
    websocket_named_fini(worker);
    websocket_members_fini(&worker->members);
    websocket_here = NULL;
    free(worker);
}

static const struct shunt_protocol websocket = {
    .size = sizeof websocket,
    .flags = SHUNT_EARLY_FORBIDDEN,
    .token = "websocket",
    .negotiate = websocket_negotiate,
    .cancel = websocket_cancel,
    .open = websocket_stream_open,
    .data = websocket_receive,
    .drained = websocket_stream_drained,
    .end = websocket_stream_end,
    .timer = websocket_stream_timer,
    .shutdown = websocket_stream_shutdown,
    .close = websocket_stream_close,
    .route = route,
};

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD,
    .name = "websocket",
    .version = "0.1.0",
    .init = init,
    .worker_start = worker_start,
    .worker_stop = worker_stop,
    .fini = fini,
    .protocols = (const struct shunt_protocol *const[]){&websocket, NULL},
};
