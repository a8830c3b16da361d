/* Files as what both back ends send: the system calls, and whether they would wait for a disk. */
#ifndef IO_FILE_H
#define IO_FILE_H

#include "io/io.h"

/* Of a file in one try, so that a fast reader does not keep the loop from others. */
#define IO_FILE_TRY_BYTES (1u << 20)

/* Bytes of a file that one try is about. */
static inline uint64_t io_file_try_bytes(const struct io_file *file)
{
    return file->len < IO_FILE_TRY_BYTES ? file->len : IO_FILE_TRY_BYTES;
}

/*
 * One try to send parts[0..count) and the front of `file` behind them; fd does not block. Bytes
 * taken of both together, or -errno as `sent` of struct io_handler has it. A failure that comes
 * behind bytes that were taken shows in the next try.
 */
int io_file_send(int fd, const struct iovec *parts, int count, const struct io_file *file);

/*
 * Would such a try wait for a disk? Asked of the first and the last byte: what was read in one go
 * leaves the page cache together. False where a file system cannot tell.
 */
bool io_file_is_cold(const struct io_file *file);

#endif
