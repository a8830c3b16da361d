/* What one exchange keeps and gives back, without a connection. */
#include "exchange/exchange.h"

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
    exchange->upgrade.offers = (struct exchange_offers){0};
    return exchange;
}

static void fini(void)
{
    exchange_context_fini(&context);
}

TestSuite(exchange_exchange, .fini = fini);

Test(exchange_exchange, the_copy_of_a_request_holds_each_of_its_spans)
{
    for (size_t body_len = 0; body_len <= 4; body_len += 4) {
        struct shunt_exchange *exchange = begin(body_len);
        const struct shunt_request *request = &exchange->request;
        const char *copy;

        cr_assert_eq(exchange_keep(exchange, &context.pending_upgrades), SHUNT_OK);
        copy = exchange->request_copy;
        cr_expect_eq(request->method.at, copy);
        cr_expect_eq(request->path.at, copy + 4);
        cr_expect_eq(request->fields[0].name.at, copy + 17);
        cr_expect_eq(request->fields[0].value.at, copy + 20);
        cr_expect_eq(request->body.at, copy + sizeof text - 1 - body_len);
        cr_expect_null(request->host.at, "what the request does not have stays so");
        cr_expect_eq(memcmp(copy, text, sizeof text - 1), 0);
        exchange_put(exchange);
        cr_expect_eq(loop.memory.used, 0);
    }
}

Test(exchange_exchange, a_copy_over_the_budget_is_refused_and_counts_for_nothing)
{
    struct shunt_exchange *exchange = begin(0);

    loop.limits.memory_bytes_max = 2 * sizeof text; /* a half of it is for requests */
    cr_expect_eq(exchange_keep(exchange, &context.pending_upgrades), SHUNT_ENOMEM);
    cr_expect_eq(context.pending_upgrades, 0);
    exchange_put(exchange);
    cr_expect_eq(loop.memory.used, 0);
}

Test(exchange_exchange, one_is_kept_for_the_next)
{
    struct shunt_exchange *first = begin(0), *second = begin(0);

    exchange_put(first);
    exchange_put(second);
    cr_expect_eq(begin(0), first);
    exchange_put(first);
}
