/*
 * One line an event on standard error: time, level, text. Any thread; lines of several threads
 * never mix. While a server runs its main thread writes them, and nobody waits (base/log_queue.h);
 * else the caller does, and waits a second at most for a standard error that takes nothing. Not for
 * the data path.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <shunt/plugin.h>
#include <stdarg.h>

/* What is above `level` is dropped. SHUNT_LOG_INFO at first. */
void log_level_set(enum shunt_log_level level);
enum shunt_log_level log_level(void);
/* "error", "warning", "info", "debug" to a level; SHUNT_EINVAL for another word. */
enum shunt_status log_level_parse(const char *word, enum shunt_log_level *level) SHUNT_MUST_USE;

void log_line(enum shunt_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_line_va(enum shunt_log_level level, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/*
 * Hand each error of this thread, as text without an end of line, to `divert` in place of writing
 * it, until the next call; NULL: write them again.
 */
void log_errors_divert(void (*divert)(void *arg, const char *text), void *arg);

#define log_error(...)   log_line(SHUNT_LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(SHUNT_LOG_WARNING, __VA_ARGS__)
#define log_info(...)    log_line(SHUNT_LOG_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(SHUNT_LOG_DEBUG, __VA_ARGS__)

#endif
