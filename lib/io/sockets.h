/*
 * Listening sockets and the addresses people write for them. Nothing here knows struct io: a
 * listener becomes known by io_add() and io_accept().
 */
#ifndef IO_SOCKETS_H
#define IO_SOCKETS_H

#include "base/error.h"

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct sockets_address {
    struct sockaddr_storage storage;
    socklen_t len;
    bool any; /* ":8080": every address of IPv6 and, where the kernel can, of IPv4 */
};

/* Long enough for every address's text with its NUL. */
#define SOCKETS_TEXT_SIZE 128

/*
 * "127.0.0.1:8080", "[::1]:8080", ":8080" (all addresses) or "unix:/path"; port 0 lets the kernel
 * choose. Names are not looked up. SHUNT_OK, or SHUNT_EINVAL with a sentence in why (may be NULL).
 */
enum shunt_status sockets_address_parse(const char *text, struct sockets_address *address,
                                        struct error *why) SHUNT_MUST_USE;
/* In the same form, for people; always NUL-terminated. Peers of unix sockets are "unix:". */
void sockets_address_format(const struct sockaddr *address, socklen_t len, char *text,
                            size_t text_size);

/* What a socket is bound to: the port that 0 became. SHUNT_OK or SHUNT_ESYS. */
enum shunt_status sockets_address_local(int fd, struct sockets_address *address) SHUNT_MUST_USE;

/* How the kernel finds out that a peer has vanished (tcp(7)). */
struct sockets_keep_alive {
    unsigned idle_s;     /* silence before the first probe (TCP_KEEPIDLE), at most 32767; 0: none */
    unsigned interval_s; /* from one probe to the next (TCP_KEEPINTVL), 1 to 32767 */
    unsigned probes;     /* unanswered ones that end the connection (TCP_KEEPCNT), 1 to 127 */
    /* How long what we have sent may stay unacknowledged, or the peer's window closed
     * (TCP_USER_TIMEOUT); where it is set it also ends the probes. 0: as the kernel does. */
    unsigned user_timeout_ms;
};

/* Of a connection's socket, and of a listener's, from which connections inherit it. All zero: the
 * kernel's defaults. */
struct sockets_tcp {
    /* TCP_NOTSENT_LOWAT: the socket takes no more while it holds so much that it has not sent, and
     * is writable again at half of it, not when a third of its buffer is free. 0: off */
    unsigned unsent_bytes;
    struct sockets_keep_alive keep_alive;
};

/* On a unix socket only the backlog counts. All zero: the kernel's defaults. */
struct sockets_listen_options {
    unsigned backlog;        /* 0: 4096; the kernel caps it at net.core.somaxconn */
    bool reuse_port;         /* several sockets share the port, the kernel spreads connections */
    unsigned defer_accept_s; /* TCP_DEFER_ACCEPT: not accepted before its first byte; 0: off */
    struct sockets_tcp tcp;
};

/*
 * A nonblocking close-on-exec listener; connections inherit TCP_NODELAY and the keep-alive, so that
 * neither costs a system call for each. A unix path that a dead
 * process left behind is taken over; one that answers is not. With reuse_port the kernel also lets
 * another process of the same user in: to know that the port is free, try without it first.
 * SHUNT_OK, or SHUNT_ESYS with errno and a sentence that names the address in why (may be NULL).
 */
enum shunt_status sockets_listen(const struct sockets_address *address,
                                 const struct sockets_listen_options *options, int *fd,
                                 struct error *why) SHUNT_MUST_USE;

/* A nonblocking close-on-exec socket to connect with, of a TCP family with TCP_NODELAY. SHUNT_OK, or
 * SHUNT_ESYS and errno. */
enum shunt_status sockets_open(int family, const struct sockets_tcp *options,
                               int *fd) SHUNT_MUST_USE;

/* Change struct sockets_tcp's unsent_bytes of one connection; 0: what the system has, which is no
 * bound unless net.ipv4.tcp_notsent_lowat is one. No effect on what is no TCP socket. */
void sockets_unsent_set(int fd, unsigned unsent_bytes);

#endif
