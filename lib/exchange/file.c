/* Bodies that lie in a file: nothing of them is read before they are sent. */
#include "exchange/file.h"

#include "exchange/response.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

void exchange_response_parts(struct shunt_response *response, struct conn_file *file,
                             const struct exchange_file_part *parts, size_t count,
                             struct shunt_span behind)
{
    uint64_t len = behind.len;

    for (size_t i = 0; i < count; i++) {
        len += parts[i].before.len + parts[i].len;
    }
    exchange_response_fini(response);
    response->owned = NULL;
    response->body = (struct shunt_span){0};
    response->refused = SHUNT_OK;
    response->file.file = file;
    response->file.parts = parts;
    response->file.count = count;
    response->file.behind = behind;
    response->file.len = len;
}

void exchange_response_file(struct shunt_response *response, struct conn_file *file,
                            uint64_t offset, uint64_t len)
{
    response->file.only = (struct exchange_file_part){.offset = offset, .len = len};
    exchange_response_parts(response, file, &response->file.only, 1, (struct shunt_span){0});
}

/* Is [offset, offset + *length) a part of the file? */
static enum shunt_status check_part(int fd, uint64_t offset, uint64_t *length)
{
    struct stat is;

    if (fstat(fd, &is) != 0) {
        return errno == EBADF ? SHUNT_EINVAL : SHUNT_ESYS;
    }
    if (!S_ISREG(is.st_mode) || offset > (uint64_t)is.st_size) {
        return SHUNT_EINVAL;
    }
    if (*length == SHUNT_LENGTH_UNKNOWN) {
        *length = (uint64_t)is.st_size - offset;
    }
    return *length <= (uint64_t)is.st_size - offset ? SHUNT_OK : SHUNT_EINVAL;
}

enum shunt_status shunt_response_file(struct shunt_response *response, const char *content_type,
                                      int fd, uint64_t offset, uint64_t length)
{
    enum shunt_status status = check_part(fd, offset, &length);
    struct conn_file *file = NULL;

    if (status == SHUNT_OK) {
        status = shunt_response_body(response, content_type, NULL, 0); /* keeps the type */
    }
    if (status == SHUNT_OK) {
        file = conn_file_create(fd);
        status = file ? SHUNT_OK : SHUNT_ENOMEM;
    }
    if (status != SHUNT_OK) {
        if (fd >= 0) {
            close(fd);
        }
        if (status == SHUNT_ENOMEM || status == SHUNT_ESYS) {
            response->refused = status;
        }
        return status;
    }
    exchange_response_file(response, file, offset, length);
    return SHUNT_OK;
}
