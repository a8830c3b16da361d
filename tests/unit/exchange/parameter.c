/* What a request's path has in the place of its route's parameters. */
#include <shunt/request.h>

#include <criterion/criterion.h>

Test(shunt_request_parameter, is_what_the_path_has_in_its_place)
{
    static const struct {
        const char *pattern, *path, *name, *value;
    } rows[] = {
        {"/{a}", "/x", "a", "x"},
        {"/{a}", "/x", "b", NULL},
        {"/{abc}", "/x", "ab", NULL},
        {"/u/{id}/f/{n...}", "/u/7%2F8/f/a/b", "id", "7%2F8"},
        {"/u/{id}/f/{n...}", "/u/7/f/a/b", "n", "a/b"},
        {"/u/{n...}", "/u/", "n", ""},
        {"/u/{n...}", "/u//", "n", "/"},
        {"/{a}/{b}", "/1/2", "b", "2"},
        {"/a", "/a", "a", NULL},
        {"/{a}", "/x", "", NULL},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_request request = {.size = sizeof request,
                                        .path = shunt_span_of(rows[i].path),
                                        .pattern = shunt_span_of(rows[i].pattern)};
        struct shunt_span value = shunt_request_parameter(&request, rows[i].name);

        cr_expect_eq(value.at != NULL, rows[i].value != NULL, "row %zu", i);
        cr_expect(shunt_span_equal(value, shunt_span_of(rows[i].value)), "row %zu: %.*s", i,
                  (int)value.len, value.at);
    }
}

Test(shunt_request_parameter, is_none_without_a_pattern_or_of_an_earlier_server)
{
    struct shunt_request request = {.size = sizeof request, .path = {"/x", 2}};

    cr_expect_null(shunt_request_parameter(&request, "a").at);
    request.pattern = shunt_span_of("/{a}");
    cr_expect_not_null(shunt_request_parameter(&request, "a").at);
    request.size = SHUNT_REQUEST_BYTES_1_0;
    cr_expect_null(shunt_request_parameter(&request, "a").at);
}
