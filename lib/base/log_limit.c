#include "base/log_limit.h"

#include "base/log.h"
#include "base/log_ring.h"

#include <inttypes.h>
#include <stdio.h>

void log_limit_line(struct log_limit *limit, uint64_t now_ms, enum shunt_log_level level,
                    const char *format, ...)
{
    uint64_t before = limit->held_back;
    char text[LOG_LINE_BYTES_MAX];
    va_list args;

    if (now_ms < limit->quiet_until_ms) {
        limit->held_back++;
        return;
    }
    *limit = (struct log_limit){.quiet_until_ms = now_ms + LOG_LIMIT_MS};
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_line(level, "%s (%" PRIu64 " such before this)", text, before);
}
