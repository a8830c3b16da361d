/* How many buffers circulate. That bytes arrive is the conformance suite's. */
#include "io/uring_buffers.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct pool {
    struct io_uring ring;
    struct uring_buffers buffers;
};

static struct pool *pool_open(unsigned count, unsigned each)
{
    struct pool *pool = calloc(1, sizeof *pool);
    int rc = io_uring_queue_init(8, &pool->ring, 0);

    if (rc < 0) {
        cr_skip_test("io_uring is not available here: %s", strerror(-rc));
    }
    cr_assert_eq(uring_buffers_init(&pool->buffers, &pool->ring, count, each), 0);
    return pool;
}

static void pool_close(struct pool *pool)
{
    io_uring_queue_exit(&pool->ring);
    uring_buffers_fini(&pool->buffers);
    free(pool);
}

static size_t resident(const struct uring_buffers *buffers)
{
    size_t pages = (size_t)buffers->count * buffers->each / 4096, count = 0;
    unsigned char *seen = calloc(pages, 1);

    cr_assert_eq(mincore(buffers->bytes, pages * 4096, seen), 0);
    for (size_t i = 0; i < pages; i++) {
        count += seen[i] & 1;
    }
    free(seen);
    return count;
}

static bool whole(const struct uring_buffers *buffers)
{
    return buffers->circulating + buffers->spare == buffers->count;
}

Test(io_uring_buffers, few_circulate_at_first_and_none_is_resident)
{
    struct pool *pool = pool_open(1024, 4096);

    cr_expect_eq(pool->buffers.circulating, 64);
    cr_expect(whole(&pool->buffers));
    cr_expect_eq(resident(&pool->buffers), 0);
    pool_close(pool);
}

Test(io_uring_buffers, starving_doubles_what_circulates_once_a_turn_up_to_all)
{
    struct pool *pool = pool_open(256, 4096);

    for (unsigned want = 128; want <= 256; want *= 2) {
        uring_buffers_starved(&pool->buffers);
        uring_buffers_starved(&pool->buffers);
        uring_buffers_publish(&pool->buffers);
        cr_expect_eq(pool->buffers.circulating, want);
        cr_expect(whole(&pool->buffers));
        cr_expect_not(uring_buffers_scarce(&pool->buffers));
    }
    uring_buffers_starved(&pool->buffers);
    uring_buffers_publish(&pool->buffers);
    cr_expect_eq(pool->buffers.circulating, 256);
    cr_expect(uring_buffers_scarce(&pool->buffers));
    for (int turn = 0; turn < 64; turn++) {
        uring_buffers_tick(&pool->buffers, true);
    }
    cr_expect_not(uring_buffers_scarce(&pool->buffers), "scarcity passes");
    pool_close(pool);
}

/* Quiet is a second long: the fields that hold the time are set back instead of waiting. */
static void second_passes(struct uring_buffers *buffers)
{
    buffers->busy_ms -= buffers->busy_ms < 1000 ? buffers->busy_ms : 1000;
    buffers->used_ms -= buffers->used_ms < 1000 ? buffers->used_ms : 1000;
}

Test(io_uring_buffers, after_a_quiet_second_half_as_many_circulate)
{
    struct pool *pool = pool_open(256, 4096);
    struct uring_buffers *buffers = &pool->buffers;

    uring_buffers_starved(buffers);
    uring_buffers_publish(buffers);
    uring_buffers_tick(buffers, true);
    cr_assert_eq(buffers->circulating, 128);
    uring_buffers_tick(buffers, true);
    cr_expect_eq(buffers->target, 128, "not yet");
    second_passes(buffers);
    uring_buffers_tick(buffers, true);
    cr_expect_eq(buffers->target, 64);
    memset(uring_buffers_at(buffers, 3), 1, 4096);
    for (unsigned id = 0; id < 80; id++) {
        uring_buffers_return(buffers, id);
    }
    cr_expect_eq(buffers->circulating, 64);
    cr_expect(whole(buffers));
    cr_expect_eq(resident(buffers), 0, "what is retired gives its memory back");
    pool_close(pool);
}

Test(io_uring_buffers, a_second_without_receives_gives_the_memory_back)
{
    struct pool *pool = pool_open(64, 4096);
    struct uring_buffers *buffers = &pool->buffers;

    for (unsigned id = 0; id < 10; id++) {
        memset(uring_buffers_at(buffers, id), 1, 4096);
        uring_buffers_return(buffers, id);
    }
    cr_assert_eq(resident(buffers), 10);
    uring_buffers_tick(buffers, true);
    uring_buffers_tick(buffers, true);
    cr_expect_eq(resident(buffers), 10, "not yet");
    second_passes(buffers);
    uring_buffers_tick(buffers, false);
    cr_expect_eq(resident(buffers), 10, "not while one may hold bytes");
    uring_buffers_tick(buffers, true);
    cr_expect_eq(resident(buffers), 0);
    pool_close(pool);
}
