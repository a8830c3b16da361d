/* Addresses as people write them, and sockets that listen on them. */
#include "io/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG_DEFAULT 4096

/* ---- text to address ---- */

static bool port_parse(const char *text, uint16_t *port)
{
    unsigned value = 0;
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 5 || text[digits] != '\0') {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *port = htons((uint16_t)value);
    return value <= 65535;
}

static const char *unix_parse(const char *path, struct sockets_address *address)
{
    struct sockaddr_un *at = (struct sockaddr_un *)&address->storage;
    size_t len = strlen(path);

    if (len == 0) {
        return "the path of a unix socket is missing";
    }
    if (len >= sizeof at->sun_path) {
        return "the path of a unix socket has at most 107 bytes";
    }
    at->sun_family = AF_UNIX;
    memcpy(at->sun_path, path, len + 1);
    address->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    return NULL;
}

static void any_set(struct sockets_address *address, uint16_t port)
{
    struct sockaddr_in6 *at = (struct sockaddr_in6 *)&address->storage;

    *at = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
    address->len = sizeof *at;
    address->any = true;
}

static bool host_parse(const char *host, bool brackets, uint16_t port,
                       struct sockets_address *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address->storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->storage;

    if (brackets) {
        *v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
        address->len = sizeof *v6;
        return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
    }
    *v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    address->len = sizeof *v4;
    return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

/* NULL, or what is wrong. */
static const char *inet_parse(const char *text, struct sockets_address *address)
{
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN];
    bool brackets = text[0] == '[';
    size_t len;
    uint16_t port;

    if (!colon || !port_parse(colon + 1, &port)) {
        return "it must end with a colon and a port from 0 to 65535";
    }
    if (colon == text) {
        any_set(address, port);
        return NULL;
    }
    len = (size_t)(colon - text);
    if (brackets) {
        if (len < 2 || colon[-1] != ']') {
            return "the bracket around the IPv6 address is not closed";
        }
        text++;
        len -= 2;
    }
    if (len >= sizeof host) {
        return "the host must be a numeric address";
    }
    memcpy(host, text, len);
    host[len] = '\0';
    if (!host_parse(host, brackets, port, address)) {
        return brackets ? "what is in the brackets is no IPv6 address"
                        : "the host must be an IPv4 address, or an IPv6 address in brackets";
    }
    return NULL;
}

enum shunt_status sockets_address_parse(const char *text, struct sockets_address *address,
                                        struct error *why)
{
    struct sockets_address parsed = {0};
    const char *wrong =
        strncmp(text, "unix:", 5) == 0 ? unix_parse(text + 5, &parsed) : inet_parse(text, &parsed);

    if (wrong) {
        return error_set(why, SHUNT_EINVAL, "\"%s\" is no address to listen on: %s", text, wrong);
    }
    *address = parsed;
    return SHUNT_OK;
}

/* ---- address to text ---- */

void sockets_address_format(const struct sockaddr *address, socklen_t len, char *text,
                            size_t text_size)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    const struct sockaddr_un *un = (const struct sockaddr_un *)address;
    const size_t path_at = offsetof(struct sockaddr_un, sun_path);
    char host[INET6_ADDRSTRLEN] = "";

    if (address->sa_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(text, text_size, "%s:%u", host, ntohs(v4->sin_port));
    } else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], host, sizeof host);
        snprintf(text, text_size, "%s:%u", host, ntohs(v6->sin6_port));
    } else if (address->sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(text, text_size, "[%s]:%u", host, ntohs(v6->sin6_port));
    } else if (address->sa_family == AF_UNIX) {
        int path_len = len > path_at ? (int)strnlen(un->sun_path, len - path_at) : 0;

        snprintf(text, text_size, "unix:%.*s", path_len, un->sun_path);
    } else {
        snprintf(text, text_size, "an address of family %d", address->sa_family);
    }
}

enum shunt_status sockets_address_local(int fd, struct sockets_address *address)
{
    struct sockets_address local = {.len = sizeof local.storage};

    if (getsockname(fd, (struct sockaddr *)&local.storage, &local.len) != 0) {
        return SHUNT_ESYS;
    }
    *address = local;
    return SHUNT_OK;
}

/* ---- listening ---- */

static int option_set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value);
}

/* 0 leaves the kernel's. */
static int tcp_set(int fd, int name, unsigned value)
{
    return value ? option_set(fd, IPPROTO_TCP, name, (int)value) : 0;
}

static int keep_alive_set(int fd, const struct sockets_keep_alive *keep_alive)
{
    if (tcp_set(fd, TCP_USER_TIMEOUT, keep_alive->user_timeout_ms) != 0) {
        return -1;
    }
    if (!keep_alive->idle_s) {
        return 0;
    }
    return option_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) == 0 &&
                   tcp_set(fd, TCP_KEEPIDLE, keep_alive->idle_s) == 0 &&
                   tcp_set(fd, TCP_KEEPINTVL, keep_alive->interval_s) == 0 &&
                   tcp_set(fd, TCP_KEEPCNT, keep_alive->probes) == 0
               ? 0
               : -1;
}

static int connection_set(int fd, const struct sockets_tcp *tcp)
{
    return option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1) == 0 &&
                   keep_alive_set(fd, &tcp->keep_alive) == 0 &&
                   tcp_set(fd, TCP_NOTSENT_LOWAT, tcp->unsent_bytes) == 0
               ? 0
               : -1;
}

void sockets_unsent_set(int fd, unsigned unsent_bytes)
{
    (void)option_set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, (int)unsent_bytes);
}

static int options_set(int fd, const struct sockets_address *address,
                       const struct sockets_listen_options *options)
{
    if (address->storage.ss_family == AF_UNIX) {
        return 0;
    }
    /* "[::]" leaves IPv4 to a listener of its own; ":port" takes both. */
    if (address->storage.ss_family == AF_INET6 &&
        option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, !address->any) != 0) {
        return -1;
    }
    if (option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1) != 0 ||
        (options->reuse_port && option_set(fd, SOL_SOCKET, SO_REUSEPORT, 1) != 0) ||
        tcp_set(fd, TCP_DEFER_ACCEPT, options->defer_accept_s) != 0) {
        return -1;
    }
    return connection_set(fd, &options->tcp);
}

/* A socket file that no process listens on is what a killed server leaves behind. */
static bool stale_unlink(const struct sockets_address *address)
{
    const char *path = ((const struct sockaddr_un *)&address->storage)->sun_path;
    struct stat status;
    bool refused;
    int fd;

    if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return false;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return false;
    }
    refused = connect(fd, (const struct sockaddr *)&address->storage, address->len) != 0 &&
              errno == ECONNREFUSED;
    close(fd);
    return refused && unlink(path) == 0;
}

static int bind_to(int fd, const struct sockets_address *address)
{
    const struct sockaddr *at = (const struct sockaddr *)&address->storage;

    if (bind(fd, at, address->len) == 0) {
        return 0;
    }
    if (errno == EADDRINUSE && at->sa_family == AF_UNIX) {
        if (stale_unlink(address)) {
            return bind(fd, at, address->len);
        }
        errno = EADDRINUSE;
    }
    return -1;
}

/* A listening descriptor, or -1 and errno. */
static int listen_on(const struct sockets_address *address,
                     const struct sockets_listen_options *options)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool bound;
    int error;

    if (fd < 0) {
        return -1;
    }
    bound = options_set(fd, address, options) == 0 && bind_to(fd, address) == 0;
    if (bound && listen(fd, options->backlog ? (int)options->backlog : BACKLOG_DEFAULT) == 0) {
        return fd;
    }
    error = errno;
    if (bound && address->storage.ss_family == AF_UNIX) {
        (void)unlink(((const struct sockaddr_un *)&address->storage)->sun_path);
    }
    close(fd);
    errno = error;
    return -1;
}

static const char *hint_of(int error, const struct sockets_address *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->storage;
    bool inet = address->storage.ss_family != AF_UNIX;

    switch (error) {
    case EADDRINUSE:
        return inet ? "; another program listens there" : "; a server answers there";
    case EACCES: /* the port lies at the same place for IPv6 */
        return inet && ntohs(v4->sin_port) < 1024 ? "; ports below 1024 need CAP_NET_BIND_SERVICE"
                                                  : "";
    case EADDRNOTAVAIL:
        return "; no interface of this machine has the address";
    case EMFILE:
        return "; the limit is RLIMIT_NOFILE (ulimit -n)";
    default:
        return "";
    }
}

/* The same port on IPv4 alone, for kernels without IPv6. */
static struct sockets_address any_ipv4(const struct sockets_address *address)
{
    struct sockets_address v4 = {.len = sizeof(struct sockaddr_in)};

    *(struct sockaddr_in *)&v4.storage = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = ((const struct sockaddr_in6 *)&address->storage)->sin6_port,
    };
    return v4;
}

enum shunt_status sockets_listen(const struct sockets_address *address,
                                 const struct sockets_listen_options *options, int *fd,
                                 struct error *why)
{
    char text[SOCKETS_TEXT_SIZE];
    int listener = listen_on(address, options);
    int error = errno;

    if (listener < 0 && address->any && (error == EAFNOSUPPORT || error == EADDRNOTAVAIL)) {
        struct sockets_address v4 = any_ipv4(address);

        listener = listen_on(&v4, options);
        error = errno;
    }
    if (listener < 0) {
        sockets_address_format((const struct sockaddr *)&address->storage, address->len, text,
                               sizeof text);
        error_set(why, SHUNT_ESYS, "cannot listen on %s: %s%s", text, strerror(error),
                  hint_of(error, address));
        errno = error;
        return SHUNT_ESYS;
    }
    *fd = listener;
    return SHUNT_OK;
}

/* ---- connecting ---- */

enum shunt_status sockets_open(int family, const struct sockets_tcp *options, int *fd)
{
    *fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0) {
        return SHUNT_ESYS;
    }
    if ((family == AF_INET || family == AF_INET6) && connection_set(*fd, options) != 0) {
        int error = errno;

        close(*fd);
        errno = error;
        return SHUNT_ESYS;
    }
    return SHUNT_OK;
}
