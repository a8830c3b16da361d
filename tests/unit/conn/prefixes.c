/* Lists of prefixes. */
#include "conn/prefixes.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(conn_prefixes, what_is_none_is_refused)
{
    static const char *const valid[] = {"192.0.2.0/24",  "0.0.0.0/0", "192.0.2.1",
                                        "192.0.2.1/32",  "::/0",      "::1",
                                        "2001:db8::/32", "unix"};
    static const char *const not_valid[] = {"",         "192.0.2.1/24", "192.0.2.0/33",  "::/129",
                                            "::1/0x8",  "::/",          "192.0.2.0/ 24", "local",
                                            "10.0.0/8", "::/1000",      "unix/1",        "/8"};

    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        cr_expect_null(conn_prefix_expected(valid[i]), "%s", valid[i]);
    }
    for (size_t i = 0; i < sizeof not_valid / sizeof *not_valid; i++) {
        cr_expect_not_null(conn_prefix_expected(not_valid[i]), "%s", not_valid[i]);
    }
}

Test(conn_prefixes, an_address_is_in_one_of_them_or_not)
{
    static const char *const texts[] = {"192.0.2.0/24", "2001:db8::/32", "unix", "10.1.2.3", NULL};
    static const struct {
        const char *address;
        bool in;
    } rows[] = {{"192.0.2.77", true},       {"192.0.3.1", false},       {"10.1.2.3", true},
                {"10.1.2.4", false},        {"2001:db8:ffff::1", true}, {"2001:db9::", false},
                {"::ffff:192.0.2.1", true}, {"::192.0.2.1", false}};
    struct conn_prefixes *prefixes = conn_prefixes_create(texts);

    cr_assert_not_null(prefixes);
    cr_expect(prefixes->local);
    cr_expect_eq(prefixes->count, 3);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct conn_address address;

        cr_assert(conn_address_parse(shunt_span_of(rows[i].address), &address));
        cr_expect_eq(conn_prefixes_have(prefixes, &address), rows[i].in, "%s", rows[i].address);
        cr_expect_not(conn_prefixes_have(NULL, &address));
    }
    free(prefixes);
}
