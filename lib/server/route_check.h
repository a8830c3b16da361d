/* Routes against the plugins that serve them: known protocols, services and handlers, and
 * settings that these take. */
#ifndef SERVER_ROUTE_CHECK_H
#define SERVER_ROUTE_CHECK_H

#include "server/config.h"
#include "server/handlers.h"
#include "server/plugins.h"

/*
 * Have every protocol, service and handler of every route read the route's settings
 * (<shunt/plugin.h>), and hold the names against what the plugins give, unless one of these is
 * lacking and may give them. All mistakes go into the report.
 *
 *   handlers  written whatever the status: server_handlers_fini() it
 *
 * SHUNT_OK, SHUNT_EINVAL or SHUNT_ENOMEM. Main thread, between the plugins' init and the first
 * worker.
 */
enum shunt_status server_routes_check(const struct config *config,
                                      const struct server_plugins *plugins,
                                      struct server_handlers *handlers,
                                      struct error *report) SHUNT_MUST_USE;

#endif
