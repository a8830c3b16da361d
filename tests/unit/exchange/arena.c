/* Memory of an exchange: pieces do not overlap, are aligned, counted, and go as a whole. */
#include "exchange/arena.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdlib.h>

static struct shunt_worker loop = {.limits.memory_bytes_max = 1 << 20};
static struct exchange_arena arena;

Test(exchange_arena, pieces_of_any_length_keep_what_is_written_and_go_as_a_whole)
{
    enum { PIECES = 300 };
    struct {
        unsigned char *at;
        size_t len;
    } pieces[PIECES];
    unsigned seed = 1;
    size_t all = 0;

    for (unsigned i = 0; i < PIECES; i++) {
        size_t len = 1 + (size_t)rand_r(&seed) % (i % 10 == 0 ? 3000 : 200);

        pieces[i].at = exchange_arena_alloc(&arena, &loop, len);
        pieces[i].len = len;
        all += len;
        cr_assert_not_null(pieces[i].at);
        cr_expect_eq((uintptr_t)pieces[i].at % alignof(max_align_t), 0);
        memset(pieces[i].at, (int)(i & 0xff), len);
    }
    cr_expect_geq(loop.memory.used, all);
    for (unsigned i = 0; i < PIECES; i++) {
        for (size_t k = 0; k < pieces[i].len; k++) {
            cr_assert_eq(pieces[i].at[k], i & 0xff, "piece %u", i);
        }
    }
    exchange_arena_free(&arena, &loop);
    cr_expect_eq(loop.memory.used, 0);
    cr_expect_null(arena.blocks);
}

Test(exchange_arena, what_is_over_the_budget_or_longer_than_memory_is_refused)
{
    cr_expect_null(exchange_arena_alloc(&arena, &loop, 1 << 20));
    cr_expect_null(exchange_arena_alloc(&arena, &loop, SIZE_MAX));
    cr_expect_null(exchange_arena_alloc(&arena, &loop, SIZE_MAX - 64));
    cr_expect_eq(loop.memory.used, 0);
    cr_expect_not_null(exchange_arena_alloc(&arena, &loop, 1000));
    exchange_arena_free(&arena, &loop);
}

Test(exchange_arena, small_pieces_behind_a_large_first_one_share_a_block)
{
    size_t used;

    cr_assert_not_null(exchange_arena_alloc(&arena, &loop, 5000));
    cr_assert_not_null(exchange_arena_alloc(&arena, &loop, 10));
    used = loop.memory.used;
    cr_assert_not_null(exchange_arena_alloc(&arena, &loop, 10));
    cr_assert_not_null(exchange_arena_alloc(&arena, &loop, 5000));
    cr_assert_not_null(exchange_arena_alloc(&arena, &loop, 10));
    cr_expect_lt(loop.memory.used, used + 5100);
    exchange_arena_free(&arena, &loop);
}
