/* A whole plugin whose init() refuses, with a reason. */
#include "witness.h"

#include <shunt/plugin.h>

static enum shunt_status refuse(const struct shunt_host *host,
                                const struct shunt_settings *settings, void **plugin)
{
    (void)settings;
    (void)plugin;
    host->log(SHUNT_LOG_ERROR, "init_fails: for no reason at all");
    return SHUNT_EINVAL;
}

SHUNT_PLUGIN = {SHUNT_PLUGIN_HEAD, .name = "init_fails", .version = "1.0", .init = refuse};
