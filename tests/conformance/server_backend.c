/* The workers' loops: one back end for all of them, and what a loop that fails costs. */
#include "conformance/kernel.h"
#include "conformance/server_fixture.h"

#include "server/state.h"

#include <unistd.h>

Test(server_backend, is_one_for_all_workers_where_one_of_them_had_to_fall_back, .timeout = 60)
{
    struct server s;

    if (!fixture_uring_permitted()) {
        cr_skip_test("io_uring is not available here");
    }
    server_create(&s, IO_AUTO);
    server_log_keep(&s);
    cr_assert_eq(shunt_server_workers(s.server, 4), SHUNT_OK);
    kernel_ring_refuse(2, ENOMEM);
    server_start(&s);
    server_log_wait(&s, "4 workers on epoll: io_uring got no memory for its rings (ENOMEM)");
    for (unsigned i = 0; i < 4; i++) {
        cr_expect_str_eq(io_backend_name(s.server->workers[i].loop->io), "epoll", "worker %u", i);
    }
    client_turn(&s);
    server_close(&s);
}

/* ---- a loop that fails ---- */

static unsigned refusals;

/* The worker's next waits are refused if the client asks for it. */
static void refuse_or_echo(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    if (*bytes == 'f') {
        kernel_wait_refuse(refusals, EBADF);
        return;
    }
    cr_expect_eq(probe.host->write(stream, bytes, len), SHUNT_OK);
}

static void put_worker(struct shunt_stream *stream)
{
    value_put((uint64_t)(uintptr_t)probe.host->worker(stream));
}

static void echo(int fd, const char *text)
{
    client_send(fd, text);
    client_expect(fd, text);
}

CLOSING_SERVER(a_wait_refused_once_costs_no_connection)
{
    int client;

    server_create(s, backend);
    server_log_keep(s);
    refusals = 1;
    probe.data = refuse_or_echo;
    server_start(s);
    client = client_upgraded(s, "/any", "alpha");
    client_send(client, "fail");
    server_log_wait(s, "worker 0: a wait for events was refused: Bad file descriptor");
    echo(client, "on");
    cr_expect_eq(server_counter(s, "io.refusals"), 1);
    cr_expect_eq(server_counter(s, "conn.loop_losses"), 0);
    close(client);
}

/* Clients on both workers of a server: the first two streams whose workers differ. */
static void clients_apart(const struct server *s, int clients[2])
{
    uint64_t first, second;

    clients[0] = client_upgraded(s, "/any", "alpha");
    first = value_take();
    do {
        clients[1] = client_upgraded(s, "/any", "alpha");
        second = value_take();
        if (second == first) {
            close(clients[1]);
        }
    } while (second == first);
}

CLOSING_SERVER(a_loop_that_fails_costs_its_own_connections_and_nothing_else)
{
    int clients[2], later[2];

    server_create(s, backend);
    server_log_keep(s);
    cr_assert_eq(shunt_server_workers(s->server, 2), SHUNT_OK);
    refusals = 3;
    probe.data = refuse_or_echo;
    probe.open = put_worker;
    server_start(s);
    clients_apart(s, clients);
    client_send(clients[0], "fail");
    server_log_wait(s, "its loop failed: Bad file descriptor; its ");
    client_expect_reset(clients[0]);
    echo(clients[1], "on");
    clients_apart(s, later); /* both accept again */
    echo(later[0], "on");
    echo(later[1], "on");
    echo(clients[1], "on");
    close(clients[1]);
    close(later[0]);
    close(later[1]);
}

CLOSING_SERVER(a_server_of_one_worker_goes_on_after_its_loop_has_failed_and_counts_on)
{
    int client;

    server_create(s, backend);
    server_log_keep(s);
    refusals = 3;
    probe.data = refuse_or_echo;
    server_start(s);
    client = client_upgraded(s, "/any", "alpha");
    client_send(client, "fail");
    client_expect_reset(client);
    server_log_wait(s, "its 1 connections are reset, and it begins anew");
    client = client_upgraded(s, "/any", "alpha");
    echo(client, "on");
    cr_expect_eq(server_counter(s, "conn.loop_losses"), 1);
    cr_expect_eq(server_counter(s, "conn.upgrades"), 2);
    close(client);
}
