/* What a loop does for all its connections. */
#include "conn/loop.h"

#include "support/loop_fixture.h"

#include <unistd.h>

BACKEND_TEST(conn_loop, a_shutdown_asks_every_owner_once)
{
    struct shunt_worker *loop = loop_open(backend, NULL);
    int far[2];

    loop_conn(loop, &far[0]);
    loop_conn(loop, &far[1]);
    conn_loop_shutdown(loop);
    cr_expect(loop->draining);
    cr_expect_str_eq(loop_trace, "opened opened shutdown shutdown ");
    conn_loop_destroy(loop);
    cr_expect_str_eq(loop_trace, "opened opened shutdown shutdown closed(3) closed(3) ");
    close(far[0]);
    close(far[1]);
}
