/*
 * openat2(2): the kernel itself keeps a path beneath the folder, whatever others rename meanwhile.
 */
#include "files/open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

/* -EAGAIN: something was renamed beside the path, and the kernel cannot be sure; seldom twice. */
static int open_beneath(const struct shunt_folder *folder, int root, const char *name, int flags)
{
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC),
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
                                      (folder->symlinks ? 0 : RESOLVE_NO_SYMLINKS)};
    int fd = -1;

    for (int tries = 0; fd < 0 && tries < 3; tries++) {
        fd = (int)syscall(SYS_openat2, root, *name ? name : ".", &how, sizeof how);
        if (fd < 0 && errno != EAGAIN && errno != EINTR) {
            return -errno;
        }
    }
    return fd < 0 ? -EAGAIN : fd;
}

/* 0, -EISDIR, -ENXIO or -errno. */
static int look(int fd, struct stat *is)
{
    if (fstat(fd, is) != 0) {
        return -errno;
    }
    return S_ISREG(is->st_mode) ? 0 : S_ISDIR(is->st_mode) ? -EISDIR : -ENXIO;
}

/* What was a regular file a moment ago may be a FIFO now: O_NONBLOCK. */
static int open_to_read(const struct shunt_folder *folder, int root, const char *name,
                        struct stat *is, int *fd)
{
    int rc;

    *fd = open_beneath(folder, root, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0) {
        return *fd;
    }
    rc = look(*fd, is);
    if (rc != 0) {
        close(*fd);
    }
    return rc;
}

int files_open(const struct shunt_folder *folder, const char *name, struct stat *is, int *fd)
{
    int root = open(folder->path, O_PATH | O_DIRECTORY | O_CLOEXEC), place, rc;

    if (root < 0) {
        return -errno;
    }
    place = open_beneath(folder, root, name, O_PATH);
    rc = place < 0 ? place : look(place, is);
    if (place >= 0) {
        close(place);
    }
    if (rc == 0 && fd) {
        rc = open_to_read(folder, root, name, is, fd);
    }
    close(root);
    return rc;
}
