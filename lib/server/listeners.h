/* The listening sockets of a server: one for each worker and address, bound before any accepts. */
#ifndef SERVER_LISTENERS_H
#define SERVER_LISTENERS_H

#include "server/worker.h"

/*
 * Bind every address of the configuration once for each worker. ports[i] gets the port of listener
 * i, 0 for unix sockets. SHUNT_ESYS, SHUNT_EINVAL or SHUNT_EFULL with a sentence in `error`;
 * nothing stays open then, and no file of a unix socket that this call made.
 */
enum shunt_status server_listeners_open(const struct config *config, struct worker *workers,
                                        unsigned worker_count, unsigned *ports,
                                        struct error *error) SHUNT_MUST_USE;
/* Close what the workers have not taken over. */
void server_listeners_close(struct worker *workers, unsigned worker_count);

/* Remove the files of unix sockets; what has connected is accepted all the same. */
void server_listeners_unlink(const struct config *config);

#endif
