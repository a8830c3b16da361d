/* Routes against the plugins that serve them: known protocols and services, settings that they
 * take. */
#ifndef SERVER_ROUTE_CHECK_H
#define SERVER_ROUTE_CHECK_H

#include "conn/registry.h"
#include "server/config.h"
#include "server/config_report.h"

/*
 * Have every protocol and service of every route read the route's settings (<shunt/plugin.h>), and
 * hold the names against what the registry has. All mistakes go into the report. SHUNT_OK or
 * SHUNT_EINVAL. Main thread, between the plugins' init and the first worker.
 */
enum shunt_status server_routes_check(const struct config *config, const struct registry *registry,
                                      struct config_report *report) SHUNT_MUST_USE;

#endif
