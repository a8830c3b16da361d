#include "metrics.h"

#include "counts.h"
#include "worker.h"

static const struct {
    enum shunt_metric_kind kind;
    const char *name, *help;
    size_t offset; /* in struct websocket_counts */
} metrics[WEBSOCKET_METRICS] = {
    [WEBSOCKET_ORIGINS_REFUSED] = {SHUNT_COUNTER, "websocket_origins_refused",
                                   "Handshakes answered with 403 for their Origin.",
                                   offsetof(struct websocket_counts, origins_refused)},
    [WEBSOCKET_CONTEXTS_REFUSED] = {SHUNT_COUNTER, "websocket_contexts_refused",
                                    "Streams that compress without context take-over for want of "
                                    "room.",
                                    offsetof(struct websocket_counts, contexts_refused)},
    [WEBSOCKET_CONTEXT_BYTES] = {SHUNT_GAUGE, "websocket_context_bytes",
                                 "What compression contexts of open streams may come to use.",
                                 offsetof(struct websocket_counts, context_bytes)},
    [WEBSOCKET_DEFLATED_FROM] = {SHUNT_COUNTER, "websocket_deflated_from_bytes",
                                 "Bytes of messages that were sent compressed, before.",
                                 offsetof(struct websocket_counts, deflated_from)},
    [WEBSOCKET_DEFLATED_TO] = {SHUNT_COUNTER, "websocket_deflated_to_bytes",
                               "Bytes of messages that were sent compressed, after.",
                               offsetof(struct websocket_counts, deflated_to)},
};

void websocket_metrics_init(struct websocket_plugin *plugin, const struct shunt_settings *settings)
{
    if (!SHUNT_HAS(websocket_host, metric_observe) || !websocket_host->metric) {
        return;
    }
    for (unsigned i = 0; i < WEBSOCKET_METRICS; i++) {
        const struct shunt_metric metric = {.size = sizeof metric,
                                            .kind = metrics[i].kind,
                                            .name = metrics[i].name,
                                            .help = metrics[i].help};

        plugin->metric_shown[i] =
            websocket_host->metric(settings, &metric, &plugin->metric_numbers[i]) == SHUNT_OK;
    }
}

void websocket_metrics_add(const struct websocket_worker *worker, enum websocket_metric metric,
                           int64_t by)
{
    char *count = (char *)worker->counts + metrics[metric].offset;

    websocket_count((_Atomic uint64_t *)(void *)count, (uint64_t)by);
    if (worker->plugin->metric_shown[metric] && by != 0) {
        websocket_host->metric_add(worker->worker, worker->plugin->metric_numbers[metric], by);
    }
}
