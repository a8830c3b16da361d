/* Who is reset when too much is buffered. */
#include "conn/relieve.h"

#include "conn/output.h"
#include "support/loop_fixture.h"

#include <unistd.h>

enum { BUDGET = 1 << 20 };

static uint8_t much[BUDGET];
static uint64_t now_ms = 1000;

static uint64_t clock_of_the_test(void)
{
    return now_ms;
}

static struct shunt_worker *budget_open(enum io_backend backend)
{
    struct loop_options options = loop_options();
    struct shunt_worker *loop;

    options.limits.memory_bytes_max = BUDGET;
    loop = loop_open(backend, &options);
    loop->clock_ms = clock_of_the_test;
    return loop;
}

BACKEND_TEST(conn_relieve,
             above_seven_eighths_the_peer_that_has_not_read_for_longest_is_reset_first)
{
    enum { CONNS = 4, EACH = BUDGET / CONNS - 2000 };
    static const unsigned order[] = {2, 0, 3, 1}; /* as they begin to wait */
    struct shunt_worker *loop = budget_open(backend);
    struct conn *conns[CONNS];
    int far[CONNS];

    for (unsigned i = 0; i < CONNS; i++) {
        conns[i] = loop_conn(loop, &far[i]);
        conn_cork(conns[i]); /* nothing is sent */
    }
    for (unsigned i = 0; i < CONNS; i++) {
        now_ms += 1000;
        loop_turn(loop, 1);
        cr_expect_eq(conn_write(conns[order[i]], much, EACH), SHUNT_OK, "%u", i);
    }
    cr_expect_gt(loop->memory.used, BUDGET / 8 * 7);
    loop_turn(loop, 3);
    cr_expect_eq(loop->counters.memory_evicted, 1);
    cr_expect_leq(loop->memory.used, BUDGET / 8 * 7);
    for (unsigned i = 0; i < CONNS; i++) {
        int end;

        loop_read(loop, far[i], &end);
        cr_expect_eq(end != 0, i == order[0], "%u", i);
    }
    conn_loop_destroy(loop);
    for (unsigned i = 0; i < CONNS; i++) {
        close(far[i]);
    }
}
