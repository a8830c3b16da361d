/* Workers among themselves: numbers, ids, and one message to all of them. */
#include "conformance/server_fixture.h"

#include <unistd.h>

enum { WORKERS = 3 };

static void put_number(struct shunt_worker *worker, void *arg)
{
    (void)arg;
    value_put(probe.host->worker_number(worker));
}

static void dropped(void *arg)
{
    (void)arg;
    mark("dropped");
}

/* What the client sends is posted to all workers. */
static void post_to_all(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    struct shunt_worker *worker = probe.host->worker(stream);
    unsigned count = probe.host->worker_count(worker);

    (void)bytes, (void)len;
    cr_expect_eq(count, WORKERS);
    cr_expect_lt(probe.host->worker_number(worker), WORKERS);
    cr_expect_eq(probe.host->worker_id(worker, count), 0);
    for (unsigned i = 0; i < count; i++) {
        cr_expect_eq(
            probe.host->post_worker(probe.host->worker_id(worker, i), put_number, dropped, NULL),
            SHUNT_OK);
    }
}

static void expect_each_once(void)
{
    bool seen[WORKERS] = {false};

    for (unsigned i = 0; i < WORKERS; i++) {
        uint64_t number = value_take();

        cr_assert_lt(number, WORKERS);
        cr_expect_not(seen[number], "worker %u twice", (unsigned)number);
        seen[number] = true;
    }
}

SERVER_TEST(a_message_is_posted_once_for_each_worker_from_a_stream_or_any_thread)
{
    struct server s;
    int client;

    server_create(&s, backend);
    cr_assert_eq(shunt_server_workers(s.server, WORKERS), SHUNT_OK);
    cr_expect_eq(shunt_server_worker_count(s.server), 0, "nothing runs yet");
    cr_expect_eq(shunt_server_post_worker(s.server, 0, put_number, dropped, NULL), SHUNT_ENOTFOUND);
    probe.data = post_to_all;
    server_start(&s);
    client = client_upgraded(&s, "/any", "alpha");
    client_send(client, "x");
    expect_each_once();
    cr_expect_eq(shunt_server_worker_count(s.server), WORKERS);
    for (unsigned i = 0; i < WORKERS; i++) {
        cr_expect_eq(shunt_server_post_worker(s.server, i, put_number, dropped, NULL), SHUNT_OK);
    }
    expect_each_once();
    cr_expect_eq(shunt_server_post_worker(s.server, WORKERS, put_number, dropped, NULL),
                 SHUNT_ENOTFOUND);
    close(client);
    shunt_server_stop(s.server);
    cr_assert_eq(pthread_join(s.thread, NULL), 0);
    cr_expect_eq(shunt_server_worker_count(s.server), 0);
    cr_expect_eq(shunt_server_post_worker(s.server, 0, put_number, dropped, NULL), SHUNT_ENOTFOUND);
    cr_expect_eq(mark_count("dropped"), 0);
    shunt_server_destroy(s.server);
}
