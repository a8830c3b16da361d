#include "base/words.h"

#include <criterion/criterion.h>

Test(base_words, a_copy_has_its_own_words_in_their_order)
{
    static const char *const lists[][4] = {{NULL}, {"", NULL}, {"a", "bc", "a", NULL}};

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char **copy = words_copy(lists[i]);
        size_t j = 0;

        cr_assert_not_null(copy);
        for (; lists[i][j]; j++) {
            cr_expect_neq(copy[j], lists[i][j]);
            cr_expect_str_eq(copy[j], lists[i][j]);
        }
        cr_expect_null(copy[j]);
        words_free(copy);
    }
    words_free(NULL);
}
