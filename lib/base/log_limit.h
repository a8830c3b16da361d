/* Lines that a peer could cause as often as it likes: one is written, then none for a while. */
#ifndef BASE_LOG_LIMIT_H
#define BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_LIMIT_MS 10000

/* All zero at first. One for each kind of line and thread. */
struct log_limit {
    uint64_t quiet_until_ms, held_back;
};

/* May the line be written at `now_ms`? Then *more is how many were held back before it. */
static inline bool log_limit_pass(struct log_limit *limit, uint64_t now_ms, uint64_t *more)
{
    if (now_ms < limit->quiet_until_ms) {
        limit->held_back++;
        return false;
    }
    *more = limit->held_back;
    *limit = (struct log_limit){.quiet_until_ms = now_ms + LOG_LIMIT_MS};
    return true;
}

#endif
