/* A name for each request. */
#include "unit/filter/filter_fixture.h"

TestSuite(filter_request_id, .init = fixture_init, .fini = fixture_fini);

static void id_copy(char to[200])
{
    struct shunt_span id = shunt_request_attribute(&fixture_exchange->request, "request_id");

    cr_assert(id.len > 0 && id.len < 200);
    memcpy(to, id.at, id.len);
    to[id.len] = '\0';
}

Test(filter_request_id, each_request_has_its_own_on_both_sides)
{
    char first[200], second[200];

    cr_assert_eq(fixture_create(&filter_request_id, NULL), SHUNT_OK);
    fixture_serve("GET /\nX-Request-Id: abc", NULL, NULL);
    id_copy(first);
    fixture_expect_field("X-Request-Id", first);
    cr_expect_eq(strlen(first), 32);
    cr_expect_eq(strspn(first, "0123456789abcdef"), 32);
    fixture_serve("GET /", NULL, NULL);
    id_copy(second);
    cr_expect_str_neq(first, second);
}

Test(filter_request_id, one_that_came_is_taken_up_where_that_is_set_and_it_is_valid)
{
    static const char *const settings[] = {"incoming", "yes", "field", "Trace", NULL};
    static const struct {
        const char *request;
        bool taken;
    } rows[] = {{"GET /\ntrace: aB-9_.x", true},
                {"GET /\nTrace: a b", false},
                {"GET /\nTrace: ", false},
                {"GET /\nTrace: a\"b", false},
                {"GET /", false}};
    char id[200];

    cr_assert_eq(fixture_create(&filter_request_id, settings), SHUNT_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fixture_serve(rows[i].request, NULL, NULL);
        id_copy(id);
        cr_expect_eq(strcmp(id, "aB-9_.x") == 0, rows[i].taken, "%s: %s", rows[i].request, id);
        fixture_expect_field("Trace", id);
    }
}

Test(filter_request_id, a_field_is_a_token)
{
    fixture_expect_refused(&filter_request_id, "field", "a b", "expected the name of a field");
}
