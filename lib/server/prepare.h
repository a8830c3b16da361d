/* From settings to a server that could serve: plugins started, routes resolved. No socket yet. */
#ifndef SERVER_PREPARE_H
#define SERVER_PREPARE_H

#include "server/state.h"

/* Everything up to the sockets. On SHUNT_OK the plugins are started. */
enum shunt_status server_prepare(struct shunt_server *server) SHUNT_MUST_USE;
void server_unprepare(struct shunt_server *server);

#endif
