/* What the handler `metrics` shows of the plugin: its counts of handshakes and of compression. */
#ifndef PLUGINS_WEBSOCKET_METRICS_H
#define PLUGINS_WEBSOCKET_METRICS_H

#include <stdint.h>

struct shunt_settings;
struct websocket_plugin;
struct websocket_worker;

enum websocket_metric {
    WEBSOCKET_ORIGINS_REFUSED,
    WEBSOCKET_CONTEXTS_REFUSED,
    WEBSOCKET_CONTEXT_BYTES,
    WEBSOCKET_DEFLATED_FROM,
    WEBSOCKET_DEFLATED_TO,
    WEBSOCKET_METRICS,
};

/* Within init(). What cannot be registered, which the host logs, is not shown. */
void websocket_metrics_init(struct websocket_plugin *plugin, const struct shunt_settings *settings);

/* Count here for api->counters, and for the handler; on the worker's thread. */
void websocket_metrics_add(const struct websocket_worker *worker, enum websocket_metric metric,
                           int64_t by);

#endif
