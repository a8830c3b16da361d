/* A unix socket, which all workers share. */
#include "conformance/server_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

enum { WORKERS = 4, SHARE = 5, CLIENTS_MAX = 400 };

static void put_number(struct shunt_stream *stream)
{
    value_put(probe.host->worker_number(probe.host->worker(stream)));
}

static int unix_upgraded(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct answer answer;

    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0, "%s", strerror(errno));
    client_send(fd, upgrade_request("/any", "alpha", ""));
    client_head(fd, &answer);
    cr_assert_eq(answer.status, 101);
    return fd;
}

/* One client after the other, so that the kernel chooses among workers that all sleep: one that is
 * always chosen would have every client, however many come. */
SERVER_TEST(workers_share_a_unix_socket)
{
    char folder[] = "/tmp/shunt-unix-XXXXXX", path[64], address[80];
    unsigned got[WORKERS] = {0}, clients = 0, served = 0;
    struct server s;

    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s", folder);
    snprintf(address, sizeof address, "unix:%s", path);
    server_create(&s, backend);
    cr_assert_eq(shunt_server_workers(s.server, WORKERS), SHUNT_OK);
    cr_assert_eq(shunt_server_listen(s.server, address), SHUNT_OK);
    probe.open = put_number;
    server_start(&s);
    for (; served < WORKERS && clients < CLIENTS_MAX; clients++) {
        int fd = unix_upgraded(path);

        served += ++got[value_take()] == SHARE;
        close(fd);
    }
    cr_expect_eq(served, WORKERS, "of %u clients: %u, %u, %u, %u", clients, got[0], got[1], got[2],
                 got[3]);
    server_close(&s);
    rmdir(folder);
}
