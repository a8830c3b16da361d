/* Slots, ids, and the list of those that are marked. */
#include "support/loop_fixture.h"

#include "conn/close.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 1 << CONN_CHUNK_SHIFT };

static void files_allow_all(void)
{
    struct rlimit limit;

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

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
    cr_expect_null(conn_slab_find(&loop->slab, id - index),
                   "the first line of a chunk is no connection");
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

/* In a turn that has them all on the list. */
BACKEND_TEST(conn_slab, every_slot_can_be_marked_and_is_on_the_list_once)
{
    enum { COUNT = CHUNK + 100 };
    static struct conn *conns[COUNT];
    struct shunt_worker *loop;

    files_allow_all();
    loop = loop_open(backend, NULL);
    for (unsigned i = 0; i < COUNT; i++) {
        conns[i] = open_bare(loop);
        cr_assert_not_null(conns[i]);
        conn_mark(conns[i]);
    }
    cr_expect_eq(loop->slab.dirty_count, COUNT);
    loop_turn(loop, 1);
    cr_expect_leq(loop->slab.dirty_count, COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        conn_close(conns[i], SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_SERVER);
        conn_mark(conns[i]);
    }
    cr_expect_eq(loop->slab.dirty_count, COUNT);
    loop_turn(loop, 3);
    cr_expect_eq(loop->slab.live, 0);
    conn_loop_destroy(loop);
}

BACKEND_TEST(conn_slab, slots_come_in_chunks_as_connections_come_and_never_move)
{
    static struct conn *conns[CHUNK + 100];
    struct shunt_worker *loop;

    files_allow_all();
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

/* Pages of `list` that are resident, of those that lie in it whole. */
static size_t pages_resident(const uint32_t *list, size_t slots)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), resident = 0;
    uintptr_t from = ((uintptr_t)list + page - 1) / page * page;
    size_t pages = ((uintptr_t)(list + slots) - from) / page;
    unsigned char *state = calloc(pages, 1);

    cr_assert_not_null(state);
    cr_assert_eq(mincore((void *)from, pages * page, state), 0);
    for (size_t i = 0; i < pages; i++) {
        resident += state[i] & 1;
    }
    free(state);
    return resident;
}

/* The room is for all slots, and all of them marked at once is rare. */
Test(conn_slab, the_lists_of_marked_slots_are_resident_where_they_are_used)
{
    enum { CHUNKS = 256 };

    struct conn_slab slab;

    cr_assert_eq(conn_slab_init(&slab, NULL), SHUNT_OK);
    for (int i = 0; i < CHUNKS * (CHUNK - 1); i++) {
        cr_assert_not_null(conn_slab_take(&slab));
    }
    cr_expect_geq(slab.dirty_room, CHUNKS * CHUNK);
    cr_expect_lt(pages_resident(slab.dirty, slab.dirty_room), 4);
    cr_expect_lt(pages_resident(slab.dirty_other, slab.dirty_room), 4);
    conn_slab_fini(&slab);
}
