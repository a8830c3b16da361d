/* An open file that output is sent from: closed when nothing refers to it any longer. */
#ifndef CONN_FILE_H
#define CONN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Belongs to one worker's thread. */
struct conn_file {
    int fd;
    uint32_t references;
};

/* With one reference, the caller's, and `fd` its own from then on. NULL: no memory, and `fd` is
 * still the caller's. */
struct conn_file *conn_file_create(int fd);
static inline struct conn_file *conn_file_take(struct conn_file *file)
{
    file->references++;
    return file;
}
/* Read all of [offset, offset + len) to `to`, if no disk is waited for. False: not so, it is shorter,
 * or cannot be read; what lies at `to` has no meaning then. */
bool conn_file_read(const struct conn_file *file, uint64_t offset, void *to, size_t len);
/* Give a reference back; a shunt_release. */
void conn_file_put(void *file);

#endif
