#include "unit/bench/small_server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The whole 101 for the request in `request`. */
static int write_101(char *out, size_t room, const char *request)
{
    static const char name[] = "Sec-WebSocket-Key: ";
    const char *key = strstr(request, name);
    char salted[64], accept[32];
    unsigned char digest[SHA_DIGEST_LENGTH];

    snprintf(salted, sizeof salted, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
             key + sizeof name - 1);
    SHA1((unsigned char *)salted, 60, digest);
    EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
    return snprintf(out, room,
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                    accept);
}

static void send_all(int fd, const char *bytes, size_t len, size_t piece)
{
    for (size_t at = 0; at < len; at += piece) {
        size_t now = len - at < piece ? len - at : piece;

        if (send(fd, bytes + at, now, MSG_NOSIGNAL) < 0) {
            return;
        }
    }
}

/* The first to come in a second is kept waiting, and so all behind it. */
static void stall(void)
{
    static time_t stalled;
    struct timespec now, pause = {0, 100000000};

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec != stalled) {
        stalled = now.tv_sec;
        nanosleep(&pause, NULL);
    }
}

/* One connection, from its request to the client's end of it. */
static void serve(const struct server *server, int fd)
{
    static const char not_found[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    static const char garbage[] = "220 mail.example ESMTP\r\n";
    static const char wrong[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                "Connection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n";
    struct linger reset = {1, 0};
    char request[4096], answer[512];
    ssize_t len = recv(fd, request, sizeof request - 1, 0);

    if (len <= 0) {
        return;
    }
    request[len] = '\0';
    int answer_len = write_101(answer, sizeof answer, request);

    switch (server->behaviour) {
    case STALL:
        stall();
        /* fall through */
    case RIGHT:
        send_all(fd, answer, (size_t)answer_len, (size_t)answer_len);
        break;
    case RIGHT_IN_PIECES:
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        send_all(fd, answer, (size_t)answer_len, 7);
        break;
    case WRONG_ACCEPT:
        send_all(fd, wrong, sizeof wrong - 1, sizeof wrong);
        break;
    case NOT_FOUND:
        send_all(fd, not_found, sizeof not_found - 1, sizeof not_found);
        break;
    case GARBAGE:
        send_all(fd, garbage, sizeof garbage - 1, sizeof garbage);
        break;
    case CLOSE_EARLY:
        send_all(fd, answer, 20, 20);
        return;
    case RESET:
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        return;
    case MUTE:
        break;
    }
    len = recv(fd, request, sizeof request, 0); /* the client's reset */
}

static void *server_main(void *arg)
{
    struct server *server = arg;

    while (!atomic_load(&server->stop)) {
        struct pollfd ready = {.fd = server->listener, .events = POLLIN};

        if (poll(&ready, 1, 20) > 0) {
            int fd = accept(server->listener, NULL, NULL);

            if (fd >= 0) {
                serve(server, fd);
                close(fd);
                atomic_fetch_add(&server->served, 1);
            }
        }
    }
    return NULL;
}

void server_listen(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(server->listener, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(server->listener, 128), 0);
    cr_assert_eq(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
    server->port = ntohs(address.sin_port);
}

void server_start(struct server *server)
{
    cr_assert_eq(pthread_create(&server->thread, NULL, server_main, server), 0);
}

void server_stop(struct server *server)
{
    atomic_store(&server->stop, true);
    pthread_join(server->thread, NULL);
    close(server->listener);
}
