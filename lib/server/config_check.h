/* A whole configuration, wherever its parts came from. */
#ifndef SERVER_CONFIG_CHECK_H
#define SERVER_CONFIG_CHECK_H

#include "base/error.h"
#include "server/config.h"

/* Relations that no single value shows: high above low, head at least target, routes unique, their
 * paths valid. All mistakes go into the report. */
void config_check_relations(const struct config *config, struct error *report);
/*
 * The relations and what must be there once the command line has been applied: a listener. A report
 * that has mistakes is of a file whose relations config_load() has checked. SHUNT_OK or
 * SHUNT_EINVAL.
 */
enum shunt_status config_check(const struct config *config, struct error *report) SHUNT_MUST_USE;
/* The same for the last route alone: one that was added by a call. */
enum shunt_status config_check_last_route(const struct config *config,
                                          struct error *error) SHUNT_MUST_USE;

#endif
