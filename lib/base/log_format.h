/* A line of the log as bytes: prefix, text, line feed. Any thread. */
#ifndef BASE_LOG_FORMAT_H
#define BASE_LOG_FORMAT_H

#include "base/log_ring.h"

#include <shunt/plugin.h>
#include <stdarg.h>

/*
 * Look whether standard error goes to the journal (JOURNAL_STREAM, systemd.exec(5)). It adds the
 * time itself and takes "<4>" for the level, so from then on that is the prefix; otherwise it is
 * time and level. Before threads that change the environment.
 */
void log_format_choose(void);

/* The prefix of `level` at the time `stamp` (nanoseconds of the clock) and the text, cut where it
 * is too long. Control bytes become '?'. How many bytes of `line` were written. */
size_t log_format(char line[LOG_LINE_BYTES_MAX], uint64_t stamp, enum shunt_log_level level,
                  const char *format, va_list args) __attribute__((format(printf, 4, 0)));
/* "error", "warning", "info" or "debug". */
const char *log_format_level(enum shunt_log_level level);

#endif
