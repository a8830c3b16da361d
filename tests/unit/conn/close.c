/* How connections end: when their owners are notified, and what the peer sees. */
#include "conn/close.h"

#include "conn/output.h"
#include "support/loop_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

static struct conn *victim;

static void closes_the_other(struct conn *conn, uint8_t *bytes, size_t len)
{
    (void)conn, (void)bytes, (void)len;
    conn_close(victim, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_PROTOCOL);
    conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    cr_expect_null(strstr(loop_trace, "closed"), "never within the call");
}

WITH_LOOP(conn_close, closed_runs_once_at_the_end_of_the_turn_and_no_callback_after_it)
{
    int far[2], end;
    struct conn *first = loop_conn(loop, &far[0]);

    victim = loop_conn(loop, &far[1]);
    loop_on_data = closes_the_other;
    loop_write(far[0], "x");
    loop_turn(loop, 3);
    cr_expect_str_eq(loop_trace, "opened opened data(x) closed(0) closed(0) ");
    loop_write(far[0], "late");
    loop_turn(loop, 3);
    cr_expect_str_eq(loop_trace, "opened opened data(x) closed(0) closed(0) ");
    (void)loop_read(loop, far[0], &end);
    cr_expect_eq(end, 1);
    cr_expect_eq(loop->slab.live, 1, "it waits for the peer's end");
    cr_expect_eq(first->state, CONN_CLOSING);
    close(far[0]);
    loop_turn(loop, 4);
    cr_expect_eq(loop->slab.live, 0);
    close(far[1]);
}

WITH_CONN(conn_close, a_graceful_close_sends_all_that_is_queued)
{
    static char much[900000 + 1];
    int end;

    memset(much, 'm', sizeof much - 1);
    cr_expect_eq(conn_write(conn, much, sizeof much - 1), SHUNT_AGAIN);
    conn_cork(conn);
    conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    cr_expect_eq(strlen(loop_read(loop, far, &end)), sizeof much - 1);
    cr_expect_eq(end, 1);
    cr_expect_str_eq(loop_trace, "opened closed(3) ");
}

/* ---- ends that neither side asked for ---- */

BACKEND_TEST(conn_close, a_failed_socket_is_counted_by_kind)
{
    static const struct {
        const char *why;
        int error;
        bool sending;
        size_t counter;
    } rows[] = {
#define COUNTER(name) offsetof(struct conn_counters, name)
        {"a reset", ECONNRESET, false, COUNTER(peer_resets)},
        {"a send after a reset", EPIPE, true, COUNTER(peer_resets)},
        {"no answer", ETIMEDOUT, true, COUNTER(peers_lost)},
        {"no route", EHOSTUNREACH, false, COUNTER(peers_lost)},
        {"anything else while receiving", EIO, false, COUNTER(receive_failures)},
        {"anything else while sending", ENOSPC, true, COUNTER(send_failures)},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_worker *loop = loop_open(backend, NULL);
        struct conn_counters want = {.accepted = 1, .closed = 1};
        int far;

        loop_trace[0] = '\0';
        conn_fail(loop_conn(loop, &far), rows[i].error, rows[i].sending);
        loop_turn(loop, 3);
        cr_expect_str_eq(loop_trace, "opened closed(2) ", "%s", rows[i].why);
        *(uint64_t *)(void *)((char *)&want + rows[i].counter) = 1;
        cr_expect_eq(memcmp(&loop->counters, &want, sizeof want), 0, "%s", rows[i].why);
        conn_loop_destroy(loop);
        close(far);
    }
}

/* Over TCP: a unix socket knows no reset of this kind. */
static struct conn *tcp_conn(struct shunt_worker *loop, int *far)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), near;

    *far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&at, len), 0);
    cr_assert_eq(listen(listener, 1), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&at, &len), 0);
    cr_assert_eq(connect(*far, (struct sockaddr *)&at, len), 0);
    near = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    cr_assert_geq(near, 0);
    close(listener);
    cr_assert_eq(io_add(loop->io, near, 0), SHUNT_OK);
    return conn_open(loop, near);
}

WITH_LOOP(conn_close, output_that_could_not_be_sent_ends_in_a_reset_and_never_in_a_clean_end)
{
    int far, end;
    struct conn *conn = tcp_conn(loop, &far);

    conn_cork(conn);
    (void)conn_write(conn, "half", 4);
    conn_fail(conn, EIO, true);
    cr_expect_str_eq(loop_read(loop, far, &end), "");
    cr_expect_eq(end, 2);
    close(far);
}

WITH_LOOP(conn_close, what_is_open_when_the_table_ends_is_counted)
{
    static char much[900000];
    int far[3];

    loop_conn(loop, &far[0]);
    conn_close(loop_conn(loop, &far[1]), SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    victim = loop_conn(loop, &far[2]);
    (void)conn_write(victim, much, sizeof much);
    conn_close(victim, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_SERVER);
    loop_turn(loop, 3);
    conn_loop_close(loop);
    cr_expect_eq(loop->counters.stop_aborts, 2, "but not the one that has sent everything");
    for (unsigned i = 0; i < 3; i++) {
        close(far[i]);
    }
}
