#include "load/broadcast_connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static bool write_all(int fd, struct shunt_span bytes)
{
    while (bytes.len > 0) {
        ssize_t wrote = send(fd, bytes.at, bytes.len, MSG_NOSIGNAL);

        if (wrote <= 0) {
            return false;
        }
        bytes.at += wrote;
        bytes.len -= (size_t)wrote;
    }
    return true;
}

/* The server sends nothing behind the 101 until somebody publishes. */
static enum shunt_status answered(int fd, const struct response_want *want, struct error *error)
{
    char head[RESPONSE_HEAD_BYTES_MAX];
    struct extension_answer answer;
    enum failure failure;
    size_t len = 0, used;
    unsigned final;

    while (len < sizeof head) {
        ssize_t got = recv(fd, head + len, sizeof head - len, 0);
        enum shunt_status status;

        if (got <= 0) {
            return error_set(error, SHUNT_ESYS, "no answer to an upgrade: %s",
                             got == 0 ? "the server has ended it" : strerror(errno));
        }
        len += (size_t)got;
        status =
            response_check((struct shunt_span){head, len}, want, &used, &final, &answer, &failure);
        if (status == SHUNT_OK) {
            return used == len ? SHUNT_OK : error_set(error, SHUNT_EPROTO, "bytes behind the 101");
        }
        if (status != SHUNT_AGAIN) {
            break;
        }
    }
    return error_set(error, SHUNT_EPROTO, "the answer to an upgrade is no right 101");
}

static bool connected(const struct client_plan *plan, int fd, uint32_t number)
{
    const struct timeval timeout = {.tv_sec = plan->timeout_ms / 1000,
                                    .tv_usec = plan->timeout_ms % 1000 * 1000};

    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0) {
        return false;
    }
    if (plan->to.address.ss_family != AF_UNIX) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    }
    if (plan->sources_count > 0) {
        const struct url_address *source = &plan->sources[number % plan->sources_count];

        (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int));
        if (bind(fd, (const struct sockaddr *)&source->address, source->len) != 0) {
            return false;
        }
    }
    return connect(fd, (const struct sockaddr *)&plan->to.address, plan->to.len) == 0;
}

enum shunt_status broadcast_connect(const struct client_plan *plan, uint32_t number, int *fd,
                                    struct error *error)
{
    struct response_want want = requests_want(plan->requests, number);
    int made = socket(plan->to.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    enum shunt_status status;

    if (made < 0) {
        return error_set(error, SHUNT_ESYS, "no socket: %s", strerror(errno));
    }
    if (!connected(plan, made, number) ||
        !write_all(made, requests_bytes(plan->requests, number))) {
        status = error_set(error, SHUNT_ESYS, "connection %u: %s", number, strerror(errno));
    } else {
        status = answered(made, &want, error);
    }
    if (status != SHUNT_OK) {
        close(made);
        return status;
    }
    *fd = made;
    return SHUNT_OK;
}
