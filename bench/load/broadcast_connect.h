/* Connections that are established one after the other, before anything is measured. */
#ifndef BENCH_LOAD_BROADCAST_CONNECT_H
#define BENCH_LOAD_BROADCAST_CONNECT_H

#include "load/client_group.h"

/* One that is upgraded; `number` chooses its request and source. SHUNT_OK, or a sentence in
 * `error`. */
enum shunt_status broadcast_connect(const struct client_plan *plan, uint32_t number, int *fd,
                                    struct error *error) SHUNT_MUST_USE;

#endif
