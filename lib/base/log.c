/*
 * A line is built by the thread that logs it and goes to the queue of the servers that run (log_queue.c).
 * Where none does it is written at once, in one write(2).
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/log_format.h"
#include "base/log_queue.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DIRECT_WAIT_MS 1000 /* for a standard error that takes nothing; then lines are dropped */

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
    for (unsigned i = 0; i <= SHUNT_LOG_DEBUG; i++) {
        if (strcmp(log_format_level(i), word) == 0) {
            *level = (enum shunt_log_level)i;
            return SHUNT_OK;
        }
    }
    return SHUNT_EINVAL;
}

/* Whoever has waited once in vain does not wait again until something is taken. */
static void write_now(const char *line, size_t len)
{
    static atomic_bool stalled;
    struct pollfd wait = {.fd = STDERR_FILENO, .events = POLLOUT};
    int ready;

    do {
        ready = poll(&wait, 1, atomic_load(&stalled) ? 0 : DIRECT_WAIT_MS);
    } while (ready < 0 && errno == EINTR);
    atomic_store(&stalled, ready == 0);
    if (ready == 0) {
        log_queue_drop();
        return;
    }
    while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR) {
    }
}

static _Thread_local struct {
    void (*divert)(void *arg, const char *text);
    void *arg;
} errors;

void log_errors_divert(void (*divert)(void *arg, const char *text), void *arg)
{
    errors.divert = divert;
    errors.arg = arg;
}

static void divert_error(const char *format, va_list args)
{
    char text[LOG_LINE_BYTES_MAX];

    vsnprintf(text, sizeof text, format, args);
    errors.divert(errors.arg, text);
}

void log_line_va(enum shunt_log_level level, const char *format, va_list args)
{
    char line[LOG_LINE_BYTES_MAX];
    uint64_t stamp = clock_wall_ns();
    int saved = errno; /* callers log a failure and then look at errno */
    size_t len;

    if (level == SHUNT_LOG_ERROR && errors.divert) {
        divert_error(format, args);
        return;
    }
    if ((unsigned)level > SHUNT_LOG_DEBUG || level > log_level()) {
        return;
    }
    len = log_format(line, stamp, level, format, args);
    if (!log_queue_push(stamp, line, len)) {
        write_now(line, len);
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
