/* Routes against the plugins that serve them: known protocols and services, settings that they
 * take. */
#ifndef SERVER_ROUTE_CHECK_H
#define SERVER_ROUTE_CHECK_H

#include "server/config.h"
#include "server/plugins.h"

/*
 * Have every protocol and service of every route read the route's settings (<shunt/plugin.h>), and
 * hold the names against what the plugins give, unless one of these is lacking and may give them.
 * All mistakes go into the report. SHUNT_OK or SHUNT_EINVAL. Main thread, between the plugins' init
 * and the first worker.
 */
enum shunt_status server_routes_check(const struct config *config,
                                      const struct server_plugins *plugins,
                                      struct error *report) SHUNT_MUST_USE;

#endif
