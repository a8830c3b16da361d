/* Which of a client's offers are looked at, and in which order. */
#include "exchange/offers.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { OFFERS_MAX = 6 };

static struct registry registry;
static struct shunt_worker loop = {.registry = &registry};
static struct exchange_context context = {.loop = &loop, .limits.offers_max = OFFERS_MAX};
static const char *const allowed[] = {"chat", "Echo", "unloaded", NULL};
static const struct exchange_route route = {.upgrade = allowed};

static void load(void)
{
    static const char *const tokens[] = {"chat", "echo", "forbidden"};

    for (size_t i = 0; i < 3; i++) {
        registry.protocols[i].protocol.token = tokens[i];
    }
    registry.protocol_count = 3;
}

/* The offers of a request with these Upgrade fields, one behind the other. */
static void expect(const char *why, const char *first, const char *second, const char *wanted)
{
    const struct shunt_field fields[] = {{shunt_span_of("Upgrade"), shunt_span_of(first)},
                                         {shunt_span_of("Host"), shunt_span_of("echo")},
                                         {shunt_span_of("upgrade"), shunt_span_of(second)}};
    const struct shunt_request request = {.fields = fields, .field_count = 3};
    struct exchange_offers offers = {0};
    char got[256] = "";
    size_t len = 0;

    while (exchange_offers_next(&context, &route, &request, &offers)) {
        len += (size_t)snprintf(got + len, sizeof got - len, "%s%.*s=%s", len > 0 ? " " : "",
                                (int)offers.offer.len, offers.offer.at,
                                registry.protocols[offers.protocol].protocol.token);
    }
    cr_expect_str_eq(got, wanted, "%s: %s", why, got);
}

Test(exchange_offers, come_in_the_clients_order_and_each_once, .init = load)
{
    expect("the client's order", "echo, chat", "", "echo=echo chat=chat");
    expect("over several fields", "echo", "chat", "echo=echo chat=chat");
    expect("without case", "ECHO", "", "ECHO=echo");
    expect("with a version", "chat/2, chat", "", "chat/2=chat chat=chat");
    expect("once, in whatever case", "chat, echo/1, Chat", "ECHO/1", "chat=chat echo/1=echo");
    expect("neither what is not loaded nor what the route forbids", "unloaded, forbidden, x, chat",
           "", "chat=chat");
    expect("no malformed element", "ch at, chat/, /1, chat/1/2, echo", "", "echo=echo");
    expect("empty elements do not count", ",, ,chat,,", "", "chat=chat");
    expect("none", "", "", "");
    cr_expect_eq(context.counters.offers_overflow, 0);
}

Test(exchange_offers, beyond_the_limit_do_not_count_and_that_is_counted, .init = load)
{
    expect("as many as the limit", "1, 2, 3, 4, 5, chat", "", "chat=chat");
    cr_expect_eq(context.counters.offers_overflow, 0);
    expect("one more", "1, 2, 3, 4, 5, 6, chat", "", "");
    cr_expect_eq(context.counters.offers_overflow, 1);
}
