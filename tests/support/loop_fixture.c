#include "support/loop_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

char loop_trace[65536];
void (*loop_on_data)(struct conn *conn, uint8_t *bytes, size_t len);
void (*loop_on_drained)(struct conn *conn);
void (*loop_on_closed)(struct conn *conn);

__attribute__((format(printf, 1, 2))) static void trace(const char *format, ...)
{
    size_t len = strlen(loop_trace);
    va_list args;

    va_start(args, format);
    vsnprintf(loop_trace + len, sizeof loop_trace - len, format, args);
    va_end(args);
}

/* ---- the owner ---- */

static void on_opened(struct conn *conn)
{
    (void)conn;
    trace("opened ");
}

static void on_data(struct conn *conn, uint8_t *bytes, size_t len)
{
    if (loop_on_data) {
        loop_on_data(conn, bytes, len);
    }
    trace("data(%.*s) ", (int)len, (const char *)bytes);
}

static void on_drained(struct conn *conn)
{
    if (loop_on_drained) {
        loop_on_drained(conn);
    }
    trace("drained ");
}

static void on_end(struct conn *conn)
{
    (void)conn;
    trace("end ");
}

static void on_timer(struct conn *conn)
{
    (void)conn;
    trace("timer ");
}

static void on_shutdown(struct conn *conn)
{
    (void)conn;
    trace("shutdown ");
}

static void on_closed(struct conn *conn, enum shunt_close_reason reason)
{
    if (loop_on_closed) {
        loop_on_closed(conn);
    }
    trace("closed(%d) ", (int)reason);
}

static struct shunt_upgrade *no_upgrade(struct conn *conn)
{
    (void)conn;
    return NULL;
}

const struct conn_owner loop_owner = {
    .opened = on_opened,
    .data = on_data,
    .drained = on_drained,
    .end = on_end,
    .timer = on_timer,
    .shutdown = on_shutdown,
    .closed = on_closed,
    .upgrade = no_upgrade,
};

/* ---- the loop ---- */

static const struct registry nothing;

struct loop_options loop_options(void)
{
    return (struct loop_options){
        .limits = {.connections_max = 10000,
                   .memory_bytes_max = 256 << 20,
                   .queue_bytes_max = 4 << 20,
                   .queue_high_bytes = 256 << 10,
                   .queue_low_bytes = 64 << 10,
                   .mailbox_max = 64,
                   .worker_timers_max = 200,
                   .watches_max = 100,
                   .write_ms = 30000,
                   .close_ms = 5000,
                   .park_ms = 1000},
        .http = &loop_owner,
        .registry = &nothing,
    };
}

struct shunt_worker *loop_open(enum io_backend backend, const struct loop_options *options)
{
    const struct io_options io = {.backend = backend, .buffer_count = 16};
    struct loop_options o = options ? *options : loop_options();
    struct shunt_worker *loop;
    char words[256];
    struct error why = {.text = words, .size = sizeof words};
    enum shunt_status status =
        conn_loop_create(&io, &o.limits, o.registry, o.http, o.http_context, &loop, &why);

    if (status == SHUNT_ENOTSUP) {
        cr_skip_test("%s", words);
    }
    cr_assert_eq(status, SHUNT_OK, "%s: %s", shunt_status_name(status), words);
    return loop;
}

struct conn *loop_conn(struct shunt_worker *loop, int *far)
{
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    cr_assert_eq(io_add(loop->io, ends[0], 0), SHUNT_OK);
    *far = ends[1];
    return conn_listen_accepted(loop, ends[0]);
}

void loop_turn(struct shunt_worker *loop, unsigned turns)
{
    for (unsigned i = 0; i < turns; i++) {
        cr_assert_eq(conn_loop_turn(loop, 0), SHUNT_OK);
    }
}

const char *loop_read(struct shunt_worker *loop, int far, int *end)
{
    static char text[1 << 20];
    size_t len = 0;
    unsigned quiet = 0;

    if (end) {
        *end = 0;
    }
    for (unsigned i = 0; i < 2000 && quiet < 20; i++) {
        ssize_t got;

        loop_turn(loop, 1);
        got = recv(far, text + len, sizeof text - 1 - len, MSG_DONTWAIT);
        quiet = got > 0 ? 0 : quiet + 1;
        len += got > 0 ? (size_t)got : 0;
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            if (end) {
                *end = got == 0 ? 1 : 2;
            }
            break;
        }
    }
    text[len] = '\0';
    return text;
}

void loop_write(int far, const char *text)
{
    cr_assert_eq(send(far, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}
