/* How a connection begins, or is refused; which facts each state may have. */
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

Test(conn_conn, each_state_has_its_facts)
{
    static const struct {
        const char *why;
        enum conn_state state;
        unsigned flags;
        bool may;
    } rows[] = {
        {"idle", CONN_HTTP, CONN_RECEIVING, true},
        {"HTTP is no stream", CONN_HTTP, CONN_STREAM, false},
        {"HTTP has not shut", CONN_HTTP, CONN_SHUT, false},
        {"a protocol is a stream", CONN_PROTOCOL, 0, false},
        {"a stream", CONN_PROTOCOL, CONN_STREAM, true},
        {"a move holds no output back", CONN_MOVING, CONN_STREAM | CONN_CORKED, false},
        {"an end that is owed has arrived", CONN_HTTP, CONN_END_OWED, false},
        {"an end that has arrived may be owed", CONN_HTTP, CONN_END_OWED | CONN_ENDED, true},
        {"only what is parked is readable", CONN_HTTP, CONN_READABLE, false},
        {"a free slot has nothing", CONN_FREE, CONN_RECEIVING, false},
        {"but may be on the list", CONN_FREE, CONN_DIRTY, true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct conn conn = {.state = (uint8_t)rows[i].state & 0xf,
                            .flags = (uint16_t)rows[i].flags};

        cr_expect_eq(conn_state_check(&conn), rows[i].may, "%s", rows[i].why);
    }
}
