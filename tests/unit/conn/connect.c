/* Connections that a plugin opens, in and out of time. */
#include "conn/connect.h"

#include "base/clock.h"
#include "conn/close.h"
#include "conn/output.h"
#include "conn/stream.h"
#include "support/loop_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct shunt_stream *opened;
static int failure;
static unsigned opens, failures, closes, shutdowns;
static char got[64];

static void on_open(void *local, struct shunt_stream *stream)
{
    (void)local;
    opened = stream;
    opens++;
}

static void on_data(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    (void)stream;
    strncat(got, (char *)bytes, len);
}

static void on_shutdown(struct shunt_stream *stream)
{
    shutdowns++;
    conn_close(conn_of_stream(stream), SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
}

static void on_close(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    (void)stream, (void)reason;
    closes++;
}

static const struct registry registry = {.protocols = {{{.size = sizeof(struct shunt_protocol),
                                                         .token = "upstream",
                                                         .open = on_open,
                                                         .data = on_data,
                                                         .shutdown = on_shutdown,
                                                         .close = on_close},
                                                        0}},
                                         .protocol_count = 1};

static void on_failed(struct shunt_worker *worker, int error, void *user)
{
    (void)worker;
    cr_expect_eq(user, &registry);
    failure = error;
    failures++;
}

static struct shunt_worker *begin(enum io_backend backend, uint32_t connections_max)
{
    struct loop_options options = loop_options();

    options.registry = &registry;
    options.limits.connections_max = connections_max;
    opens = failures = closes = shutdowns = 0;
    failure = 0;
    got[0] = '\0';
    return loop_open(backend, &options);
}

/* A listener on loopback that keeps `backlog` + 1 connections. */
static int listener_open(int backlog, struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof *address;

    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cr_assert_eq(bind(fd, (struct sockaddr *)address, len), 0);
    cr_assert_eq(listen(fd, backlog), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)address, &len), 0);
    return fd;
}

static enum shunt_status connect_to(struct shunt_worker *loop, const void *address, socklen_t len,
                                    uint32_t ms, shunt_id *id)
{
    return conn_connect(loop, address, len, ms, "UpStream", on_failed, (void *)(uintptr_t)&registry,
                        id);
}

static void turn_until(struct shunt_worker *loop, const unsigned *count)
{
    for (int i = 0; *count == 0 && i < 1000; i++) {
        cr_assert_eq(conn_loop_turn(loop, 10), SHUNT_OK);
    }
    cr_assert_eq(*count, 1);
}

static void expect_stream(struct shunt_worker *loop, int listener)
{
    char bytes[8] = "";
    int far;

    turn_until(loop, &opens);
    far = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    cr_assert_geq(far, 0);
    struct conn *conn = conn_of_stream(opened);

    cr_expect_eq(conn->user, &registry);
    cr_expect_null(loop->opening_request);
    cr_expect_eq(conn_write(conn, "ping", 4), SHUNT_OK);
    loop_turn(loop, 4);
    cr_expect_eq(read(far, bytes, sizeof bytes), 4);
    loop_write(far, "pong");
    for (int i = 0; !got[0] && i < 100; i++) {
        loop_turn(loop, 1);
    }
    cr_expect_str_eq(got, "pong");
    close(far);
    for (int i = 0; !closes && i < 100; i++) {
        loop_turn(loop, 1);
    }
    cr_expect_eq(closes, 1);
    cr_expect_eq(failures, 0);
    cr_expect_eq(loop->counters.connects, 1);
    cr_expect_eq(loop->counters.accepted, 0);
    cr_expect_eq(loop->counters.upgrades, 0);
    loop_turn(loop, 4);
    cr_expect_eq(loop->slab.live, 0);
}

BACKEND_TEST(conn_connect, becomes_a_stream_over_tcp)
{
    struct shunt_worker *loop = begin(backend, 10);
    struct sockaddr_in address;
    int listener = listener_open(8, &address);
    shunt_id id;

    cr_assert_eq(connect_to(loop, &address, sizeof address, 60000, &id), SHUNT_OK);
    cr_expect_eq(opens, 0, "not within the call");
    expect_stream(loop, listener);
    cr_expect_eq(conn_connect_cancel(loop, id), SHUNT_ENOTFOUND);
    cr_expect_eq(loop->worker_timers.handles.live, 0, "nor does its time run on");
    conn_loop_destroy(loop);
    close(listener);
}

BACKEND_TEST(conn_connect, becomes_a_stream_over_a_unix_socket)
{
    struct shunt_worker *loop = begin(backend, 10);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "/tmp/conn_connect_%d.sock", (int)getpid());
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(listener, 4), 0);
    cr_assert_eq(connect_to(loop, &address, sizeof address, 0, NULL), SHUNT_OK);
    expect_stream(loop, listener);
    conn_loop_destroy(loop);
    close(listener);
    unlink(address.sun_path);
}

BACKEND_TEST(conn_connect, that_is_refused_fails_once_with_the_reason)
{
    struct shunt_worker *loop = begin(backend, 10);
    struct sockaddr_in address;

    close(listener_open(1, &address));
    cr_assert_eq(connect_to(loop, &address, sizeof address, 60000, NULL), SHUNT_OK);
    cr_expect_eq(failures, 0, "not within the call");
    turn_until(loop, &failures);
    cr_expect_eq(failure, ECONNREFUSED);
    cr_expect_eq(loop->counters.connect_failures, 1);
    cr_expect_eq(loop->connects.handles.live, 0);
    cr_expect_eq(loop->worker_timers.handles.live, 0);
    conn_loop_destroy(loop);
    cr_expect_eq(opens, 0);
}

/* The kernel drops the SYN for a listener whose queue is full. */
static int full_listener_open(struct sockaddr_in *address, int fillers[2])
{
    int listener = listener_open(0, address);

    for (int i = 0; i < 2; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fillers[i], (struct sockaddr *)address, sizeof *address);
    }
    return listener;
}

static void full_listener_close(int listener, const int fillers[2])
{
    close(listener);
    close(fillers[0]);
    close(fillers[1]);
}

BACKEND_TEST(conn_connect, that_is_not_answered_fails_when_its_time_is_over)
{
    struct shunt_worker *loop = begin(backend, 10);
    struct sockaddr_in address;
    int fillers[2], listener = full_listener_open(&address, fillers);

    cr_assert_eq(connect_to(loop, &address, sizeof address, 50, NULL), SHUNT_OK);
    turn_until(loop, &failures);
    cr_expect_eq(failure, ETIMEDOUT);
    loop_turn(loop, 4);
    cr_expect_eq(failures, 1);
    conn_loop_destroy(loop);
    full_listener_close(listener, fillers);
}

BACKEND_TEST(conn_connect, that_is_cancelled_has_no_end)
{
    struct shunt_worker *loop = begin(backend, 10);
    struct sockaddr_in address;
    int fillers[2], listener = full_listener_open(&address, fillers);
    shunt_id id;

    cr_assert_eq(connect_to(loop, &address, sizeof address, 60000, &id), SHUNT_OK);
    loop_turn(loop, 2);
    cr_expect_eq(conn_connect_cancel(loop, id), SHUNT_OK);
    cr_expect_eq(conn_connect_cancel(loop, id), SHUNT_ENOTFOUND);
    loop_turn(loop, 4);
    cr_expect_eq(loop->worker_timers.handles.live, 0);
    conn_loop_destroy(loop);
    cr_expect_eq(opens + failures, 0);
    full_listener_close(listener, fillers);
}

BACKEND_TEST(conn_connect, fails_when_its_worker_ends)
{
    struct shunt_worker *loop = begin(backend, 10);
    struct sockaddr_in address;
    int fillers[2], listener = full_listener_open(&address, fillers);

    cr_assert_eq(connect_to(loop, &address, sizeof address, 0, NULL), SHUNT_OK);
    loop_turn(loop, 1);
    conn_loop_close(loop);
    cr_expect_eq(failures, 1);
    cr_expect_eq(failure, ECANCELED);
    cr_expect_eq(connect_to(loop, &address, sizeof address, 0, NULL), SHUNT_ESTATE);
    conn_loop_destroy(loop);
    cr_expect_eq(failures, 1);
    full_listener_close(listener, fillers);
}

BACKEND_TEST(conn_connect, that_succeeds_while_the_server_stops_is_asked_to_end)
{
    struct shunt_worker *loop = begin(backend, 10);
    struct sockaddr_in address;
    int listener = listener_open(8, &address);

    cr_assert_eq(connect_to(loop, &address, sizeof address, 0, NULL), SHUNT_OK);
    conn_loop_shutdown(loop);
    turn_until(loop, &opens);
    cr_expect_eq(shutdowns, 1);
    conn_loop_destroy(loop);
    cr_expect_eq(closes, 1);
    close(listener);
}

BACKEND_TEST(conn_connect, is_refused_for_what_cannot_be)
{
    struct shunt_worker *loop = begin(backend, 2);
    struct sockaddr_in address;
    struct sockaddr nobody = {.sa_family = 250};
    int fillers[2], listener = full_listener_open(&address, fillers), far;

    cr_expect_eq(conn_connect(loop, (struct sockaddr *)&address, sizeof address, 0, "other",
                              on_failed, NULL, NULL),
                 SHUNT_ENOTFOUND);
    cr_expect_eq(connect_to(loop, &address, 1, 0, NULL), SHUNT_EINVAL);
    cr_expect_eq(connect_to(loop, &address, 1000, 0, NULL), SHUNT_EINVAL);
    cr_expect_eq(connect_to(loop, &nobody, sizeof nobody, 0, NULL), SHUNT_ESYS);
    cr_expect_eq(errno, EAFNOSUPPORT);
    cr_expect_eq(loop->connects.handles.live, 0);
    loop_conn(loop, &far);
    cr_expect_eq(connect_to(loop, &address, sizeof address, 0, NULL), SHUNT_OK);
    cr_expect_eq(connect_to(loop, &address, sizeof address, 0, NULL), SHUNT_EFULL);
    cr_expect_eq(loop->counters.refused_full, 1);
    conn_loop_destroy(loop);
    cr_expect_eq(failures, 1);
    close(far);
    full_listener_close(listener, fillers);
}
