/* The wheel against its contract, and against a list that is searched from end to end. */
#include "base/wheel.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SHIFT 4
#define CHUNKS      16
#define SLOTS       (CHUNKS << CHUNK_SHIFT)

struct slot {
    char before[20];
    struct wheel_node node;
    char after[32];
};

/* Slots in chunks, as the connection table has them, and what expired in which order. */
struct bench {
    struct wheel *wheel;
    void **chunks;
    uint32_t fired[SLOTS * 4];
    size_t fired_count;
};

static void setup(struct bench *bench, uint64_t now_ms)
{
    struct wheel_nodes nodes = {.chunks = (void *const *const *)&bench->chunks,
                                .chunk_shift = CHUNK_SHIFT,
                                .stride = sizeof(struct slot),
                                .offset = offsetof(struct slot, node)};

    memset(bench, 0, sizeof *bench);
    bench->chunks = calloc(CHUNKS, sizeof *bench->chunks);
    for (size_t i = 0; i < CHUNKS; i++) {
        bench->chunks[i] = calloc((size_t)1 << CHUNK_SHIFT, sizeof(struct slot));
    }
    cr_assert_eq(wheel_create(&nodes, now_ms, &bench->wheel), SHUNT_OK);
}

static void teardown(struct bench *bench)
{
    wheel_destroy(bench->wheel);
    for (size_t i = 0; i < CHUNKS; i++) {
        free(bench->chunks[i]);
    }
    free(bench->chunks);
}

static void note(void *context, uint32_t index)
{
    struct bench *bench = context;

    cr_assert_not(wheel_armed(bench->wheel, index), "slot %u runs while armed", index);
    bench->fired[bench->fired_count++] = index;
}

static size_t advance(struct bench *bench, uint64_t now_ms)
{
    bench->fired_count = 0;
    wheel_advance(bench->wheel, now_ms, note, bench);
    return bench->fired_count;
}

Test(base_wheel, a_node_of_zero_bits_is_not_armed)
{
    struct bench bench;

    setup(&bench, 1000);
    for (uint32_t i = 1; i < SLOTS; i++) {
        cr_assert_not(wheel_armed(bench.wheel, i));
        wheel_cancel(bench.wheel, i);
    }
    wheel_set(bench.wheel, 1, 1005);
    wheel_cancel(bench.wheel, 1);
    static const struct wheel_node zero;
    struct slot *slots = bench.chunks[0];

    cr_assert_eq(slots[1].node.next, zero.next);
    cr_assert_eq(slots[1].node.prev, zero.prev);
    teardown(&bench);
}

Test(base_wheel, expires_at_its_time_and_not_before)
{
    static const uint32_t waits[] = {1,        2,           255,         256,           257,
                                     65535,    65536,       65537,       16777215,      16777216,
                                     1u << 30, 2147483647u, 2147483648u, WHEEL_REACH_MS};
    static const uint64_t starts[] = {0, 1, 255, 256, 65535, 0xfffffff0u, 0xffffffffu, 1ull << 40};

    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        for (size_t w = 0; w < sizeof waits / sizeof *waits; w++) {
            struct bench bench;

            setup(&bench, starts[s]);
            wheel_set(bench.wheel, 7, starts[s] + waits[w]);
            cr_expect_eq(advance(&bench, starts[s] + waits[w] - 1), 0, "%u early", waits[w]);
            cr_expect(wheel_armed(bench.wheel, 7));
            cr_expect_eq(advance(&bench, starts[s] + waits[w]), 1, "%u missing", waits[w]);
            cr_expect_eq(advance(&bench, starts[s] + waits[w] + 100000), 0, "twice");
            teardown(&bench);
        }
    }
}

Test(base_wheel, takes_any_time_and_bounds_what_is_too_far_ahead)
{
    static const uint64_t far[] = {1000 + WHEEL_REACH_MS + 1ull, 1ull << 40, UINT64_MAX};

    for (size_t i = 0; i < sizeof far / sizeof *far; i++) {
        struct bench bench;

        setup(&bench, 1000);
        wheel_set(bench.wheel, 7, far[i]);
        cr_expect_eq(advance(&bench, 1000 + WHEEL_REACH_MS - 1ull), 0);
        cr_expect_eq(advance(&bench, 1000 + WHEEL_REACH_MS), 1);
        teardown(&bench);
    }
}

Test(base_wheel, never_moves_backwards)
{
    struct bench bench;

    setup(&bench, 5000);
    wheel_set(bench.wheel, 3, 5010);
    cr_assert_eq(advance(&bench, 4000), 0);
    cr_assert_eq(wheel_next_ms(bench.wheel, 5000, 1000), 10);
    cr_assert_eq(advance(&bench, 5010), 1);
    teardown(&bench);
}

Test(base_wheel, earlier_timers_run_first_in_one_long_advance)
{
    struct bench bench;
    static const uint32_t waits[] = {70000, 3, 500, 20000000, 255, 256, 65536, 4};
    static const uint32_t order[] = {2, 8, 5, 6, 3, 7, 1, 4};

    setup(&bench, 12345);
    for (uint32_t i = 0; i < 8; i++) {
        wheel_set(bench.wheel, i + 1, 12345 + waits[i]);
    }
    cr_assert_eq(advance(&bench, 12345 + 30000000), 8);
    for (size_t i = 0; i < 8; i++) {
        cr_expect_eq(bench.fired[i], order[i], "place %zu: slot %u", i, bench.fired[i]);
    }
    teardown(&bench);
}

static void rearm(void *context, uint32_t index)
{
    struct bench *bench = context;

    note(bench, index);
    if (index == 1) {
        wheel_cancel(bench->wheel, 2);    /* due in the same advance */
        wheel_set(bench->wheel, 3, 1050); /* likewise: moved */
        wheel_set(bench->wheel, 1, 1050); /* itself */
        wheel_set(bench->wheel, 4, 900);  /* behind us: not within this advance */
    }
}

Test(base_wheel, a_callback_may_cancel_move_and_arm_also_what_is_due)
{
    struct bench bench;

    setup(&bench, 0);
    for (uint32_t i = 1; i <= 3; i++) {
        wheel_set(bench.wheel, i, 10 * i);
    }
    wheel_advance(bench.wheel, 1000, rearm, &bench);
    cr_assert_eq(bench.fired_count, 1);
    cr_assert_eq(bench.fired[0], 1);
    cr_assert_not(wheel_armed(bench.wheel, 2));
    cr_assert_eq(wheel_next_ms(bench.wheel, 1000, 1000), 1, "the next advance");
    cr_assert_eq(advance(&bench, 1001), 1);
    cr_assert_eq(bench.fired[0], 4);
    cr_assert_eq(advance(&bench, 1050), 2);
    teardown(&bench);
}

Test(base_wheel, next_is_most_when_nothing_is_armed_and_a_lower_bound_otherwise)
{
    struct bench bench;

    setup(&bench, 77);
    cr_assert_eq(wheel_next_ms(bench.wheel, 77, 5000), 5000);
    wheel_set(bench.wheel, 1, 177);
    cr_assert_eq(wheel_next_ms(bench.wheel, 77, 5000), 100);
    cr_assert_eq(wheel_next_ms(bench.wheel, 77, 10), 10);
    cr_assert_eq(wheel_next_ms(bench.wheel, 137, 5000), 40, "from now, not from the last advance");
    cr_assert_eq(wheel_next_ms(bench.wheel, 178, 5000), 0, "overdue");
    wheel_set(bench.wheel, 1, 1077);
    uint32_t next = wheel_next_ms(bench.wheel, 77, 5000);

    cr_assert(next > 0 && next <= 1000, "got %u", next);
    teardown(&bench);
}

Test(base_wheel, chunks_may_grow_while_it_lives)
{
    struct bench bench;
    void **bigger = calloc(CHUNKS + 1, sizeof *bigger);

    setup(&bench, 0);
    wheel_set(bench.wheel, 5, 10);
    memcpy(bigger, bench.chunks, CHUNKS * sizeof *bigger);
    bigger[CHUNKS] = calloc((size_t)1 << CHUNK_SHIFT, sizeof(struct slot));
    free(bench.chunks);
    bench.chunks = bigger;
    wheel_set(bench.wheel, SLOTS + 3, 10);
    cr_assert_eq(advance(&bench, 10), 2);
    free(bigger[CHUNKS]);
    teardown(&bench);
}

/* ---- against the naive reference ---- */

struct reference {
    uint64_t when[SLOTS]; /* 0: not armed */
};

static uint64_t random_state;

static uint32_t random_next(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33);
}

/* Waits of all sizes, short ones more often. */
static uint32_t random_wait(void)
{
    return 1 + (random_next() & 0x7fffffffu) % (1u << (1 + random_next() % 30));
}

static void compare(struct bench *bench, struct reference *reference, uint64_t now_ms)
{
    uint64_t last = 0;
    size_t due = 0;

    for (size_t i = 0; i < bench->fired_count; i++) {
        uint64_t when = reference->when[bench->fired[i]];

        cr_assert(when != 0 && when <= now_ms, "slot %u ran and was not due", bench->fired[i]);
        cr_assert(when >= last, "slot %u out of order", bench->fired[i]);
        last = when;
        reference->when[bench->fired[i]] = 0;
    }
    uint64_t first = UINT64_MAX;

    for (uint32_t i = 1; i < SLOTS; i++) {
        due += reference->when[i] && reference->when[i] <= now_ms;
        cr_assert_eq(wheel_armed(bench->wheel, i), reference->when[i] != 0, "slot %u", i);
        if (reference->when[i] && reference->when[i] < first) {
            first = reference->when[i];
        }
    }
    cr_assert_eq(due, 0, "%zu timers were due and did not run", due);
    uint32_t next = wheel_next_ms(bench->wheel, now_ms, UINT32_MAX);

    cr_assert(first == UINT64_MAX ? next == UINT32_MAX : now_ms + next <= first, "next is late");
}

Test(base_wheel, agrees_with_a_naive_list_over_random_operations, .timeout = 60)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct bench bench;
        struct reference reference = {{0}};
        uint64_t now_ms = seed % 3 ? 0xffffff00u + seed : seed * 1000;

        random_state = seed;
        setup(&bench, now_ms);
        for (int step = 0; step < 4000; step++) {
            uint32_t index = 1 + random_next() % (SLOTS - 1);

            switch (random_next() % 4) {
            case 0:
                wheel_cancel(bench.wheel, index);
                reference.when[index] = 0;
                break;
            case 1:
                now_ms += random_next() % 2 ? random_next() % 300 : random_wait();
                advance(&bench, now_ms);
                compare(&bench, &reference, now_ms);
                break;
            default: {
                uint32_t wait = random_wait();

                wheel_set(bench.wheel, index, now_ms + wait);
                reference.when[index] = now_ms + wait;
            }
            }
        }
        teardown(&bench);
    }
}
