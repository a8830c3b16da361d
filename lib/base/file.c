#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *file_read(const char *file, size_t bytes_max, size_t *len)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;
    char *bytes = NULL;
    size_t got = 0;
    ssize_t n = 1;

    if (fd < 0) {
        return NULL;
    }
    if (fstat(fd, &about) == 0) {
        errno = S_ISDIR(about.st_mode) ? EISDIR : !S_ISREG(about.st_mode) ? EINVAL : 0;
        errno = !errno && (uint64_t)about.st_size > bytes_max ? EFBIG : errno;
        bytes = errno ? NULL : malloc((size_t)about.st_size + 1);
    }
    while (bytes && n > 0 && got < (size_t)about.st_size) {
        n = read(fd, bytes + got, (size_t)about.st_size - got);
        got += n > 0 ? (size_t)n : 0;
    }
    if (n < 0) {
        free(bytes);
        bytes = NULL;
    }
    if (bytes) {
        bytes[got] = '\0';
        *len = got;
    }
    close(fd);
    return bytes;
}

char *file_beside(const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    char *path;

    if (name[0] == '/' || !slash) {
        return strdup(name);
    }
    return asprintf(&path, "%.*s/%s", (int)(slash - file), file, name) < 0 ? NULL : path;
}
