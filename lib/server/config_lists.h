/* The lists of a file: what each entry comes to, and what of it is none. */
#ifndef SERVER_CONFIG_LISTS_H
#define SERVER_CONFIG_LISTS_H

#include "server/config_walk.h"

struct config_lists {
    struct config *config; /* its file and its limits are there */
    struct error *report;
};

/* Append an entry of listeners, plugins, filters or routes (struct config_walk); `arg` is a struct
 * config_lists. SHUNT_OK, SHUNT_ENOMEM. */
enum shunt_status config_lists_append(void *arg, struct config_entry *entry) SHUNT_MUST_USE;

#endif
