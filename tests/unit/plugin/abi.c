/* <shunt/abi.h>: one accessor for whatever was compiled against another minor. */
#include "plugins/abi_1_0/rows.h"

#include <shunt/abi.h>

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdlib.h>

/* One structure at its first version, today, and one member later. */
struct first {
    uint32_t size, flags;
    const char *name;
};
struct today {
    uint32_t size, flags;
    const char *name;
    void (*appended)(void);
};
struct later {
    uint32_t size, flags;
    const char *name;
    void (*appended)(void);
    void (*unknown)(void);
};

#define TODAY_BYTES_1_0 SHUNT_BYTES_WITH(struct today, name)

static void act(void)
{
}

Test(shunt_abi, what_a_shorter_structure_lacks_is_null)
{
    const struct first first = {sizeof first, 7, "old"};
    struct today today;

    memset(&today, 0xff, sizeof today);
    cr_assert_eq(SHUNT_READ(&today, (const struct today *)(const void *)&first, TODAY_BYTES_1_0),
                 SHUNT_OK);
    cr_expect_eq(today.flags, 7);
    cr_expect_str_eq(today.name, "old");
    cr_expect(!today.appended);
    cr_expect_eq(today.size, sizeof today, "its reader has all of today");
}

Test(shunt_abi, what_a_longer_structure_has_beyond_ours_is_left_aside)
{
    const struct later later = {sizeof later, 7, "new", act, act};
    struct {
        struct today today;
        uint64_t behind;
    } room = {.behind = 5};

    cr_assert_eq(
        SHUNT_READ(&room.today, (const struct today *)(const void *)&later, TODAY_BYTES_1_0),
        SHUNT_OK);
    cr_expect_eq(room.today.appended, act);
    cr_expect_eq(room.today.size, sizeof room.today);
    cr_expect_eq(room.behind, 5);
}

Test(shunt_abi, what_is_shorter_than_its_first_version_is_refused_and_nothing_is_written)
{
    struct today short_one = {.name = "short"}, today = {.name = "before"};

    for (uint32_t size = 0; size < TODAY_BYTES_1_0; size++) {
        short_one.size = size;
        cr_expect_eq(SHUNT_READ(&today, &short_one, TODAY_BYTES_1_0), SHUNT_EINVAL, "%u bytes",
                     size);
    }
    cr_expect_str_eq(today.name, "before");
    short_one.size = TODAY_BYTES_1_0;
    cr_expect_eq(SHUNT_READ(&today, &short_one, TODAY_BYTES_1_0), SHUNT_OK);
}

Test(shunt_abi, half_a_member_is_none)
{
    struct today cut = {.name = "cut", .appended = act};

    for (uint32_t size = TODAY_BYTES_1_0; size <= sizeof cut; size++) {
        bool whole = size == sizeof cut;
        struct today today;

        cut.size = size;
        cr_assert_eq(SHUNT_READ(&today, &cut, TODAY_BYTES_1_0), SHUNT_OK);
        cr_expect_eq(today.appended != NULL, whole, "%u bytes", size);
        cr_expect_eq(SHUNT_HAS(&cut, appended), whole, "%u bytes", size);
    }
    cr_expect(SHUNT_HAS(&cut, name));
}

/* An object of `size` bytes at the end of its allocation: AddressSanitizer sees a byte too far. */
Test(shunt_abi, no_byte_behind_a_structure_is_read)
{
    struct first *first = malloc(sizeof *first);
    struct today today;

    cr_assert(first);
    *first = (struct first){sizeof *first, 1, "alone"};
    cr_expect_eq(SHUNT_READ(&today, (struct today *)(void *)first, TODAY_BYTES_1_0), SHUNT_OK);
    free(first);
}

/* tests/plugins/abi_1_0 is what plugins out there were built against. */
Test(shunt_abi, today_has_every_member_value_and_size_of_1_0_where_it_was)
{
    size_t i = 0;

    for (; abi_rows_1_0[i].what; i++) {
        cr_expect_str_eq(abi_rows_today[i].what, abi_rows_1_0[i].what);
        cr_expect_eq(abi_rows_today[i].at, abi_rows_1_0[i].at, "%s", abi_rows_1_0[i].what);
        cr_expect_eq(abi_rows_today[i].bytes, abi_rows_1_0[i].bytes, "%s", abi_rows_1_0[i].what);
    }
    cr_expect_gt(i, 100, "the table is cut short");
}
