/*
 * One publisher, any number of subscribers: prices that change ten times a second. A client that
 * connects gets the last price of each at once (they are retained) and then every change; one that
 * does not keep up gets the last price of each symbol instead of all that it has missed.
 */
#include <shunt/websocket.h>
#include <stdio.h>

enum { INTERVAL_MS = 100, SYMBOLS = 8 };

static const char *const symbols[SYMBOLS] = {"ACME", "BOLT", "CORE", "DUNE",
                                             "ECHO", "FLUX", "GLOW", "HALO"};

static const struct shunt_host *host;

/* Of the one worker that publishes. */
static const struct shunt_websocket_api *api;
static struct shunt_websocket_topics *topics;
static uint32_t cents[SYMBOLS], drawn = 1;

static enum shunt_status init(const struct shunt_host *given, const struct shunt_settings *settings,
                              void **plugin)
{
    (void)settings;
    (void)plugin;
    host = given;
    for (unsigned i = 0; i < SYMBOLS; i++) {
        cents[i] = 10000;
    }
    return SHUNT_OK;
}

/* A price goes up or down by at most a quarter. */
static void publish(unsigned symbol)
{
    const struct shunt_websocket_publish keep = {.size = sizeof keep, .retain = true};
    char topic[32], text[64];
    int len;

    drawn = drawn * 1664525 + 1013904223;
    cents[symbol] += (drawn >> 16) % 51;
    cents[symbol] -= cents[symbol] > 125 ? 25 : 0;
    snprintf(topic, sizeof topic, "price/%s", symbols[symbol]);
    len = snprintf(text, sizeof text, "{\"symbol\":\"%s\",\"price\":%u.%02u}", symbols[symbol],
                   cents[symbol] / 100, cents[symbol] % 100);
    if (api->publish(topics, shunt_span_of(topic), SHUNT_WEBSOCKET_TEXT, text, (size_t)len,
                     &keep) == SHUNT_EFULL) {
        host->log(SHUNT_LOG_WARNING, "ticker: a worker is behind, a price is left out");
    }
}

static void tick(struct shunt_worker *worker, void *arg)
{
    (void)worker;
    (void)arg;
    for (unsigned i = 0; i < SYMBOLS; i++) {
        publish(i);
    }
}

/* Once a worker: the first one publishes for all of them. */
static void start(void *local, struct shunt_worker *worker, const struct shunt_websocket_api *given,
                  struct shunt_websocket_topics *of_service)
{
    (void)local;
    if (host->worker_number(worker) != 0) {
        return;
    }
    api = given;
    topics = of_service;
    if (host->worker_timer_set(worker, 0, INTERVAL_MS, tick, NULL, NULL, NULL) != SHUNT_OK) {
        host->log(SHUNT_LOG_ERROR, "ticker: no timer, and so no prices");
    }
}

static void open(void *local, struct shunt_stream *stream, const struct shunt_websocket_api *of_all)
{
    (void)local;
    if (of_all->slow_policy(stream, SHUNT_WEBSOCKET_SLOW_CONFLATE, 0) != SHUNT_OK ||
        of_all->subscribe(stream, shunt_span_of("price/+"), NULL) != SHUNT_OK) {
        of_all->close(stream, 1013, shunt_span_of("try again later"));
    }
}

static const struct shunt_websocket_service ticker = {
    .size = sizeof ticker,
    .start = start,
    .open = open,
};

static const struct shunt_service service = {
    .size = sizeof service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "ticker",
    .table = &ticker,
};

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD,
    .name = "ticker",
    .version = "1.0",
    .init = init,
    .services = (const struct shunt_service *const[]){&service, NULL},
};
