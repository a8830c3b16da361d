#include "server/access_output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0640 /* addresses of people are not for everyone */ };

static int stream_of(const char *path)
{
    return strcmp(path, "stderr") == 0   ? STDERR_FILENO
           : strcmp(path, "stdout") == 0 ? STDOUT_FILENO
                                         : -1;
}

/* A FIFO that nobody reads yet cannot be opened for writing without waiting; for both it can, and
 * what is written then stays in it. */
static int file_open(const char *path)
{
    const int flags = O_NONBLOCK | O_APPEND | O_NOCTTY | O_CLOEXEC;
    struct stat about;

    if (stat(path, &about) == 0 && S_ISFIFO(about.st_mode)) {
        return open(path, O_RDWR | flags);
    }
    return open(path, O_WRONLY | O_CREAT | flags, FILE_MODE);
}

enum shunt_status access_output_open(struct access_output *output)
{
    int stream = stream_of(output->path);
    struct stat about;

    if (stream >= 0) {
        log_output_open(&output->file, stream);
    } else {
        int fd = file_open(output->path);

        if (fd < 0) {
            return SHUNT_ESYS;
        }
        log_output_close(&output->file);
        output->file = (struct log_output){.fd = fd, .own = true};
    }
    output->is_disk =
        output->file.fd >= 0 && fstat(output->file.fd, &about) == 0 && S_ISREG(about.st_mode);
    output->error = 0;
    return SHUNT_OK;
}

void access_output_close(struct access_output *output)
{
    log_output_close(&output->file);
}

/* The first bytes of the pieces, one behind the other, at most PIPE_BUF of them and whole lines if
 * there is one: the kernel takes so many at once or none. */
static size_t gather(char batch[PIPE_BUF], const struct iovec *pieces, unsigned count)
{
    size_t len = 0;
    const char *end;

    for (unsigned i = 0; i < count; i++) {
        size_t some = pieces[i].iov_len < PIPE_BUF - len ? pieces[i].iov_len : PIPE_BUF - len;

        memcpy(batch + len, pieces[i].iov_base, some);
        len += some;
    }
    end = memrchr(batch, '\n', len);
    return end ? (size_t)(end + 1 - batch) : len;
}

ssize_t access_output_write(struct access_output *output, const struct iovec *pieces,
                            unsigned count)
{
    char batch[PIPE_BUF];
    ssize_t taken;

    if (output->is_disk) {
        do {
            taken = writev(output->file.fd, pieces, (int)count);
        } while (taken < 0 && errno == EINTR);
    } else {
        taken = log_output_write(&output->file, batch, gather(batch, pieces, count));
    }
    output->error = taken < 0 ? errno : 0;
    return taken;
}
