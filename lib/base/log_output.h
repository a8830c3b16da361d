/*
 * A standard stream as a place that never makes its writer wait: a pipe that nobody reads, a stopped
 * terminal or a stuck journal takes nothing, and the writer learns that.
 */
#ifndef BASE_LOG_OUTPUT_H
#define BASE_LOG_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Of one thread at a time. */
struct log_output {
    int fd;      /* to wait for with poll(2); -1: closed */
    bool own;    /* opened here, and non-blocking */
    bool socket; /* asked not to block at each call */
    dev_t device;
    ino_t inode; /* of what the stream was when this was opened */
};

#define LOG_OUTPUT_CLOSED                                                                          \
    {                                                                                              \
        .fd = -1                                                                                   \
    }

/* Take what `stream`, STDERR_FILENO or STDOUT_FILENO, is now; what is open already is kept while it
 * is still the same. */
void log_output_open(struct log_output *output, int stream);
void log_output_close(struct log_output *output);

/* Bytes taken, of a pipe all `len` or none; 0: nothing now, wait for POLLOUT; -1: never (errno). */
ssize_t log_output_write(const struct log_output *output, const char *bytes, size_t len);

#endif
