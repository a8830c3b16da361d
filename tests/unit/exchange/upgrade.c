/* What one upgrade keeps and gives back, without a connection. */
#include "exchange/upgrade.h"

#include <criterion/criterion.h>

static struct shunt_worker loop = {.limits.memory_bytes_max = 1 << 20};
static struct exchange_context context = {.loop = &loop, .limits.response_bytes_max = 10000};
static const struct exchange_route route = {0};
static struct conn conn;
static const char text[] = "PUT /a HTTP/1.1\r\nA: b\r\n\r\nbody";
static const char *const end = text + sizeof text - 1;

static struct shunt_upgrade *begin(size_t body_len)
{
    static const struct shunt_field fields[] = {{{text + 17, 1}, {text + 20, 1}}};
    const struct shunt_request request = {.method = {text, 3},
                                          .path = {text + 4, 2},
                                          .fields = fields,
                                          .field_count = 1,
                                          .body = {end - body_len, body_len}};
    struct shunt_upgrade *upgrade = exchange_upgrade_take(&context, &conn, &route, &request);

    cr_assert_not_null(upgrade);
    return upgrade;
}

static void fini(void)
{
    exchange_context_fini(&context);
}

TestSuite(exchange_upgrade, .fini = fini);

Test(exchange_upgrade, the_copy_of_a_request_holds_each_of_its_spans)
{
    for (size_t body_len = 0; body_len <= 4; body_len += 4) {
        struct shunt_upgrade *upgrade = begin(body_len);
        const struct shunt_request *request = exchange_upgrade_request(upgrade);
        const char *copy;

        cr_assert_eq(exchange_upgrade_keep_request(upgrade, end), SHUNT_OK);
        copy = upgrade->request_copy;
        cr_expect_eq(request->method.at, copy);
        cr_expect_eq(request->path.at, copy + 4);
        cr_expect_eq(request->fields[0].name.at, copy + 17);
        cr_expect_eq(request->fields[0].value.at, copy + 20);
        cr_expect_eq(request->body.at, copy + sizeof text - 1 - body_len);
        cr_expect_null(request->host.at, "what the request does not have stays so");
        cr_expect_eq(memcmp(copy, text, sizeof text - 1), 0);
        exchange_upgrade_put(upgrade);
        cr_expect_eq(loop.memory.used, 0);
    }
}

Test(exchange_upgrade, a_copy_over_the_budget_is_refused_and_counts_for_nothing)
{
    struct shunt_upgrade *upgrade = begin(0);

    loop.limits.memory_bytes_max = 2 * sizeof text; /* a half of it is for requests */
    cr_expect_eq(exchange_upgrade_keep_request(upgrade, end), SHUNT_ENOMEM);
    cr_expect_eq(context.pending_upgrades, 0);
    exchange_upgrade_put(upgrade);
    cr_expect_eq(loop.memory.used, 0);
}

Test(exchange_upgrade, a_long_refusal_is_counted_until_it_is_forgotten)
{
    static char body[5000];
    const struct shunt_span span = {body, sizeof body};
    struct shunt_upgrade *upgrade = begin(0);

    cr_assert_eq(exchange_upgrade_refuse(upgrade, 403, "text/plain", span), SHUNT_OK);
    cr_expect_geq(loop.memory.used, sizeof body);
    exchange_upgrade_reset(upgrade);
    cr_expect_eq(loop.memory.used, 0);
    cr_assert_eq(exchange_upgrade_refuse(upgrade, 403, "text/plain", span), SHUNT_OK);
    exchange_upgrade_put(upgrade);
    cr_expect_eq(loop.memory.used, 0);
}

Test(exchange_upgrade, close_is_the_one_connection_option_that_a_plugin_may_set)
{
    struct shunt_upgrade *upgrade = begin(0);

    cr_expect_eq(exchange_upgrade_field(upgrade, shunt_span_of("X"), shunt_span_of("close")),
                 SHUNT_OK);
    cr_expect_not(upgrade->response.close);
    cr_expect_eq(
        exchange_upgrade_field(upgrade, shunt_span_of("Connection"), shunt_span_of("keep-alive")),
        SHUNT_EINVAL);
    cr_expect_not(upgrade->response.close);
    cr_expect_eq(
        exchange_upgrade_field(upgrade, shunt_span_of("connection"), shunt_span_of("Close")),
        SHUNT_OK);
    cr_expect(upgrade->response.close);
    exchange_upgrade_put(upgrade);
}

Test(exchange_upgrade, one_is_kept_for_the_next)
{
    struct shunt_upgrade *first = begin(0), *second = begin(0);

    exchange_upgrade_put(first);
    exchange_upgrade_put(second);
    cr_expect_eq(begin(0), first);
    exchange_upgrade_put(first);
}
