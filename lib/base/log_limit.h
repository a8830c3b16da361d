/* Lines that a peer could cause as often as it likes: one is written, then none for a while. */
#ifndef BASE_LOG_LIMIT_H
#define BASE_LOG_LIMIT_H

#include <shunt/plugin.h>
#include <stdint.h>

#define LOG_LIMIT_MS 10000

/* All zero at first. One for each kind of line and thread. */
struct log_limit {
    uint64_t quiet_until_ms, held_back;
};

/* Log a line at the time `now_ms`, with how many of its kind were held back before it: "TEXT (3 such
 * before this)". Within LOG_LIMIT_MS of the last one it is held back. */
void log_limit_line(struct log_limit *limit, uint64_t now_ms, enum shunt_log_level level,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
