/* A descriptor that several answers send from at once. */
#include "conn/file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

struct conn_file *conn_file_create(int fd)
{
    struct conn_file *file = malloc(sizeof *file);

    if (file) {
        *file = (struct conn_file){.fd = fd, .references = 1};
    }
    return file;
}

/* Not all file systems can tell what is cached; they have EOPNOTSUPP, and are read as they are. */
bool conn_file_read(const struct conn_file *file, uint64_t offset, void *to, size_t len)
{
    struct iovec part = {to, len};
    ssize_t got = preadv2(file->fd, &part, 1, (off_t)offset, RWF_NOWAIT);

    if (got < 0 && errno == EOPNOTSUPP) {
        got = pread(file->fd, to, len, (off_t)offset);
    }
    return got >= 0 && (size_t)got == len;
}

void conn_file_put(void *arg)
{
    struct conn_file *file = arg;

    if (--file->references == 0) {
        close(file->fd);
        free(file);
    }
}
