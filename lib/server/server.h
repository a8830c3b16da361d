/* Beside <shunt/server.h>, for shuntd: what only the ready-made program needs. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "server/config.h"

#include <shunt/server.h>

/* The server's settings, to be changed before shunt_server_check() and shunt_server_run().
 * Borrowed.
 */
struct config *server_config(struct shunt_server *server);

/* As shunt_server_plugin_load(), but the check or the run opens it, and reports that it cannot be
 * opened beside all else that is wrong. */
enum shunt_status server_plugin_name(struct shunt_server *server, const char *name_or_file,
                                     const char *const *settings) SHUNT_MUST_USE;

/* Have the running server log `text`, which stays valid, as a warning. Of several before it came to
 * that, the last. Any thread, and async-signal-safe. */
void server_notice(struct shunt_server *server, const char *text);

#endif
