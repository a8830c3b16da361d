/* The fields of a response, found, replaced and removed where they lie. */
#include "exchange/amend.h"

#include <criterion/criterion.h>

static const struct exchange_context context = {.limits = {.response_bytes_max = 100}};
static struct shunt_response response;

static void init(void)
{
    exchange_response_init(&context, &response);
    cr_assert_eq(shunt_response_field(&response, "A", "1"), SHUNT_OK);
    cr_assert_eq(shunt_response_field(&response, "Empty", ""), SHUNT_OK);
    cr_assert_eq(shunt_response_field(&response, "a", "2"), SHUNT_OK);
    cr_assert_eq(shunt_response_field(&response, "Bb", "x: y"), SHUNT_OK);
}

TestSuite(exchange_amend, .init = init);

static void expect_fields(const char *text)
{
    struct shunt_span have = {response.fields.at, response.fields.len};

    cr_expect(shunt_span_equal(have, shunt_span_of(text)), "%.*s", (int)have.len, have.at);
}

Test(exchange_amend, a_field_is_found_without_case_and_the_first_one)
{
    static const struct {
        const char *name, *value;
    } rows[] = {{"A", "1"}, {"a", "1"}, {"bB", "x: y"}, {"Empty", ""}, {"B", NULL}, {"x", NULL}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_span got = shunt_response_field_get(&response, rows[i].name);

        cr_expect_eq(!got.at, !rows[i].value, "%s", rows[i].name);
        cr_expect(shunt_span_equal(got, shunt_span_of(rows[i].value)), "%s", rows[i].name);
    }
}

Test(exchange_amend, all_of_a_name_are_removed)
{
    shunt_response_field_remove(&response, "a");
    expect_fields("Empty: \r\nBb: x: y\r\n");
    shunt_response_field_remove(&response, "a");
    expect_fields("Empty: \r\nBb: x: y\r\n");
    shunt_response_field_remove(&response, "BB");
    shunt_response_field_remove(&response, "Empty");
    expect_fields("");
    cr_expect_null(shunt_response_field_get(&response, "A").at);
}

Test(exchange_amend, one_is_set_in_place_of_all)
{
    cr_expect_eq(shunt_response_field_set(&response, "A", "3"), SHUNT_OK);
    expect_fields("Empty: \r\nBb: x: y\r\nA: 3\r\n");
    cr_expect_eq(shunt_response_field_set(&response, "C", "4"), SHUNT_OK);
    expect_fields("Empty: \r\nBb: x: y\r\nA: 3\r\nC: 4\r\n");
}

Test(exchange_amend, unless_one_can_be_set_nothing_has_changed)
{
    static char long_value[4096];

    memset(long_value, 'x', sizeof long_value - 1);
    cr_expect_eq(shunt_response_field_set(&response, "A", long_value), SHUNT_ETOOBIG);
    cr_expect_eq(shunt_response_field_set(&response, "A", "\n"), SHUNT_EINVAL);
    cr_expect_eq(shunt_response_field_set(&response, "Date", "x"), SHUNT_EINVAL);
    expect_fields("A: 1\r\nEmpty: \r\na: 2\r\nBb: x: y\r\n");
}

Test(exchange_amend, the_media_type_is_a_field_like_others)
{
    cr_assert_eq(shunt_response_body(&response, "text/a", "b", 1), SHUNT_OK);
    cr_expect(shunt_span_equal(shunt_response_field_get(&response, "content-type"),
                               shunt_span_of("text/a")));
    cr_expect_eq(shunt_response_field_set(&response, "Content-Type", "text/b"), SHUNT_OK);
    cr_expect_null(response.content_type);
    cr_expect(shunt_span_equal(shunt_response_field_get(&response, "Content-Type"),
                               shunt_span_of("text/b")));
    shunt_response_field_remove(&response, "Content-Type");
    cr_expect_null(shunt_response_field_get(&response, "Content-Type").at);
}

Test(exchange_amend, what_is_kept_shrinks_with_what_is_removed_of_it)
{
    response.kept_bytes = sizeof "A: 1\r\nEmpty: \r\n" - 1;
    shunt_response_field_remove(&response, "A");
    exchange_response_clear(&context, &response);
    expect_fields("Empty: \r\n");
}

Test(exchange_amend, of_a_101_fields_alone_can_be_set)
{
    response.status = 101;
    cr_expect_eq(shunt_response_status_get(&response), 101);
    cr_expect_eq(shunt_response_status(&response, 200), SHUNT_ESTATE);
    cr_expect_eq(shunt_response_body(&response, NULL, "a", 1), SHUNT_ESTATE);
    cr_expect_eq(shunt_response_field_set(&response, "A", "3"), SHUNT_OK);
}

Test(exchange_amend, a_body_in_pieces_is_not_there)
{
    struct shunt_span body;

    cr_assert_eq(shunt_response_body(&response, NULL, "body", 4), SHUNT_OK);
    cr_expect(shunt_response_body_get(&response, &body));
    cr_expect(shunt_span_equal(body, shunt_span_of("body")));
    response.in_pieces = true;
    cr_expect_not(shunt_response_body_get(&response, &body));
    cr_expect_eq(body.len, 0);
}
