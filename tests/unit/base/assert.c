#include "base/assert.h"

#include <criterion/criterion.h>
#include <signal.h>

Test(base_assert, a_condition_that_holds_costs_nothing_visible)
{
    int evaluated = 0;

    ASSERT(++evaluated == 1);
    cr_assert_eq(evaluated, 1);
}

Test(base_assert, a_condition_that_fails_ends_the_process, .signal = SIGABRT)
{
    ASSERT(1 + 1 == 3);
}
