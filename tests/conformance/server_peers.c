/* Peers that vanish without a word, and those that are only silent. */
#include "conformance/server_fixture.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* From now on the client's kernel takes nothing in and acknowledges nothing, as behind a cut wire.
 */
static void vanish(int fd)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {1, &nothing};

    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
}

static in_port_t port_of(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_in at = {0};
    socklen_t len = sizeof at;

    return name(fd, (struct sockaddr *)&at, &len) == 0 ? at.sin_port : 0;
}

/* The server's end of a client's connection: it is one of this process's descriptors. */
static int far_end(int client)
{
    in_port_t port = port_of(client, getsockname);

    for (int fd = 0; fd < 1024; fd++) {
        if (port_of(fd, getpeername) == port) {
            return fd;
        }
    }
    cr_assert_fail("no such connection");
    return -1;
}

static int option_of(int fd, int level, int name)
{
    int value = 0;
    socklen_t len = sizeof value;

    cr_assert_eq(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

SERVER_TEST(a_connection_has_the_keep_alive_that_is_set_or_the_default)
{
    for (unsigned round = 0; round < 2; round++) {
        struct server s;
        int fd, far;

        server_create(&s, backend);
        if (round == 1) {
            cr_assert_eq(shunt_server_keep_alive(s.server, 0, 7, 5, 0), SHUNT_OK);
        }
        server_start(&s);
        fd = client_upgraded(&s, "/any", "alpha");
        far = far_end(fd);
        cr_expect_eq(option_of(far, SOL_SOCKET, SO_KEEPALIVE), round == 0);
        if (round == 0) {
            cr_expect_eq(option_of(far, IPPROTO_TCP, TCP_KEEPIDLE), 120);
            cr_expect_eq(option_of(far, IPPROTO_TCP, TCP_KEEPINTVL), 15);
            cr_expect_eq(option_of(far, IPPROTO_TCP, TCP_KEEPCNT), 4);
        }
        cr_expect_eq(option_of(far, IPPROTO_TCP, TCP_USER_TIMEOUT), round == 0 ? 180000 : 0);
        close(fd);
        server_close(&s);
    }
}

/* The kernel's times are whole seconds: 2 s for a silent peer. */
CLOSING_SERVER(a_peer_that_vanishes_is_closed_and_counted_and_one_that_is_silent_stays)
{
    int gone, silent;

    server_create(s, backend);
    cr_assert_eq(shunt_server_keep_alive(s->server, 1, 1, 1, 0), SHUNT_OK);
    server_log_keep(s);
    server_start(s);
    silent = client_upgraded(s, "/any", "alpha");
    gone = client_upgraded(s, "/any", "beta");
    vanish(gone);
    mark_wait("close", 1);
    cr_expect_eq(server_counter(s, "conn.peers_lost"), 1);
    client_send(silent, "x");
    client_expect(silent, "x");
    cr_expect_eq(mark_count("close"), 1);
    close(gone);
    close(silent);
}

CLOSING_SERVER(a_peer_that_acknowledges_nothing_of_what_it_was_sent_is_closed_and_counted)
{
    int gone;

    server_create(s, backend);
    cr_assert_eq(shunt_server_keep_alive(s->server, 0, 1, 1, 100), SHUNT_OK);
    server_log_keep(s);
    server_start(s);
    gone = client_upgraded(s, "/any", "alpha");
    vanish(gone);
    client_send(gone, "x"); /* the echo of which never arrives */
    mark_wait("close", 1);
    cr_expect_eq(server_counter(s, "conn.peers_lost"), 1);
    close(gone);
}
