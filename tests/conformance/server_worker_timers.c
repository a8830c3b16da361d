/* What a plugin runs on its worker later, and who asks it for an upgrade. */
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
    struct sockaddr_in address;
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
