/* What one upgrade keeps and gives back, without a connection. */
#include "exchange/upgrade.h"

#include <criterion/criterion.h>

static struct shunt_worker loop = {.limits.memory_bytes_max = 1 << 20};
static struct exchange_context context = {.loop = &loop, .limits.response_bytes_max = 10000};
static const struct exchange_route route = {0};
static struct conn conn;
static const char text[] = "PUT /a HTTP/1.1\r\nA: b\r\n\r\nbody";
static const char *const end = text + sizeof text - 1;

static struct shunt_exchange *begin(size_t body_len)
{
    static const struct shunt_field fields[] = {{{text + 17, 1}, {text + 20, 1}}};
    const struct shunt_request request = {.method = {text, 3},
                                          .path = {text + 4, 2},
                                          .fields = fields,
                                          .field_count = 1,
                                          .body = {end - body_len, body_len}};
    struct shunt_exchange *exchange = exchange_take(&context, &conn);

    cr_assert_not_null(exchange);
    exchange->route = &route;
    exchange->request = request;
    exchange->end = end;
    exchange_upgrade_begin(exchange);
    return exchange;
}

static void fini(void)
{
    exchange_context_fini(&context);
}

TestSuite(exchange_upgrade, .fini = fini);

Test(exchange_upgrade, a_long_refusal_is_counted_until_it_is_forgotten)
{
    static char body[5000];
    const struct shunt_span span = {body, sizeof body};
    struct shunt_exchange *exchange = begin(0);

    cr_assert_eq(exchange_upgrade_refuse(&exchange->upgrade, 403, "text/plain", span), SHUNT_OK);
    cr_expect_geq(loop.memory.used, sizeof body);
    exchange_upgrade_reset(exchange);
    cr_expect_eq(loop.memory.used, 0);
    cr_assert_eq(exchange_upgrade_refuse(&exchange->upgrade, 403, "text/plain", span), SHUNT_OK);
    exchange_put(exchange);
    cr_expect_eq(loop.memory.used, 0);
}

Test(exchange_upgrade, close_is_the_one_connection_option_that_a_plugin_may_set)
{
    struct shunt_exchange *exchange = begin(0);

    cr_expect_eq(
        exchange_upgrade_field(&exchange->upgrade, shunt_span_of("X"), shunt_span_of("close")),
        SHUNT_OK);
    cr_expect_not(exchange->response.close);
    cr_expect_eq(exchange_upgrade_field(&exchange->upgrade, shunt_span_of("Connection"),
                                        shunt_span_of("keep-alive")),
                 SHUNT_EINVAL);
    cr_expect_not(exchange->response.close);
    cr_expect_eq(exchange_upgrade_field(&exchange->upgrade, shunt_span_of("connection"),
                                        shunt_span_of("Close")),
                 SHUNT_OK);
    cr_expect(exchange->response.close);
    exchange_put(exchange);
}
