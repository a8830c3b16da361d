/*
 * What an access log is written to: a file, a FIFO, or a standard stream. Of the writer's thread.
 * FIFOs, pipes, sockets and devices never make it wait; a disk may.
 */
#ifndef SERVER_ACCESS_OUTPUT_H
#define SERVER_ACCESS_OUTPUT_H

#include "base/log_output.h"
#include "base/spool.h"

struct access_output {
    const char *path;       /* "stderr", "stdout" or a file's; borrowed */
    struct log_output file; /* LOG_OUTPUT_CLOSED at first */
    bool is_disk;           /* takes any number of bytes at once, or fails */
    int error;              /* of the last write; 0: it went well */
};

/* Open, or open anew: what is open stays when that fails. SHUNT_ESYS: errno has it. */
enum shunt_status access_output_open(struct access_output *output) SHUNT_MUST_USE;
void access_output_close(struct access_output *output);

/*
 * Write some of what pieces[0..count) have, which are not empty, up to the end of a line where that
 * can be: a pipe that takes nothing more then has no half line. How many bytes; 0: none now, wait
 * until output->file.fd is writable; -1: it failed, output->error is the reason.
 */
ssize_t access_output_write(struct access_output *output, const struct iovec *pieces,
                            unsigned count);

#endif
