#include "base/handles.h"

#include <criterion/criterion.h>
#include <stdlib.h>

struct item {
    struct handle handle;
    uint64_t value;
};

Test(base_handles, an_id_misses_once_its_item_has_been_put_back)
{
    struct handles handles = {.item_bytes = sizeof(struct item)};
    uint64_t first, second;
    struct item *item;

    cr_expect_null(handles_find(&handles, 0), "nothing is there yet");
    item = handles_take(&handles, &first);
    cr_assert_not_null(item);
    cr_expect_eq(handles_find(&handles, first), item);
    cr_expect_eq(handles_at(&handles, (uint32_t)first), item);
    handles_put(&handles, item);
    cr_expect_null(handles_find(&handles, first));
    cr_expect_eq(handles_take(&handles, &second), item, "the place is used again");
    cr_expect_null(handles_find(&handles, first));
    cr_expect_null(handles_find(&handles, 0));
    cr_expect_null(handles_find(&handles, second & UINT32_MAX), "the number alone is no id");
    cr_expect_null(handles_find(&handles, second + 1), "never used");
    cr_expect_null(handles_find(&handles, second + 5000), "no such place");
    handles_fini(&handles);
}

Test(base_handles, generations_skip_what_means_free)
{
    struct handles handles = {.item_bytes = sizeof(struct item), .generation = UINT32_MAX - 1};
    uint64_t id;

    handles_put(&handles, handles_take(&handles, &id));
    cr_expect_eq(id >> 32, UINT32_MAX);
    cr_assert_not_null(handles_take(&handles, &id));
    cr_expect_eq(id >> 32, 1);
    handles_fini(&handles);
}

Test(base_handles, of_many_each_keeps_its_place_and_its_value)
{
    enum { ITEMS = 1000, STEPS = 100000 };

    static struct item *items[ITEMS];
    static uint64_t ids[ITEMS], old[ITEMS];
    struct handles handles = {.item_bytes = sizeof(struct item)};
    unsigned seed = 3;
    uint32_t live = 0;

    for (uint64_t step = 0; step < STEPS; step++) {
        unsigned i = (unsigned)rand_r(&seed) % ITEMS;

        if (items[i]) {
            cr_assert_eq(handles_find(&handles, ids[i]), items[i]);
            cr_assert_eq(items[i]->value, ids[i]);
            handles_put(&handles, items[i]);
            items[i] = NULL;
            old[i] = ids[i];
            live--;
        } else {
            items[i] = handles_take(&handles, &ids[i]);
            cr_assert_not_null(items[i]);
            cr_assert_eq(items[i]->value, 0, "zero behind the handle");
            items[i]->value = ids[i];
            live++;
        }
        cr_assert_eq(handles.live, live);
        cr_assert_null(handles_find(&handles, old[(unsigned)rand_r(&seed) % ITEMS]));
    }
    cr_expect_leq(handles_end(&handles), ITEMS + 64);
    handles_fini(&handles);
}
