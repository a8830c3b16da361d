/*
 * Lines of the log on their way from the threads that log them to the thread that writes them: a
 * bounded ring of lines, many senders and one receiver. Lock-free; a sender never waits, and what
 * does not fit is counted.
 */
#ifndef BASE_LOG_RING_H
#define BASE_LOG_RING_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_BYTES_MAX 1024 /* line feed included; below PIPE_BUF */
#define LOG_RING_LINES_MAX ((size_t)1 << 16)

struct log_ring;

/* A line as it is written. */
struct log_ring_line {
    uint64_t stamp; /* when it was logged: lines of several rings are written by it */
    size_t len;
    char bytes[LOG_LINE_BYTES_MAX];
};

/* `lines` is 1 to LOG_RING_LINES_MAX and rounded up to a power of two; memory is touched as it is
 * used. SHUNT_OK, SHUNT_EINVAL or SHUNT_ENOMEM. */
enum shunt_status log_ring_create(size_t lines, struct log_ring **ring) SHUNT_MUST_USE;
/* What was not taken is gone. No sender may be at work any more. NULL is allowed. */
void log_ring_destroy(struct log_ring *ring);

/* Leave a copy of a line, len at most LOG_LINE_BYTES_MAX. Any thread. False: full, and counted.
 * Lines of one thread stay in order. */
bool log_ring_push(struct log_ring *ring, uint64_t stamp, const char *bytes, size_t len);
/* Lines that did not fit so far. Any thread. */
uint64_t log_ring_dropped(const struct log_ring *ring);

/* The receiver: the line at the front, NULL when there is none; valid until it is taken off. */
const struct log_ring_line *log_ring_front(struct log_ring *ring);
void log_ring_take(struct log_ring *ring);

#endif
