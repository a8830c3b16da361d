/* The workers' loops: one back end for all of them. */
#include "conformance/kernel.h"
#include "conformance/server_fixture.h"

#include "server/state.h"

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
        cr_expect_str_eq(io_backend_name(s.server->workers[i].table->io), "epoll", "worker %u", i);
    }
    client_turn(&s);
    server_close(&s);
}
