/*
 * SO_REUSEPORT gives each worker its own queue of connections, but it also lets another process of
 * the same user join the port unnoticed. So each port is first bound without it, as a probe: that
 * fails where anybody else listens.
 */
#include "server/listeners.h"

#include "io/sockets.h"
#include "server/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static unsigned port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        return 0;
    }
    if (address.ss_family == AF_INET) {
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    }
    if (address.ss_family == AF_INET6) {
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    }
    return 0;
}

static void port_set(struct sockets_address *address, unsigned port)
{
    if (address->storage.ss_family == AF_INET) {
        ((struct sockaddr_in *)&address->storage)->sin_port = htons((uint16_t)port);
    } else if (address->storage.ss_family == AF_INET6) {
        ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons((uint16_t)port);
    }
}

static enum shunt_status give(struct worker *worker, int fd, bool shared, struct error *error)
{
    if (worker->listener_count == sizeof worker->listeners / sizeof *worker->listeners) {
        close(fd);
        return error_set(error, SHUNT_EFULL, "too many listeners, at most %zu",
                         sizeof worker->listeners / sizeof *worker->listeners);
    }
    worker->listeners[worker->listener_count++] = (struct worker_listener){fd, shared};
    return SHUNT_OK;
}

/* Workers of a unix socket share one: there is no SO_REUSEPORT for it that balances. */
static enum shunt_status share(int first, struct worker *workers, unsigned count,
                               struct error *error)
{
    enum shunt_status status = give(&workers[0], first, count > 1, error);

    for (unsigned i = 1; i < count && status == SHUNT_OK; i++) {
        int fd = fcntl(first, F_DUPFD_CLOEXEC, 0);

        if (fd < 0) {
            return error_set(error, SHUNT_ESYS, "cannot share a unix socket: %s", strerror(errno));
        }
        status = give(&workers[i], fd, true, error);
    }
    return status;
}

/* Does anybody else listen there? With port 0 the kernel's choice is written to the address. */
static enum shunt_status probe(struct sockets_address *address, struct error *error)
{
    const struct sockets_listen_options options = {.backlog = 1};
    int fd;
    enum shunt_status status = sockets_listen(address, &options, &fd, error);

    if (status == SHUNT_OK) {
        port_set(address, port_of(fd));
        close(fd);
    }
    return status;
}

/* Only of a listener that is ours: what another server bound stays. */
static void file_unlink(const struct config_listener *listener)
{
    if (strncmp(listener->address, "unix:", 5) == 0) {
        (void)unlink(listener->address + 5);
    }
}

static enum shunt_status open_one(const struct config *config,
                                  const struct config_listener *listener, struct worker *workers,
                                  unsigned count, unsigned *port, struct error *error)
{
    struct sockets_listen_options options = {
        .backlog = (int)listener->backlog,
        .reuse_port = true,
        .defer_accept_s = config->defer_accept_s,
        .tcp = limits_tcp(config),
    };
    struct sockets_address address;
    enum shunt_status status;
    int fd;

    status = sockets_address_parse(listener->address, &address, error);
    if (status == SHUNT_OK && address.storage.ss_family == AF_UNIX) {
        status = sockets_listen(&address, &options, &fd, error);
        if (status == SHUNT_OK) {
            status = share(fd, workers, count, error);
            if (status != SHUNT_OK) {
                file_unlink(listener);
            }
        }
        return status;
    }
    if (status == SHUNT_OK) {
        status = probe(&address, error);
    }
    for (unsigned i = 0; i < count && status == SHUNT_OK; i++) {
        status = sockets_listen(&address, &options, &fd, error);
        if (status == SHUNT_OK) {
            *port = port_of(fd);
            status = give(&workers[i], fd, false, error);
        }
    }
    return status;
}

enum shunt_status server_listeners_open(const struct config *config, struct worker *workers,
                                        unsigned worker_count, unsigned *ports, struct error *error)
{
    enum shunt_status status = SHUNT_OK;
    size_t opened = 0;

    while (opened < config->listener_count && status == SHUNT_OK) {
        ports[opened] = 0;
        status = open_one(config, &config->listeners[opened], workers, worker_count, &ports[opened],
                          error);
        opened += status == SHUNT_OK;
    }
    if (status != SHUNT_OK) {
        server_listeners_close(workers, worker_count);
        while (opened > 0) {
            file_unlink(&config->listeners[--opened]);
        }
    }
    return status;
}

void server_listeners_close(struct worker *workers, unsigned worker_count)
{
    for (unsigned i = 0; i < worker_count; i++) {
        while (workers[i].listener_count > 0) {
            close(workers[i].listeners[--workers[i].listener_count].fd);
        }
    }
}

void server_listeners_unlink(const struct config *config)
{
    for (size_t i = 0; i < config->listener_count; i++) {
        file_unlink(&config->listeners[i]);
    }
}
