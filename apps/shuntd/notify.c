/* Fifty lines in place of a library: the protocol is one connected datagram socket. */
#include "notify.h"

#include "base/log.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int notify_fd = -1;

/* "/path", or "@name" in the abstract name space; 0: neither, or too long. */
static socklen_t address_of(const char *name, struct sockaddr_un *address)
{
    size_t len = strlen(name);

    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof address->sun_path) {
        return 0;
    }
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, name, len);
    if (name[0] == '@') {
        address->sun_path[0] = '\0';
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void notify_open(void)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t len = name ? address_of(name, &address) : 0;

    if (!name) {
        return;
    }
    notify_fd = len ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    if (notify_fd < 0 || connect(notify_fd, (struct sockaddr *)&address, len)) {
        log_warning("NOTIFY_SOCKET: expected a socket that takes datagrams, found \"%s\": %s", name,
                    len ? strerror(errno) : "neither /PATH nor @NAME");
        notify_close();
    }
    unsetenv("NOTIFY_SOCKET");
}

void notify_close(void)
{
    if (notify_fd >= 0) {
        close(notify_fd);
    }
    notify_fd = -1;
}

static void notify_send(const char *state)
{
    int saved = errno;

    if (notify_fd >= 0) {
        (void)!send(notify_fd, state, strlen(state), MSG_NOSIGNAL);
    }
    errno = saved;
}

void notify_ready(void)
{
    notify_send("READY=1");
}

void notify_stopping(void)
{
    notify_send("STOPPING=1");
}
