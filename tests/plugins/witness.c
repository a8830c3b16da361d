/* A whole plugin that does nothing but leave its witness when it is loaded. */
#include "witness.h"

#include <shunt/plugin.h>

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

static const struct shunt_protocol protocol = {
    .size = sizeof protocol, .token = "witness", .open = on_open, .data = on_data};

SHUNT_PLUGIN = {SHUNT_PLUGIN_HEAD, .name = "witness", .version = "1.0",
                .protocols = (const struct shunt_protocol *const[]){&protocol, NULL}};
