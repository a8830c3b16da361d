/* Every counter of a worker by name. */
#ifndef SERVER_COUNTERS_H
#define SERVER_COUNTERS_H

#include "server/worker.h"

#include <stdio.h>

/* Of one worker at one moment. */
struct server_counters {
    bool known; /* else nothing else is */
    struct io_counters io;
    struct conn_counters conns;
    struct exchange_counters exchanges;
    uint64_t live, memory_bytes;
};

/* On the worker's thread. */
void server_counters_read(const struct shunt_worker *loop, struct server_counters *counters);

/* Add all that counts, and not `live` and `memory_bytes`. */
void server_counters_add(struct server_counters *to, const struct server_counters *from);

/* Log those that are not 0, a line a layer, which begins with `of` ("worker 0"). Any thread. */
void server_counters_log(const char *of, const struct server_counters *counters);

/* Write those of all workers, by number, in Prometheus' text format 0.0.4, or as OpenMetrics 1.0
 * without its last line. Any thread. */
void server_counters_write(FILE *to, bool open_metrics, const struct server_counters *workers,
                           unsigned count);

#endif
