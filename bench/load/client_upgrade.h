/* The answer to an upgrade request. */
#ifndef BENCH_LOAD_CLIENT_UPGRADE_H
#define BENCH_LOAD_CLIENT_UPGRADE_H

#include "load/client.h"

/*
 * More bytes of the answer came. SHUNT_OK: it is a right 101, and `early` came behind it.
 * SHUNT_AGAIN: it is not whole, and more is being received. SHUNT_EPROTO: the client has failed.
 */
enum shunt_status client_upgrade_received(struct client_group *group, struct client *client,
                                          struct shunt_span bytes, uint64_t now_ns,
                                          struct shunt_span *early) SHUNT_MUST_USE;

#endif
