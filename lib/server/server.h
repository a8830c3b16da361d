/* Beside <shunt/server.h>, for shuntd: what only the ready-made program needs. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "server/config.h"

#include <shunt/server.h>

/* The server's settings, to be changed before shunt_server_check() and shunt_server_run().
 * Borrowed.
 */
struct config *server_config(struct shunt_server *server);

#endif
