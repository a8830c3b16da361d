/* Slots, ids, room. */
#include "support/loop_fixture.h"

#include "conn/close.h"
#include "conn/timer.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 1 << CONN_CHUNK_SHIFT };

/* A slot without a peer: nothing is turned, so nothing is received. */
static struct conn *open_bare(struct shunt_worker *loop)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(io_add(loop->io, fd, 0), SHUNT_OK);
    return conn_open(loop, fd);
}

WITH_LOOP(conn_slab, a_connection_is_one_cache_line_and_finds_its_loop)
{
    int far;
    const struct conn *conn = loop_conn(loop, &far);

    cr_expect_eq(sizeof *conn, 64);
    cr_expect_eq((uintptr_t)conn % 64, 0);
    cr_expect_eq(conn_loop_of(conn), loop);
    cr_expect_eq(conn_slab_at(&loop->slab, conn_slab_index(conn)), conn);
    close(far);
}

WITH_LOOP(conn_slab, a_renewed_id_takes_the_place_of_the_old_one)
{
    int far;
    struct conn *conn = loop_conn(loop, &far);
    shunt_id id = conn_id(conn);

    conn_id_renew(conn);
    cr_expect_neq(conn_id(conn), id);
    cr_expect_null(conn_slab_find(&loop->slab, id));
    cr_expect_eq(conn_slab_find(&loop->slab, conn_id(conn)), conn);
    close(far); /* what was armed under the old id still arrives */
    loop_turn(loop, 3);
    cr_expect(conn->flags & CONN_ENDED);
}

WITH_LOOP(conn_slab, an_id_finds_its_connection_until_that_is_gone)
{
    int far;
    struct conn *conn = loop_conn(loop, &far);
    shunt_id id = conn_id(conn);
    uint32_t index = conn_slab_index(conn);

    cr_expect_neq(id, 0);
    cr_expect_eq(conn_slab_find(&loop->slab, id), conn);
    cr_expect_null(conn_slab_find(&loop->slab, 0));
    cr_expect_null(conn_slab_find(&loop->slab, id + ((uint64_t)CHUNK << 3)), "no such chunk");
    cr_expect_null(conn_slab_find(&loop->slab, id - index), "the first line of a chunk is nobody");
    conn_close(conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_PROTOCOL);
    loop_turn(loop, 2);
    cr_expect_null(conn_slab_find(&loop->slab, id));
    close(far);

    conn = loop_conn(loop, &far);
    cr_expect_eq(conn_slab_index(conn), index, "the slot is used again");
    cr_expect_neq(conn_id(conn), id, "by another generation");
    cr_expect_null(conn_slab_find(&loop->slab, id));
    cr_expect_eq(conn_slab_find(&loop->slab, conn_id(conn)), conn);
    close(far);
}

BACKEND_TEST(conn_slab, over_the_limit_a_connection_is_refused_and_counted)
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

BACKEND_TEST(conn_slab, slots_come_in_chunks_as_connections_come_and_never_move)
{
    static struct conn *conns[CHUNK + 100];
    struct rlimit limit;
    struct shunt_worker *loop;

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    loop = loop_open(backend, NULL);
    cr_expect_eq(loop->slab.chunk_count, 0);
    for (unsigned i = 0; i < CHUNK + 100; i++) {
        conns[i] = open_bare(loop);
        cr_assert_not_null(conns[i]);
        cr_expect_neq(conn_slab_index(conns[i]) % CHUNK, 0);
        cr_expect_eq(loop->slab.chunk_count, i < CHUNK - 1 ? 1 : 2);
    }
    for (unsigned i = 0; i < CHUNK + 100; i++) {
        cr_expect_eq(conn_slab_find(&loop->slab, conn_id(conns[i])), conns[i]);
        cr_expect_eq(conn_loop_of(conns[i]), loop);
    }
    conn_loop_destroy(loop);
}

BACKEND_TEST(conn_slab, a_shutdown_asks_every_owner_once)
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

WITH_LOOP(conn_slab, a_timer_runs_once_and_can_be_disarmed)
{
    int far[2];
    struct conn *runs = loop_conn(loop, &far[0]), *disarmed = loop_conn(loop, &far[1]);

    loop_trace[0] = '\0';
    conn_timer(runs, 20);
    conn_timer(disarmed, 10);
    conn_timer(disarmed, 0);
    for (int i = 0; i < 10000 && !loop_trace[0]; i++) {
        cr_assert_eq(conn_loop_turn(loop, 1000), SHUNT_OK);
    }
    loop_turn(loop, 10);
    cr_expect_str_eq(loop_trace, "timer ");
    close(far[0]);
    close(far[1]);
}
