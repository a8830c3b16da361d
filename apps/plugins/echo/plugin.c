/*
 * What arrives goes back: as raw bytes by the protocol `echo`, as messages by the websocket service
 * `echo`. Neither keeps any state: SHUNT_AGAIN from a write means the same as being paused, and
 * drained() comes only after that.
 */
#include <shunt/plugin.h>
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

static void stream_open(void *local, struct shunt_stream *stream)
{
    (void)local;
    (void)stream;
}

static void stream_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    if (host->write(stream, bytes, len) == SHUNT_AGAIN) {
        host->pause(stream);
    }
}

static void stream_drained(struct shunt_stream *stream)
{
    host->resume(stream);
}

static void stream_end(struct shunt_stream *stream)
{
    host->close(stream, SHUNT_CLOSE_GRACEFUL);
}

static void message(struct shunt_stream *stream, const struct shunt_websocket_api *api,
                    enum shunt_websocket_kind kind, uint8_t *bytes, size_t len)
{
    if (api->send(stream, kind, bytes, len) == SHUNT_AGAIN) {
        api->pause(stream);
    }
}

static void message_drained(struct shunt_stream *stream, const struct shunt_websocket_api *api)
{
    api->resume(stream);
}

static const struct shunt_protocol echo = {
    .size = sizeof echo,
    .token = "echo",
    .open = stream_open,
    .data = stream_data,
    .drained = stream_drained,
    .end = stream_end,
};

static const struct shunt_websocket_service messages = {
    .size = sizeof messages,
    .message = message,
    .drained = message_drained,
};

static const struct shunt_service service = {
    .size = sizeof service,
    .version = SHUNT_WEBSOCKET_VERSION,
    .interface = SHUNT_WEBSOCKET_INTERFACE,
    .name = "echo",
    .table = &messages,
};

SHUNT_PLUGIN = {
    SHUNT_PLUGIN_HEAD,
    .name = "echo",
    .version = "0.1.0",
    .init = init,
    .protocols = (const struct shunt_protocol *const[]){&echo, NULL},
    .services = (const struct shunt_service *const[]){&service, NULL},
};
