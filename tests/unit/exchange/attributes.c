/* Named values of a request. */
#include "exchange/attributes.h"

#include "exchange/exchange.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct shunt_worker loop = {.limits.memory_bytes_max = 1 << 20};
static struct exchange_context context = {.loop = &loop};
static struct shunt_exchange *exchange;

static void init(void)
{
    exchange = exchange_take(&context, NULL);
    cr_assert_not_null(exchange);
    exchange->request.exchange = exchange;
}

static void fini(void)
{
    exchange_put(exchange);
    exchange_context_fini(&context);
    cr_expect_eq(loop.memory.used, 0);
}

TestSuite(exchange_attributes, .init = init, .fini = fini);

static enum shunt_status set(const char *name, const char *value)
{
    return shunt_request_attribute_set(&exchange->request, name, shunt_span_of(value));
}

static void expect(const char *name, const char *value)
{
    struct shunt_span got = shunt_request_attribute(&exchange->request, name);

    cr_expect_eq(!got.at, !value, "%s", name);
    cr_expect(shunt_span_equal(got, shunt_span_of(value)), "%s", name);
}

Test(exchange_attributes, the_last_value_counts)
{
    expect("user", NULL);
    cr_expect_eq(set("user", "a"), SHUNT_OK);
    cr_expect_eq(set("request_id", ""), SHUNT_OK);
    cr_expect_eq(set("user", "b"), SHUNT_OK);
    expect("user", "b");
    expect("request_id", "");
    expect("use", NULL);
    cr_expect_eq(loop.memory.used, 0);
}

Test(exchange_attributes, names_and_values_are_copied_long_ones_too)
{
    char name[] = "name", value[1000] = {0};

    memset(value, 'x', sizeof value - 1);
    cr_expect_eq(set(name, value), SHUNT_OK);
    name[0] = '-';
    value[0] = '-';
    cr_expect_eq(shunt_request_attribute(&exchange->request, "name").at[0], 'x');
    cr_expect_eq(shunt_request_attribute(&exchange->request, "name").len, sizeof value - 1);
}

Test(exchange_attributes, there_are_so_many_and_no_more)
{
    char name[16];

    for (int i = 0; i < EXCHANGE_ATTRIBUTES_MAX; i++) {
        snprintf(name, sizeof name, "n%d", i);
        cr_expect_eq(set(name, name), SHUNT_OK);
    }
    cr_expect_eq(set("more", "x"), SHUNT_EFULL);
    cr_expect_eq(set("n3", "y"), SHUNT_OK);
    expect("n3", "y");
    expect("n7", "n7");
}

Test(exchange_attributes, without_memory_nothing_has_changed)
{
    char value[1000] = {0};

    memset(value, 'x', sizeof value - 1);
    loop.limits.memory_bytes_max = 1;
    cr_expect_eq(set("a", "1"), SHUNT_OK);
    cr_expect_eq(set("a", value), SHUNT_ENOMEM);
    cr_expect_eq(set("b", value), SHUNT_ENOMEM);
    expect("a", "1");
    expect("b", NULL);
    loop.limits.memory_bytes_max = 1 << 20;
}

Test(exchange_attributes, the_next_request_has_none)
{
    cr_expect_eq(set("a", "1"), SHUNT_OK);
    exchange_put(exchange);
    init();
    expect("a", NULL);
}
