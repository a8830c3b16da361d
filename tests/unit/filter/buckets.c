/* Tokens by address, in a table that has no room for all. */
#include "filter/buckets.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct conn_address nth(uint32_t n)
{
    struct conn_address address = {{0x20, 0x01, 0x0d, 0xb8}};

    for (int i = 0; i < 4; i++) {
        address.bytes[7 - i] = (uint8_t)(n >> 8 * i);
    }
    return address;
}

static uint64_t take(struct filter_buckets *buckets, uint32_t who, uint64_t now_us)
{
    struct conn_address address = nth(who);
    bool evicted;

    return filter_buckets_take(buckets, &address, now_us, &evicted);
}

Test(filter_buckets, a_burst_then_one_each_step)
{
    struct filter_buckets *buckets = filter_buckets_create(100, 1000, 5);

    cr_assert_not_null(buckets);
    for (int i = 0; i < 5; i++) {
        cr_expect_eq(take(buckets, 1, 50000), 0);
    }
    cr_expect_eq(take(buckets, 1, 50000), 1000);
    cr_expect_eq(take(buckets, 1, 50400), 600, "a refused one takes nothing");
    cr_expect_eq(take(buckets, 2, 50400), 0);
    cr_expect_eq(take(buckets, 1, 51000), 0);
    cr_expect_eq(take(buckets, 1, 51000), 1000);
    for (int i = 0; i < 5; i++) {
        cr_expect_eq(take(buckets, 1, 900000), 0, "full again, and no fuller");
    }
    cr_expect_neq(take(buckets, 1, 900000), 0);
    free(buckets);
}

Test(filter_buckets, those_who_are_full_make_room_first)
{
    struct filter_buckets *buckets = filter_buckets_create(64, 1000, 2);
    struct conn_address address;
    unsigned evictions = 0;
    bool evicted;

    for (uint32_t i = 0; i < 1000; i++) { /* one after the other: each finds a full bucket */
        address = nth(i);
        cr_expect_eq(filter_buckets_take(buckets, &address, 1000 * (uint64_t)(i + 1), &evicted), 0);
        cr_expect_not(evicted);
    }
    for (uint32_t i = 0; i < 1000; i++) { /* at once: there is no room for all */
        address = nth(i);
        cr_expect_eq(filter_buckets_take(buckets, &address, 5000000, &evicted), 0);
        evictions += evicted;
    }
    cr_expect_gt(evictions, 900);
    free(buckets);
}
