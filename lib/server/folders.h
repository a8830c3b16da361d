/* The folders that routes of the configuration serve. */
#ifndef SERVER_FOLDERS_H
#define SERVER_FOLDERS_H

#include "server/config.h"

#include <shunt/files.h>

/* One for each route, by its number; NULL where it serves none. All zero: none. */
struct server_folders {
    struct shunt_folder **items;
    size_t count;
};

/* SHUNT_OK, SHUNT_EINVAL or SHUNT_ENOMEM: the report has a line for each that cannot be served. */
enum shunt_status server_folders_open(struct server_folders *folders, const struct config *config,
                                      struct error *report) SHUNT_MUST_USE;
/* After the last worker. */
void server_folders_close(struct server_folders *folders);

#endif
