#include "unit/bench/chat_server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BUFFER_BYTES (1 << 20)

struct talker {
    struct chat_server *server;
    int fd;
    char *bytes; /* what has come and is not used */
    size_t len;
    unsigned answers;
};

static bool read_more(struct talker *talker)
{
    ssize_t len = recv(talker->fd, talker->bytes + talker->len, BUFFER_BYTES - 1 - talker->len, 0);

    if (len <= 0) {
        return false;
    }
    talker->len += (size_t)len;
    talker->bytes[talker->len] = '\0';
    return true;
}

static void use(struct talker *talker, size_t len)
{
    memmove(talker->bytes, talker->bytes + len, talker->len - len + 1);
    talker->len -= len;
}

/* False: it is time to end the connection. */
static bool answer(struct talker *talker, const char *bytes, size_t len)
{
    enum chat chat = talker->server->chat;
    size_t piece = chat == CHAT_IN_PIECES ? 3 : len;

    talker->answers++;
    if (chat == CHAT_HANGS_UP && talker->answers == 9) {
        return false;
    }
    if (chat == CHAT_CUTS_SHORT && talker->answers > 8) {
        (void)send(talker->fd, bytes, len / 2, MSG_NOSIGNAL);
        return false;
    }
    for (size_t at = 0; at < len; at += piece) {
        if (send(talker->fd, bytes + at, len - at < piece ? len - at : piece, MSG_NOSIGNAL) < 0) {
            return false;
        }
    }
    return true;
}

static bool answer_101(struct talker *talker)
{
    static const char name[] = "Sec-WebSocket-Key: ";
    const char *key = strstr(talker->bytes, name);
    char salted[64], accept[32], head[512];
    unsigned char digest[SHA_DIGEST_LENGTH];

    snprintf(salted, sizeof salted, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
             key ? key + sizeof name - 1 : "");
    SHA1((unsigned char *)salted, strlen(salted), digest);
    EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
    int len = snprintf(head, sizeof head,
                       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: %s\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n%s",
                       key ? "websocket" : "bare", accept,
                       talker->server->fields ? talker->server->fields : "",
                       talker->server->chat == CHAT_PINGS ? "\x89\x02hi" : "");

    return send(talker->fd, head, (size_t)len, MSG_NOSIGNAL) == len;
}

static bool answer_http(struct talker *talker)
{
    bool last = talker->server->chat == CHAT_SAYS_CLOSE && talker->answers % 2 == 1;
    char response[128];
    int len =
        snprintf(response, sizeof response, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n%s\r\nhello",
                 last ? "Connection: close\r\n" : "");

    return answer(talker, response, (size_t)len) && !last;
}

/* One masked frame at the front of the buffer: its echo, or a pong that is counted. */
static bool answer_frame(struct talker *talker, bool *whole)
{
    unsigned char *at = (unsigned char *)talker->bytes;
    size_t header = 2, len = talker->len >= 2 ? at[1] & 0x7fu : 0;

    *whole = false;
    if (len == 126 && talker->len >= 4) {
        len = (size_t)at[2] << 8 | at[3];
        header = 4;
    }
    if (talker->len < header + 4 || talker->len < header + 4 + len) {
        return true;
    }
    *whole = true;
    unsigned char *payload = at + header + 4;

    for (size_t i = 0; i < len; i++) {
        payload[i] ^= at[header + i % 4];
    }
    bool goes_on = true;

    if ((at[0] & 0x0f) == 10) {
        atomic_fetch_add(&talker->server->pongs, len == 2 && memcmp(payload, "hi", 2) == 0);
    } else {
        if (talker->server->chat == CHAT_WRONG && len) {
            payload[len - 1] ^= 1;
        }
        /* The frame without its mask. */
        memmove(at + 4, at, header);
        at[5] &= 0x7f;
        goes_on = answer(talker, talker->bytes + 4, header + len);
    }
    use(talker, header + 4 + len);
    return goes_on;
}

static void serve_frames(struct talker *talker)
{
    bool whole = true, goes_on = true;

    while (goes_on) {
        goes_on = answer_frame(talker, &whole) && (whole || read_more(talker));
    }
}

static void serve_bare(struct talker *talker)
{
    while (talker->len == 0 ? read_more(talker) : answer(talker, talker->bytes, talker->len)) {
        if (talker->answers) {
            use(talker, talker->len);
            talker->answers = 0;
        }
    }
}

static void serve(struct talker *talker)
{
    for (;;) {
        char *end = strstr(talker->bytes, "\r\n\r\n");

        if (!end) {
            if (!read_more(talker)) {
                return;
            }
            continue;
        }
        char *upgrade = strstr(talker->bytes, "Upgrade: ");
        bool bare = upgrade && strncmp(upgrade, "Upgrade: bare", 13) == 0;

        if (upgrade && upgrade < end) {
            bool sent = answer_101(talker);

            use(talker, (size_t)(end + 4 - talker->bytes));
            if (sent) {
                (bare ? serve_bare : serve_frames)(talker);
            }
            return;
        }
        use(talker, (size_t)(end + 4 - talker->bytes));
        if (!answer_http(talker)) {
            return;
        }
    }
}

static void *talker_main(void *arg)
{
    struct talker *talker = arg;

    talker->bytes = calloc(1, BUFFER_BYTES);
    serve(talker);
    close(talker->fd);
    atomic_fetch_sub(&talker->server->connections, 1);
    free(talker->bytes);
    free(talker);
    return NULL;
}

static void begin(struct chat_server *server, int fd, uint32_t peer, unsigned number)
{
    struct talker *talker = calloc(1, sizeof *talker);
    pthread_attr_t detached;
    pthread_t id;

    *talker = (struct talker){.server = server, .fd = fd};
    /* Pieces must not wait for each other's acknowledgement. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (number < 64) {
        atomic_store(&server->peers[number], peer);
    }
    atomic_fetch_add(&server->connections, 1);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    cr_assert_eq(pthread_create(&id, &detached, talker_main, talker), 0);
}

static void *server_main(void *arg)
{
    struct chat_server *server = arg;

    for (unsigned number = 0; !atomic_load(&server->stop);) {
        struct pollfd ready = {.fd = server->listener, .events = POLLIN};

        if (poll(&ready, 1, 20) > 0) {
            struct sockaddr_in peer = {.sin_family = AF_INET};
            socklen_t len = sizeof peer;
            int fd = accept(server->listener, (struct sockaddr *)&peer, &len);

            if (fd >= 0) {
                begin(server, fd, ntohl(peer.sin_addr.s_addr), number++);
            }
        }
    }
    return NULL;
}

void chat_server_start(struct chat_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    bool is_path = server->path[0] != '\0';
    socklen_t len = sizeof address;

    snprintf(path.sun_path, sizeof path.sun_path, "%s", server->path);
    server->listener = socket(is_path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(server->listener,
                      is_path ? (struct sockaddr *)&path : (struct sockaddr *)&address,
                      is_path ? sizeof path : len),
                 0);
    cr_assert_eq(listen(server->listener, 128), 0);
    if (!is_path) {
        cr_assert_eq(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
        server->port = ntohs(address.sin_port);
    }
    cr_assert_eq(pthread_create(&server->thread, NULL, server_main, server), 0);
}

void chat_server_stop(struct chat_server *server)
{
    atomic_store(&server->stop, true);
    pthread_join(server->thread, NULL);
    while (atomic_load(&server->connections)) {
        sched_yield();
    }
    close(server->listener);
}
