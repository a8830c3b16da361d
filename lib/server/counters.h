/* Every counter of a worker by name. */
#ifndef SERVER_COUNTERS_H
#define SERVER_COUNTERS_H

#include "server/worker.h"

/* Log the counters of a worker that are not 0, a line a layer. On the worker's thread, or after it.
 */
void server_counters_log(unsigned worker, const struct io_counters *io,
                         const struct conn_counters *conns,
                         const struct exchange_counters *exchanges, uint64_t live,
                         uint64_t memory_bytes);

#endif
