/* The filters by name. */
#include "filter/builtin.h"

#include <criterion/criterion.h>

Test(filter_builtin, each_is_found_by_its_name_and_listed)
{
    char names[400], *name, *rest = names;

    cr_expect_null(filter_builtin("none"));
    cr_expect_eq(filter_builtin_names(names, sizeof names), names);
    while ((name = strsep(&rest, ", ")) != NULL) {
        const struct shunt_filter *filter = *name ? filter_builtin(name) : &filter_headers;

        cr_assert_not_null(filter, "%s", name);
        cr_expect_eq(filter->size, sizeof *filter);
        cr_expect_not_null(filter->create);
        cr_expect(filter->before || filter->after);
    }
}
