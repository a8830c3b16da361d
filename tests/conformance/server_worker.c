/* What a plugin does on its worker beside its streams, and who asks it for an upgrade. */
#include "conformance/server_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

static unsigned beats;

static void beat(struct shunt_worker *worker, void *arg)
{
    (void)worker, (void)arg;
    if (++beats == 3) {
        mark("three beats");
    }
}

static void later(struct shunt_worker *worker, void *arg)
{
    (void)worker;
    shunt_id *timer = arg;

    cr_expect_eq(probe.host->worker_timer_cancel(worker, *timer), SHUNT_OK);
    mark("cancelled");
}

static void dropped(void *arg)
{
    (void)arg;
    mark("dropped");
}

static void sets_three(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    static shunt_id hour;
    struct shunt_worker *worker = probe.host->worker(stream);

    (void)bytes, (void)len;
    beats = 0;
    cr_expect_eq(probe.host->worker_timer_set(worker, 1, 2, beat, dropped, NULL, NULL), SHUNT_OK);
    cr_expect_eq(probe.host->worker_timer_set(worker, 3600000, 0, beat, dropped, NULL, &hour),
                 SHUNT_OK);
    cr_expect_eq(probe.host->worker_timer_set(worker, 5, 0, later, dropped, &hour, NULL), SHUNT_OK);
}

SERVER_TEST(timers_of_a_worker_outlive_the_stream_that_set_them_and_end_with_the_server)
{
    struct server s;
    int client;

    server_open(&s, backend, NULL);
    probe.data = sets_three;
    client = client_upgraded(&s, "/any", "alpha");
    client_send(client, "x");
    mark_wait("data", 1);
    close(client);
    mark_wait("close", 1);
    mark_wait("cancelled", 1);
    mark_wait("three beats", 1);
    cr_expect_eq(mark_count("dropped"), 0);
    server_close(&s);
    cr_expect_eq(mark_count("dropped"), 1, "the one that runs again and again");
}

static void sets_too_many(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    struct shunt_worker *worker = probe.host->worker(stream);

    (void)bytes, (void)len;
    for (unsigned i = 0; i < 3; i++) {
        cr_expect_eq(probe.host->worker_timer_set(worker, 3600000, 0, beat, dropped, NULL, NULL),
                     i < 2 ? SHUNT_OK : SHUNT_EFULL);
    }
}

SERVER_TEST(timers_of_a_worker_are_bounded_and_a_refusal_is_counted)
{
    struct server s;
    int client;

    server_create(&s, backend);
    server_log_keep(&s);
    server_config(s.server)->limits.worker_timers_max = 2;
    server_start(&s);
    probe.data = sets_too_many;
    client = client_upgraded(&s, "/any", "alpha");
    client_send(client, "x");
    mark_wait("data", 1);
    cr_expect_eq(server_counter(&s, "conn.worker_timers_refused"), 1);
    close(client);
    server_close(&s);
    cr_expect_eq(mark_count("dropped"), 2);
}

/* A database that lives at the other end of a socket pair, and answers in its own time. */
static struct database {
    int near, far;
    shunt_id watch, stream;
} database;

static void write_to_client(struct shunt_stream *stream, void *arg)
{
    char bytes[64];
    ssize_t len = read(database.near, bytes, sizeof bytes);

    (void)arg;
    cr_assert_gt(len, 0);
    cr_expect_eq(probe.host->write(stream, bytes, (size_t)len), SHUNT_OK);
}

static void database_answers(struct shunt_worker *worker, int fd, unsigned events, void *arg)
{
    (void)arg;
    cr_expect_eq(fd, database.near);
    cr_expect_eq(events, SHUNT_READABLE);
    cr_expect_eq(probe.host->watch_change(worker, database.watch, 0), SHUNT_OK);
    cr_expect_eq(probe.host->post(database.stream, write_to_client, dropped, NULL), SHUNT_OK);
}

static void asks_database(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    struct shunt_worker *worker = probe.host->worker(stream);

    if (!database.watch) {
        database.stream = probe.host->id(stream);
        cr_expect_eq(probe.host->watch(worker, database.near, 0, database_answers, dropped, NULL,
                                       &database.watch),
                     SHUNT_OK);
    }
    cr_expect_eq(probe.host->watch_change(worker, database.watch, SHUNT_READABLE), SHUNT_OK);
    cr_expect_eq(write(database.near, bytes, len), (ssize_t)len);
}

SERVER_TEST(a_descriptor_of_a_plugins_own_is_served_on_its_worker)
{
    struct server s;
    char question[64];
    int client, ends[2] = {-1, -1};

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    database = (struct database){.near = ends[0], .far = ends[1]};
    server_open(&s, backend, NULL);
    probe.data = asks_database;
    client = client_upgraded(&s, "/any", "alpha");
    for (unsigned i = 0; i < 20; i++) {
        client_send(client, "what is it?");
        cr_assert_eq(read(database.far, question, sizeof question), 11);
        cr_assert_eq(write(database.far, "this", 4), 4);
        client_expect(client, "this");
    }
    close(client);
    mark_wait("close", 1);
    cr_expect_eq(mark_count("dropped"), 0);
    server_close(&s);
    cr_expect_eq(mark_count("dropped"), 1);
    close(ends[0]);
    close(ends[1]);
}

static enum shunt_verdict looks_who_asks(const struct shunt_request *request,
                                         struct shunt_upgrade *upgrade)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;

    (void)request;
    cr_expect_eq(probe.host->upgrade_peer(upgrade, (struct sockaddr *)&address, &len), SHUNT_OK);
    cr_expect_eq(address.sin_family, AF_INET);
    cr_expect_eq(address.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    value_put(ntohs(address.sin_port));
    return SHUNT_ACCEPT;
}

SERVER_TEST(an_offer_is_judged_by_who_asks)
{
    struct sockaddr_in address = {0};
    socklen_t len = sizeof address;
    struct server s;
    int client;

    server_open(&s, backend, NULL);
    probe.negotiate = looks_who_asks;
    client = client_upgraded(&s, "/any", "alpha");
    cr_assert_eq(getsockname(client, (struct sockaddr *)&address, &len), 0);
    cr_expect_eq(value_take(), ntohs(address.sin_port));
    close(client);
    server_close(&s);
}
