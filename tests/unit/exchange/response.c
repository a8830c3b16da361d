/* What may be set in a response, before it is written. */
#include "exchange/response.h"

#include <criterion/criterion.h>

enum { BODY_MAX = 3000 };

static struct shunt_worker loop = {.limits.memory_bytes_max = 1 << 20};
static struct exchange_context context = {.loop = &loop, .limits.response_bytes_max = BODY_MAX};
static struct shunt_response response;
static char body[BODY_MAX + 1];

static void init(void)
{
    exchange_response_init(&context, &response);
}

static void fini(void)
{
    exchange_response_fini(&response);
    cr_expect_eq(loop.memory.used, 0);
}

TestSuite(exchange_response, .init = init, .fini = fini);

Test(exchange_response, a_status_is_a_final_one)
{
    static const struct {
        unsigned status;
        enum shunt_status want;
    } rows[] = {{199, SHUNT_EINVAL}, {200, SHUNT_OK}, {599, SHUNT_OK}, {600, SHUNT_EINVAL}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(shunt_response_status(&response, rows[i].status), rows[i].want, "%u",
                     rows[i].status);
    }
    cr_expect_eq(response.status, 599, "the last good one");
}

Test(exchange_response, a_body_may_be_as_long_as_the_limit)
{
    cr_expect_eq(shunt_response_body(&response, NULL, body, BODY_MAX), SHUNT_OK);
    cr_expect_eq(response.refused, SHUNT_OK);
    cr_expect_eq(shunt_response_body(&response, NULL, body, BODY_MAX + 1), SHUNT_ETOOBIG);
    cr_expect_eq(response.refused, SHUNT_ETOOBIG);
    cr_expect_eq(response.refused_bytes, BODY_MAX + 1);
}

Test(exchange_response, a_short_body_with_its_type_needs_no_memory)
{
    size_t room = sizeof response.small - sizeof "text/x";

    cr_expect_eq(shunt_response_body(&response, "text/x", body, room), SHUNT_OK);
    cr_expect_null(response.owned);
    cr_expect_eq(shunt_response_body(&response, "text/x", body, room + 1), SHUNT_OK);
    cr_expect_not_null(response.owned);
    cr_expect_eq(shunt_response_body(&response, "text/x", body, room), SHUNT_OK);
    cr_expect_null(response.owned);
    cr_expect_eq(loop.memory.used, 0, "the earlier one is released");
    cr_expect_str_eq(response.content_type, "text/x");
}

Test(exchange_response, what_stands_for_a_refused_body_is_500_or_503)
{
    static const struct {
        enum shunt_status refused;
        unsigned status;
        const char *text;
    } rows[] = {{SHUNT_ETOOBIG, 500, "Internal Server Error\n"},
                {SHUNT_ENOMEM, 503, "Service Unavailable\n"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_assert_eq(shunt_response_field(&response, "X", "y"), SHUNT_OK);
        response.refused = rows[i].refused;
        exchange_response_replace(&context, &response, shunt_span_of("/a"));
        cr_expect_eq(response.status, rows[i].status);
        cr_expect(shunt_span_equal(response.body, shunt_span_of(rows[i].text)));
        cr_expect_str_eq(response.content_type, "text/plain; charset=utf-8");
        cr_expect_eq(response.fields.len, 0, "no field of the handler's");
    }
    cr_expect_eq(context.counters.responses_too_big, 1);
    cr_expect_eq(context.counters.no_memory, 1);
}
