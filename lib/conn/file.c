/* A descriptor that several answers send from at once. */
#include "conn/file.h"

#include <stdlib.h>
#include <unistd.h>

struct conn_file *conn_file_create(int fd)
{
    struct conn_file *file = malloc(sizeof *file);

    if (file) {
        *file = (struct conn_file){.fd = fd, .references = 1};
    }
    return file;
}

void conn_file_put(void *arg)
{
    struct conn_file *file = arg;

    if (--file->references == 0) {
        close(file->fd);
        free(file);
    }
}
