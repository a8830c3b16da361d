/* The plugin's face: settings, what a worker has, and the table of callbacks. */
#include "handshake.h"
#include "member.h"
#include "receive.h"
#include "send.h"
#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_MS_MAX (UINT64_C(24) * 60 * 60 * 1000)

const struct shunt_host *websocket_host;

static enum shunt_status settings_read(struct websocket_plugin *plugin,
                                       const struct shunt_settings *settings)
{
    enum shunt_status status;

    plugin->message_bytes_max = 1 << 20;
    plugin->close_timeout_ms = 5000;
    plugin->stop_timeout_ms = 1000;
    plugin->ping_interval_ms = 60000;
    plugin->pong_timeout_ms = 30000;
    status = websocket_host->setting_number(settings, "message_bytes_max", 1, UINT64_C(1) << 40,
                                            &plugin->message_bytes_max);
    if (status == SHUNT_OK) {
        status = websocket_host->setting_number(settings, "close_timeout_ms", 1, TIMEOUT_MS_MAX,
                                                &plugin->close_timeout_ms);
    }
    if (status == SHUNT_OK) {
        status = websocket_host->setting_number(settings, "stop_timeout_ms", 1, TIMEOUT_MS_MAX,
                                                &plugin->stop_timeout_ms);
    }
    if (status == SHUNT_OK) {
        status = websocket_host->setting_number(settings, "ping_interval_ms", 0, TIMEOUT_MS_MAX,
                                                &plugin->ping_interval_ms);
    }
    if (status == SHUNT_OK) {
        status = websocket_host->setting_number(settings, "pong_timeout_ms", 1, TIMEOUT_MS_MAX,
                                                &plugin->pong_timeout_ms);
    }
    return status;
}

/* A message that may come must be one that may be sent back. */
static enum shunt_status queue_check(struct websocket_plugin *plugin,
                                     const struct shunt_settings *settings)
{
    if (!SHUNT_HAS(websocket_host, queue_refused)) {
        return SHUNT_OK;
    }
    plugin->queue_bytes_max = websocket_host->queue_bytes_max(settings);
    if (websocket_send_fits(plugin, 0, plugin->message_bytes_max)) {
        return SHUNT_OK;
    }
    websocket_host->log(SHUNT_LOG_ERROR,
                        "websocket: message_bytes_max: expected at most limits.queue_bytes_max "
                        "(%" PRIu64 ") less %d for a frame's header and a Close, found %" PRIu64,
                        plugin->queue_bytes_max, WEBSOCKET_QUEUE_SPARE_BYTES,
                        plugin->message_bytes_max);
    return SHUNT_EINVAL;
}

static enum shunt_status init(const struct shunt_host *host, const struct shunt_settings *settings,
                              void **given)
{
    struct websocket_plugin *plugin = calloc(1, sizeof *plugin);
    enum shunt_status status;

    websocket_host = host;
    if (!plugin) {
        return SHUNT_ENOMEM;
    }
    status = settings_read(plugin, settings);
    if (status == SHUNT_OK) {
        status = queue_check(plugin, settings);
    }
    if (status != SHUNT_OK) {
        free(plugin);
        return status;
    }
    *given = plugin;
    return SHUNT_OK;
}

static void fini(void *given)
{
    free(given);
}

/* Keys that a service has of its own are its affair. */
static enum shunt_status route(void *plugin, const struct shunt_settings *settings, char *error,
                               size_t error_size)
{
    (void)plugin;
    if (!websocket_host->setting(settings, "service")) {
        snprintf(error, error_size, "service: expected the name of a service, found none");
        return SHUNT_EINVAL;
    }
    return SHUNT_OK;
}

static enum shunt_status worker_start(void *plugin, struct shunt_worker *shunt_worker, void **local)
{
    struct websocket_worker *worker = calloc(1, sizeof *worker);

    if (!worker) {
        return SHUNT_ENOMEM;
    }
    worker->plugin = plugin;
    worker->worker = shunt_worker;
    *local = worker;
    return SHUNT_OK;
}

static void worker_stop(void *local)
{
    struct websocket_worker *worker = local;

    while (worker->services) {
        struct websocket_service *service = worker->services;

        worker->services = service->next;
        free(service);
    }
    websocket_members_fini(&worker->members);
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
