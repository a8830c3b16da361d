#include "load/probe.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* 0 or an errno. */
static int connect_once(const struct url_address *to, int timeout_ms)
{
    int fd = socket(to->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error = 0;
    socklen_t len = sizeof error;

    if (fd < 0) {
        return errno;
    }
    if (connect(fd, (const struct sockaddr *)&to->address, to->len) != 0) {
        error = errno;
        if (error == EINPROGRESS) {
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            int count = poll(&ready, 1, timeout_ms);

            error = count == 0 ? ETIMEDOUT : count < 0 ? errno : 0;
            if (error == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
                error = errno;
            }
        }
    }
    close(fd);
    return error;
}

enum shunt_status probe_connect(const struct url_address *addresses, size_t count, int timeout_ms,
                                struct url_address *chosen, struct error *error)
{
    char host[128] = "?", port[16] = "?";
    int number = 0;

    for (size_t i = 0; i < count; i++) {
        number = connect_once(&addresses[i], timeout_ms);
        if (number == 0) {
            *chosen = addresses[i];
            return SHUNT_OK;
        }
        if (addresses[i].address.ss_family == AF_UNIX) {
            return error_set(error, SHUNT_ESYS, "cannot connect to %s: %s",
                             ((const struct sockaddr_un *)&addresses[i].address)->sun_path,
                             strerror(number));
        }
        getnameinfo((const struct sockaddr *)&addresses[i].address, addresses[i].len, host,
                    sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    }
    return error_set(error, SHUNT_ESYS, "cannot connect to %s port %s: %s", host, port,
                     strerror(number));
}
