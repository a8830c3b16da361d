/* Lists of filters: those for all requests, and those of each route. */
#ifndef SERVER_CONFIG_FILTERS_H
#define SERVER_CONFIG_FILTERS_H

#include "server/config.h"

/* Add to a list; takes over what *one points to, and gives it its label. SHUNT_ENOMEM, also where its
 * name is NULL: it is freed. */
enum shunt_status config_filters_append(struct config_filters *filters,
                                        struct config_filter *one) SHUNT_MUST_USE;
/* Add one of a program; copies. SHUNT_EINVAL: `error` names what was expected; SHUNT_ENOMEM. */
enum shunt_status config_filters_add(struct config_filters *filters,
                                     const struct shunt_filter *filter,
                                     struct error *error) SHUNT_MUST_USE;
void config_filters_fini(struct config_filters *filters);

#endif
