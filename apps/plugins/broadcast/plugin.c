/* What a client sends goes to all others: one topic, to which each subscribes as it opens. */
#include <shunt/websocket.h>

static const struct shunt_host *host;

static enum shunt_status init(const struct shunt_host *given, const struct shunt_settings *settings,
                              void **plugin)
{
    (void)settings;
    (void)plugin;
    host = given;
    return SHUNT_OK;
}

static void open(void *local, struct shunt_stream *stream, const struct shunt_websocket_api *api)
{
    (void)local;
    if (api->subscribe(stream, shunt_span_of("all"), NULL) != SHUNT_OK) {
        api->close(stream, 1013, shunt_span_of("no more subscriptions"));
    }
}

/* A sender that is ahead of the workers is not read for a moment: TCP slows it down. */
static void message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                    enum shunt_websocket_kind kind, uint8_t *bytes, size_t len)
{
    const struct shunt_websocket_publish others = {.size = sizeof others,
                                                   .except = host->id(stream)};
    enum shunt_status status =
        api->publish(api->topics(stream), shunt_span_of("all"), kind, bytes, len, &others);

    if (status == SHUNT_AGAIN) {
        api->pause(stream);
        status = api->timer(stream, 1);
    }
    if (status != SHUNT_OK) {
        api->close(stream, 1013, shunt_span_of("too much at a time"));
    }
}

static void timer(struct shunt_stream *stream, const struct shunt_websocket_api *api)
{
    api->resume(stream);
}

static const struct shunt_websocket_service broadcast = {
    .size = sizeof broadcast,
    .open = open,
    .message = message,
    .timer = timer,
};

static const struct shunt_service service = {
    .size = sizeof service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "broadcast",
    .table = &broadcast,
};

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD,
    .name = "broadcast",
    .version = "0.1.0",
    .init = init,
    .services = (const struct shunt_service *const[]){&service, NULL},
};
