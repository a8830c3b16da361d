/* The setting `pin`: on which CPUs a worker may run. */
#include "conformance/server_fixture.h"

#include "base/cpus.h"

#include <unistd.h>

static void put_cpus(struct shunt_stream *stream)
{
    (void)stream;
    value_put(cpus_allowed());
}

/* How many CPUs one of `workers` may use. */
static unsigned cpus_of_worker(enum io_backend backend, unsigned workers, const char *pin)
{
    struct server s;
    unsigned cpus;
    int client;

    server_create(&s, backend);
    cr_assert_eq(shunt_server_workers(s.server, workers), SHUNT_OK);
    if (pin) {
        cr_assert_eq(shunt_server_pin(s.server, pin), SHUNT_OK);
    }
    probe.open = put_cpus;
    server_start(&s);
    client = client_upgraded(&s, "/any", "alpha");
    cpus = (unsigned)value_take();
    close(client);
    server_close(&s);
    return cpus;
}

SERVER_TEST(a_worker_has_a_cpu_only_where_workers_are_as_many_and_no_quota_is_set)
{
    unsigned allowed = cpus_allowed();
    bool quota = cpus_quota_own() > 0;

    cr_expect_eq(cpus_of_worker(backend, allowed + 1, NULL), allowed, "more workers than CPUs");
    cr_expect_eq(cpus_of_worker(backend, allowed, NULL), quota ? allowed : 1, "as many");
    if (allowed > 1) {
        cr_expect_eq(cpus_of_worker(backend, 1, NULL), allowed, "fewer");
    }
}

SERVER_TEST(pin_on_and_off_are_obeyed)
{
    unsigned allowed = cpus_allowed();

    cr_expect_eq(cpus_of_worker(backend, allowed + 1, "on"), 1);
    cr_expect_eq(cpus_of_worker(backend, allowed, "off"), allowed);
}

Test(server_pin, knows_three_words)
{
    struct shunt_server *server;

    cr_assert_eq(shunt_server_create(&server), SHUNT_OK);
    cr_expect_eq(shunt_server_pin(server, "yes"), SHUNT_EINVAL);
    cr_expect_str_eq(shunt_server_error(server), "pin: expected auto, on or off, found \"yes\"");
    cr_expect_eq(shunt_server_pin(server, "auto"), SHUNT_OK);
    shunt_server_destroy(server);
}
