/* A protocol that lets its worker log three lines whenever it is offered, and declines. */
#include <shunt/plugin.h>

static const struct shunt_host *host;

static enum shunt_status on_init(const struct shunt_host *with,
                                 const struct shunt_settings *settings, void **plugin)
{
    (void)settings;
    (void)plugin;
    host = with;
    return SHUNT_OK;
}

static enum shunt_verdict on_negotiate(void *local, const struct shunt_request *request,
                                       struct shunt_upgrade *upgrade)
{
    (void)local;
    (void)request;
    (void)upgrade;
    for (int i = 0; i < 3; i++) {
        host->log(SHUNT_LOG_INFO, "logs: line %d of 3", i + 1);
    }
    return SHUNT_DECLINE;
}

static void on_open(void *local, struct shunt_stream *stream)
{
    (void)local;
    (void)stream;
}

static void on_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    (void)stream;
    (void)bytes;
    (void)len;
}

static const struct shunt_protocol protocol = {.size = sizeof protocol,
                                               .token = "logs",
                                               .negotiate = on_negotiate,
                                               .open = on_open,
                                               .data = on_data};

SHUNT_PLUGIN = {SHUNT_PLUGIN_HEAD, .name = "logs", .version = "1.0", .init = on_init,
                .protocols = (const struct shunt_protocol *const[]){&protocol, NULL}};
