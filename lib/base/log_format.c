/*
 * A line is built on the caller's stack, below PIPE_BUF, so that pipes keep it whole. Text may
 * quote a peer: control bytes become '?', so nobody forges a second line.
 */
#include "base/log_format.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_A_SECOND UINT64_C(1000000000)
#define NS_A_MS     UINT64_C(1000000)

static const char *const words[] = {"error", "warning", "info", "debug"};
static const unsigned priorities[] = {3, 4, 6, 7}; /* syslog(3) */
static atomic_bool to_journal;

const char *log_format_level(enum shunt_log_level level)
{
    return words[level];
}

void log_format_choose(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat about;
    char mine[48];

    if (fstat(STDERR_FILENO, &about) != 0) {
        return;
    }
    snprintf(mine, sizeof mine, "%" PRIuMAX ":%" PRIuMAX, (uintmax_t)about.st_dev,
             (uintmax_t)about.st_ino);
    atomic_store_explicit(&to_journal, stream && strcmp(stream, mine) == 0, memory_order_relaxed);
}

/* "2026-01-31T12:34:56.789Z warning ", or "<4>" */
static size_t write_prefix(char *line, size_t room, uint64_t stamp, enum shunt_log_level level)
{
    time_t seconds = (time_t)(stamp / NS_A_SECOND);
    size_t len;
    int more;
    struct tm utc;

    if (atomic_load_explicit(&to_journal, memory_order_relaxed)) {
        more = snprintf(line, room, "<%u>", priorities[level]);
        return more > 0 ? (size_t)more : 0;
    }
    gmtime_r(&seconds, &utc);
    len = strftime(line, room, "%Y-%m-%dT%H:%M:%S", &utc);
    more = snprintf(line + len, room - len, ".%03uZ %-7s ",
                    (unsigned)(stamp % NS_A_SECOND / NS_A_MS), words[level]);
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

size_t log_format(char line[LOG_LINE_BYTES_MAX], uint64_t stamp, enum shunt_log_level level,
                  const char *format, va_list args)
{
    size_t start = write_prefix(line, LOG_LINE_BYTES_MAX, stamp, level);
    int wanted = vsnprintf(line + start, LOG_LINE_BYTES_MAX - start, format, args);
    size_t len = start + (wanted > 0 ? (size_t)wanted : 0);

    if (len > LOG_LINE_BYTES_MAX - 1) {
        len = LOG_LINE_BYTES_MAX - 1;
        memset(line + len - 3, '.', 3);
    }
    hide_control_bytes(line + start, len - start);
    line[len++] = '\n';
    return len;
}
