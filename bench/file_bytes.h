/* A file's content, for options that name one. */
#ifndef BENCH_FILE_BYTES_H
#define BENCH_FILE_BYTES_H

#include "base/error.h"

#include <shunt/status.h>
#include <stddef.h>

/* All that the file has, with a NUL behind it that `len` does not count; to be freed. SHUNT_OK, or
 * SHUNT_EINVAL with a sentence in `error` where it cannot be read or has more than `most`. */
enum shunt_status file_bytes_read(const char *file, size_t most, char **bytes, size_t *len,
                                  struct error *error) SHUNT_MUST_USE;

#endif
