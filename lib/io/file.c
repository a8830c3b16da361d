/*
 * sendfile(2) on both back ends: the pages go to the socket as they lie in the page cache. What
 * was measured against it (docs/results.md): reading into a buffer and sending that takes more CPU,
 * and io_uring's splice, which always goes to a thread of the kernel's, most.
 */
#include "io/file.h"

#include <errno.h>
#include <sys/sendfile.h>

/* Files that are longer leave their head to a packet of its own. */
#define WITH_HEAD_BYTES_MAX (256u << 10)

/*
 * A head goes out with the first bytes of its file: the kernel keeps it back until they come. Not so
 * with a long file, which costs the sender the less the sooner the peer begins to acknowledge.
 */
static ssize_t parts_send(int fd, const struct iovec *parts, int count, const struct io_file *file)
{
    int more = file->len <= WITH_HEAD_BYTES_MAX ? MSG_MORE : 0;
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    ssize_t sent;

    do {
        sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT | more);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

static size_t parts_len(const struct iovec *parts, int count)
{
    size_t len = 0;

    for (int i = 0; i < count; i++) {
        len += parts[i].iov_len;
    }
    return len;
}

int io_file_send(int fd, const struct iovec *parts, int count, const struct io_file *file)
{
    off_t offset = (off_t)file->offset;
    ssize_t head = count > 0 ? parts_send(fd, parts, count, file) : 0, sent;

    if (head < 0 || (size_t)head < parts_len(parts, count) || head > INT32_MAX / 2) {
        return (int)head;
    }
    do {
        sent = sendfile(fd, file->fd, &offset, io_file_try_bytes(file));
    } while (sent < 0 && errno == EINTR);
    if (sent > 0 || head > 0) {
        return (int)(head + (sent > 0 ? sent : 0));
    }
    return sent == 0 ? -ENODATA : -errno;
}

static bool is_cold_at(int fd, uint64_t offset)
{
    char byte;
    struct iovec to = {&byte, 1};

    return preadv2(fd, &to, 1, (off_t)offset, RWF_NOWAIT) < 0 && errno == EAGAIN;
}

bool io_file_is_cold(const struct io_file *file)
{
    return is_cold_at(file->fd, file->offset) ||
           is_cold_at(file->fd, file->offset + io_file_try_bytes(file) - 1);
}
