#include "io/descriptors.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/resource.h>

Test(io_descriptors, an_added_descriptor_is_found_by_its_name)
{
    struct descriptors table;
    uint64_t name;

    cr_assert_eq(descriptors_init(&table, 100), SHUNT_OK);
    cr_assert_eq(descriptors_add(&table, 5, 77), SHUNT_OK);
    name = descriptors_name(&table, 255, 5);
    cr_expect_eq(descriptors_name_kind(name), 255);
    cr_expect_eq(descriptors_name_fd(name), 5);
    cr_expect_eq(descriptors_find(&table, name), descriptors_at(&table, 5));
    cr_expect_eq(descriptors_at(&table, 5)->user, 77);
    descriptors_fini(&table);
}

Test(io_descriptors, the_name_of_a_former_tenant_misses)
{
    struct descriptors table;
    uint64_t name;

    cr_assert_eq(descriptors_init(&table, 100), SHUNT_OK);
    cr_assert_eq(descriptors_add(&table, 5, 1), SHUNT_OK);
    name = descriptors_name(&table, 1, 5);
    descriptors_forget(&table, 5);
    cr_expect_null(descriptors_find(&table, name), "forgotten");
    cr_assert_eq(descriptors_add(&table, 5, 2), SHUNT_OK);
    cr_expect_null(descriptors_find(&table, name), "a new tenant");
    cr_expect_not_null(descriptors_find(&table, descriptors_name(&table, 1, 5)));
    descriptors_fini(&table);
}

Test(io_descriptors, a_number_beyond_the_table_is_full)
{
    struct descriptors table;

    cr_assert_eq(descriptors_init(&table, 100), SHUNT_OK);
    cr_expect_eq(descriptors_add(&table, 100, 1), SHUNT_EFULL);
    cr_expect_eq(descriptors_add(&table, 99, 1), SHUNT_OK);
    cr_expect_eq(table.used, 100);
    descriptors_fini(&table);
}

Test(io_descriptors, the_table_is_as_large_as_the_process_may_need)
{
    struct rlimit limit;
    struct descriptors table;

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_eq(descriptors_init(&table, 0), SHUNT_OK);
    cr_expect_eq(table.max, limit.rlim_cur < DESCRIPTORS_MAX ? limit.rlim_cur : DESCRIPTORS_MAX);
    descriptors_fini(&table);
    cr_assert_eq(descriptors_init(&table, UINT32_MAX), SHUNT_OK);
    cr_expect_eq(table.max, DESCRIPTORS_MAX);
    descriptors_fini(&table);
}

Test(io_descriptors, a_descriptor_added_twice_is_our_own_mistake, .signal = SIGABRT)
{
    struct descriptors table;

    cr_assert_eq(descriptors_init(&table, 100), SHUNT_OK);
    cr_assert_eq(descriptors_add(&table, 5, 1), SHUNT_OK);
    (void)!descriptors_add(&table, 5, 1);
}
