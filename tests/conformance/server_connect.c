/*
 * A plugin as a proxy: what a client sends goes to a server that the plugin connects to, and comes
 * back from there. The server reads and writes in odd sizes, stops now and then, and has small
 * buffers, so that both directions stand still again and again; no byte may be lost or changed.
 */
#include "conformance/server_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 3000000, MARK = 3000 };

/* ---- the proxy: the two streams of a pair have each other as their user ---- */

static struct sockaddr_in upstream;
static unsigned pauses;

static void connect_failed(struct shunt_worker *worker, int error, void *user)
{
    (void)worker;
    mark("failed");
    value_put((uint64_t)error);
    probe.host->close(user, SHUNT_CLOSE_GRACEFUL);
}

static void proxy_open(struct shunt_stream *stream)
{
    const struct shunt_host *host = probe.host;
    struct shunt_stream *near = host->user(stream);

    cr_expect_eq(host->set_marks(stream, MARK / 2, MARK), SHUNT_OK);
    if (host->request(stream)) {
        host->pause(stream); /* until there is somewhere to write to */
        cr_expect_eq(host->connect(host->worker(stream), (struct sockaddr *)&upstream,
                                   sizeof upstream, 10000, "beta", connect_failed, stream, NULL),
                     SHUNT_OK);
    } else {
        host->set_user(near, stream);
        host->resume(near);
    }
}

static void proxy_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    enum shunt_status status = probe.host->write(probe.host->user(stream), bytes, len);

    cr_assert(status == SHUNT_OK || status == SHUNT_AGAIN, "%d", (int)status);
    if (status == SHUNT_AGAIN) {
        pauses++;
        probe.host->pause(stream);
    }
}

static void proxy_drained(struct shunt_stream *stream)
{
    probe.host->resume(probe.host->user(stream));
}

/* The end of one is the end of both: what is queued for the other is still sent. */
static void proxy_end(struct shunt_stream *stream)
{
    probe.host->close(probe.host->user(stream), SHUNT_CLOSE_GRACEFUL);
    probe.host->close(stream, SHUNT_CLOSE_GRACEFUL);
}

static void proxy_server(struct server *s, enum io_backend backend)
{
    probe.open = proxy_open;
    probe.data = proxy_data;
    probe.drained = proxy_drained;
    probe.end = proxy_end;
    server_open(s, backend, NULL);
}

/* ---- the server behind it, a thread for one connection ---- */

struct behind {
    int listener;
    unsigned seed;
    pthread_t thread;
};

static void small_buffers(int fd)
{
    int bytes = 8192, one = 1;

    cr_assert_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    /* Not SO_RCVBUF: a window below loopback's segments is filled by the kernel's timers only. */
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
}

/* Reads do not go on while a piece is written: it is a slow reader too. */
static void *echo(void *arg)
{
    struct behind *behind = arg;
    int fd = accept4(behind->listener, NULL, NULL, SOCK_CLOEXEC);
    char bytes[9000];
    ssize_t len;

    while ((len = recv(fd, bytes, 1 + (size_t)rand_r(&behind->seed) % sizeof bytes, 0)) > 0) {
        for (ssize_t sent = 0; sent < len;) {
            ssize_t piece = 1 + rand_r(&behind->seed) % (len - sent);

            if (send(fd, bytes + sent, (size_t)piece, MSG_NOSIGNAL) != piece) {
                close(fd);
                return NULL;
            }
            sent += piece;
        }
        if (rand_r(&behind->seed) % 64 == 0) {
            struct timespec pause = {.tv_nsec = rand_r(&behind->seed) % 3000000};

            nanosleep(&pause, NULL);
        }
    }
    close(fd);
    return NULL;
}

static void behind_open(struct behind *behind, unsigned seed)
{
    socklen_t len = sizeof upstream;

    *behind = (struct behind){.seed = seed};
    upstream =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    behind->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    small_buffers(behind->listener);
    cr_assert_eq(bind(behind->listener, (struct sockaddr *)&upstream, len), 0);
    cr_assert_eq(listen(behind->listener, 4), 0);
    cr_assert_eq(getsockname(behind->listener, (struct sockaddr *)&upstream, &len), 0);
    cr_assert_eq(pthread_create(&behind->thread, NULL, echo, behind), 0);
}

static void behind_close(struct behind *behind)
{
    pthread_join(behind->thread, NULL);
    close(behind->listener);
}

/* ---- the client ---- */

/* Sends and receives at once, in odd sizes, and compares each byte. */
static void send_and_compare(int client, unsigned seed)
{
    unsigned sent_seed = seed, expected_seed = seed, sizes = seed + 1;
    size_t sent = 0, received = 0;
    char bytes[16384];

    while (received < BYTES) {
        struct pollfd ready = {.fd = client,
                               .events = (short)(POLLIN | (sent < BYTES ? POLLOUT : 0))};

        cr_assert_eq(poll(&ready, 1, 10000), 1, "%zu sent, %zu received", sent, received);
        if (ready.revents & POLLOUT) {
            size_t len = 1 + (size_t)rand_r(&sizes) % sizeof bytes;
            unsigned seed_before = sent_seed;
            ssize_t taken;

            len = len < BYTES - sent ? len : BYTES - sent;
            for (size_t i = 0; i < len; i++) {
                bytes[i] = (char)rand_r(&sent_seed);
            }
            taken = send(client, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
            cr_assert(taken > 0 || errno == EAGAIN, "%zd", taken);
            sent_seed = seed_before; /* what was not taken is made again */
            for (ssize_t i = 0; i < taken; i++) {
                (void)rand_r(&sent_seed);
            }
            sent += taken > 0 ? (size_t)taken : 0;
        }
        if (ready.revents & POLLIN) {
            ssize_t len = recv(client, bytes, 1 + (size_t)rand_r(&sizes) % sizeof bytes, 0);

            cr_assert_gt(len, 0, "%zu sent, %zu received", sent, received);
            for (ssize_t i = 0; i < len; i++) {
                cr_assert_eq(bytes[i], (char)rand_r(&expected_seed), "at %zu",
                             received + (size_t)i);
            }
            received += (size_t)len;
        }
    }
}

SERVER_TEST(a_proxy_loses_no_byte_in_either_direction)
{
    struct server s;

    proxy_server(&s, backend);
    for (unsigned seed = 1; seed <= 3; seed++) {
        struct behind behind;
        int client;

        behind_open(&behind, seed);
        client = client_upgraded(&s, "/any", "alpha");
        small_buffers(client);
        send_and_compare(client, seed);
        cr_assert_eq(shutdown(client, SHUT_WR), 0);
        client_expect_fin(client);
        behind_close(&behind);
        mark_wait("close", 2 * seed);
    }
    server_close(&s);
    cr_expect_gt(pauses, 10, "%u: one did stand still for the other", pauses);
}

SERVER_TEST(a_proxy_whose_server_is_not_there_closes_its_client)
{
    struct behind behind;
    struct server s;
    int client;

    proxy_server(&s, backend);
    behind_open(&behind, 1);
    /* The thread ends with a connection of the test's own, and the port with the listener. */
    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(client, (struct sockaddr *)&upstream, sizeof upstream), 0);
    close(client);
    behind_close(&behind);
    client = client_upgraded(&s, "/any", "alpha");
    cr_expect_eq(value_take(), ECONNREFUSED);
    client_expect_fin(client);
    mark_wait("close", 1);
    cr_expect_eq(mark_count("open"), 1);
    server_close(&s);
}
