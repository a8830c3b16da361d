/* Fields of all answers. */
#include "unit/filter/filter_fixture.h"

TestSuite(filter_headers, .init = fixture_init, .fini = fixture_fini);

Test(filter_headers, fields_are_removed_then_set_then_added)
{
    static const char *const settings[] = {
        "remove", "Server\nX-Old", "set", "X-Frame-Options: DENY\nCache-Control:  no-store, x ",
        "add",    "Link: </a>",    NULL};

    cr_assert_eq(fixture_create(&filter_headers, settings), SHUNT_OK, "%s", fixture_error);
    fixture_request("GET /");
    cr_assert(fixture_ask());
    cr_assert_eq(shunt_response_field(&fixture_exchange->response, "X-Old", "1"), SHUNT_OK);
    cr_assert_eq(shunt_response_field(&fixture_exchange->response, "cache-control", "1"), SHUNT_OK);
    cr_assert_eq(shunt_response_field(&fixture_exchange->response, "Link", "</b>"), SHUNT_OK);
    fixture_answer();
    cr_expect(shunt_span_equal((struct shunt_span){fixture_exchange->response.fields.at,
                                                   fixture_exchange->response.fields.len},
                               shunt_span_of("Link: </b>\r\nX-Frame-Options: DENY\r\n"
                                             "Cache-Control: no-store, x\r\nLink: </a>\r\n")));
}

Test(filter_headers, what_is_no_field_is_refused)
{
    fixture_expect_refused(&filter_headers, "set", "X-A", "set: expected \"Name: value\"");
    fixture_expect_refused(&filter_headers, "add", "X-B: 1\nDate: x", "found \"Date: x\"");
    fixture_expect_refused(&filter_headers, "remove", "a b:", "expected names of fields, found");
}
