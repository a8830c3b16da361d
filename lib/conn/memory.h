/*
 * One budget for all that a worker buffers for its connections: partial requests and what deferred
 * ones keep, input that is held back, output that lies in memory of the worker's own. Counted is
 * what the allocator was asked for, pooled memory while it is in use. What plugins allocate, and
 * bytes that they lend, are theirs and not counted.
 *
 * Who is refused first, as `used` grows to memory_bytes_max:
 *   1. above a half, requests: one that needs more room for its body gets 503 and is closed
 *   2. above three quarters, input that is held back: its connection is reset
 *   3. above seven eighths, at the end of the turn (conn/relieve.h), output: those whose peers have
 *      not read for longest are reset, one after the other, until it is below again
 *   4. at the whole, each write
 * Each has a counter, and a line in the log at most every ten seconds.
 */
#ifndef CONN_MEMORY_H
#define CONN_MEMORY_H

#include "conn/loop.h"

enum conn_memory_use { CONN_MEMORY_REQUEST, CONN_MEMORY_HELD, CONN_MEMORY_OUTPUT };

/* How much of a budget of `max` bytes a use may fill. */
static inline uint64_t conn_memory_share(uint64_t max, enum conn_memory_use use)
{
    return use == CONN_MEMORY_REQUEST ? max / 2 : use == CONN_MEMORY_HELD ? max - max / 4 : max;
}

/* Log that too much is buffered, and `what` follows: at most a line in ten seconds for each use. */
void conn_memory_log(struct shunt_worker *loop, enum conn_memory_use use, const char *what);
/* Counts and logs it; always false. */
bool conn_memory_refuse(struct shunt_worker *loop, enum conn_memory_use use);

/* Count `bytes` more. False: there is no room for them, nothing is counted, and the refusal is. */
static inline bool conn_memory_reserve(struct shunt_worker *loop, enum conn_memory_use use,
                                       size_t bytes)
{
    uint64_t most = conn_memory_share(loop->limits.memory_bytes_max, use);

    if (loop->memory.used + bytes > most) {
        return conn_memory_refuse(loop, use);
    }
    loop->memory.used += bytes;
    return true;
}

static inline void conn_memory_release(struct shunt_worker *loop, size_t bytes)
{
    loop->memory.used -= bytes;
}

#endif
