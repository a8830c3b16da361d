/* How a connection begins, or is refused. */
#include "conn/conn.h"

#include "conn/close.h"
#include "support/loop_fixture.h"

#include <unistd.h>

BACKEND_TEST(conn_conn, over_the_limit_a_connection_is_refused_and_counted)
{
    struct loop_options options = loop_options();
    struct shunt_worker *loop;
    struct conn *first;
    int far[3];

    options.limits.connections_max = 2;
    loop = loop_open(backend, &options);
    first = loop_conn(loop, &far[0]);
    cr_expect_not_null(first);
    cr_expect_not_null(loop_conn(loop, &far[1]));
    cr_expect_null(loop_conn(loop, &far[2]));
    cr_expect_eq(loop->counters.accepted, 2);
    cr_expect_eq(loop->counters.refused_full, 1);
    cr_expect_eq(loop->slab.live, 2);
    conn_close(first, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_PROTOCOL);
    loop_turn(loop, 2);
    cr_expect_eq(loop->slab.live, 1);
    cr_expect_eq(loop->counters.closed, 1);
    close(far[2]);
    cr_expect_not_null(loop_conn(loop, &far[2]), "there is room again");
    conn_loop_destroy(loop);
    for (int i = 0; i < 3; i++) {
        close(far[i]);
    }
}
