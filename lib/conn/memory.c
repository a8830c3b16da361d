/* What the budget refuses is counted and logged. */
#include "conn/memory.h"

#include <inttypes.h>

void conn_memory_log(struct shunt_worker *loop, enum conn_memory_use use, const char *what)
{
    log_limit_line(&loop->memory.logs[use], loop->now_ms, SHUNT_LOG_WARNING,
                   "memory_bytes_max: %" PRIu64 " of %" PRIu64 " bytes are buffered: %s",
                   loop->memory.used, loop->limits.memory_bytes_max, what);
}

bool conn_memory_refuse(struct shunt_worker *loop, enum conn_memory_use use)
{
    static const char *const what[] = {
        [CONN_MEMORY_REQUEST] = "a request is refused",
        [CONN_MEMORY_HELD] = "a connection with input held back is reset",
        [CONN_MEMORY_OUTPUT] = "a connection that is written to is reset",
    };

    switch (use) {
    case CONN_MEMORY_REQUEST:
        loop->counters.memory_requests++;
        break;
    case CONN_MEMORY_HELD:
        loop->counters.memory_held++;
        break;
    case CONN_MEMORY_OUTPUT:
        loop->counters.memory_output++;
        break;
    }
    conn_memory_log(loop, use, what[use]);
    return false;
}
