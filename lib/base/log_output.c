/*
 * O_NONBLOCK belongs to the open file, which a standard stream shares with a shell and with other
 * programs, so it is not set there. Pipes and terminals are opened anew under /proc/self/fd, which
 * gives a file of our own; sockets take MSG_DONTWAIT. Regular files do not block in this sense, and
 * a second file would have a position of its own, so they are written as they are.
 *
 * Where /proc is not mounted or the file may not be opened (another user's terminal) a poll(2) goes
 * before the write. Weaker: another writer may fill the pipe in between, and then this one waits.
 */
#include "base/log_output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void log_output_open(struct log_output *output, int stream)
{
    struct stat about;
    char name[32];

    if (fstat(stream, &about) != 0) {
        log_output_close(output);
        return;
    }
    if (output->fd >= 0 && output->device == about.st_dev && output->inode == about.st_ino) {
        return;
    }
    log_output_close(output);
    output->device = about.st_dev;
    output->inode = about.st_ino;
    output->socket = S_ISSOCK(about.st_mode);
    if (S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode)) {
        snprintf(name, sizeof name, "/proc/self/fd/%d", stream);
        output->fd = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        output->own = output->fd >= 0;
    }
    output->fd = output->own ? output->fd : stream;
}

void log_output_close(struct log_output *output)
{
    if (output->own) {
        close(output->fd);
    }
    *output = (struct log_output)LOG_OUTPUT_CLOSED;
}

static bool writable(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};

    return poll(&wait, 1, 0) > 0;
}

ssize_t log_output_write(const struct log_output *output, const char *bytes, size_t len)
{
    ssize_t taken = 0;

    if (output->fd < 0) {
        errno = EBADF;
        return -1;
    }
    do {
        if (output->socket) {
            taken = send(output->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        } else if (output->own || writable(output->fd)) {
            taken = write(output->fd, bytes, len);
        }
    } while (taken < 0 && errno == EINTR);
    return taken < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : taken;
}
