/*
 * A line is built on the stack and leaves in one write(2), below PIPE_BUF, so that pipes keep it
 * whole. Text may quote a peer: control bytes become '?', so nobody forges a second line.
 */
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES_MAX 1024 /* line feed included */

static const char *const words[] = {"error", "warning", "info", "debug"};
static _Atomic(enum shunt_log_level) level_now = SHUNT_LOG_INFO;

void log_level_set(enum shunt_log_level level)
{
    atomic_store_explicit(&level_now, level, memory_order_relaxed);
}

enum shunt_log_level log_level(void)
{
    return atomic_load_explicit(&level_now, memory_order_relaxed);
}

enum shunt_status log_level_parse(const char *word, enum shunt_log_level *level)
{
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            *level = (enum shunt_log_level)i;
            return SHUNT_OK;
        }
    }
    return SHUNT_EINVAL;
}

/* "2026-01-31T12:34:56.789Z warning " */
static size_t write_prefix(char *line, size_t room, enum shunt_log_level level)
{
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t len = strftime(line, room, "%Y-%m-%dT%H:%M:%S", &utc);
    int more = snprintf(line + len, room - len, ".%03uZ %-7s ", (unsigned)(now.tv_nsec / 1000000),
                        words[level]);

    return len + (more > 0 ? (size_t)more : 0);
}

static void hide_control_bytes(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte < 0x20 || byte == 0x7f) {
            text[i] = '?';
        }
    }
}

void log_line_va(enum shunt_log_level level, const char *format, va_list args)
{
    char line[LINE_BYTES_MAX];
    int saved = errno; /* callers log a failure and then look at errno */

    if ((unsigned)level > SHUNT_LOG_DEBUG || level > log_level()) {
        return;
    }
    size_t start = write_prefix(line, sizeof line, level);
    int wanted = vsnprintf(line + start, sizeof line - start, format, args);
    size_t len = start + (wanted > 0 ? (size_t)wanted : 0);

    if (len > sizeof line - 1) {
        len = sizeof line - 1;
        memcpy(line + len - 3, "...", 3);
    }
    hide_control_bytes(line + start, len - start);
    line[len++] = '\n';
    while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR) {
    }
    errno = saved;
}

void log_line(enum shunt_log_level level, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_line_va(level, format, args);
    va_end(args);
}
