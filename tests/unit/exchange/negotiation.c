/* What the verdicts of protocols come to, without a connection. */
#include "exchange/negotiation.h"

#include <criterion/criterion.h>

static struct registry registry;
static void *locals[2];
static struct shunt_worker loop = {
    .registry = &registry, .locals = locals, .limits.memory_bytes_max = 1 << 20};
static struct exchange_context context = {
    .loop = &loop,
    .limits = {.offers_max = 8, .pending_upgrades_max = 1, .response_bytes_max = 1000}};
static const char *const tokens[] = {"first", "second", NULL};
static const struct exchange_route route = {.upgrade = tokens};
static struct conn conn;

static enum shunt_verdict verdicts[2]; /* by protocol */
static unsigned cancelled, settled;
static bool settles; /* within negotiate() */

static enum shunt_verdict negotiate(void *local, const struct shunt_request *request,
                                    struct shunt_upgrade *upgrade)
{
    cr_expect_eq(request, exchange_upgrade_request(upgrade));
    cr_expect_null(upgrade->user, "nothing of the protocol before");
    cr_expect_eq(exchange_of_upgrade(upgrade)->response.fields.len, 0);
    cr_expect_eq(*(uint64_t *)exchange_upgrade_state(upgrade), 0);
    exchange_upgrade_set_user(upgrade, local);
    *(uint64_t *)exchange_upgrade_state(upgrade) = 1;
    cr_expect_eq(exchange_upgrade_field(upgrade, shunt_span_of("x"), shunt_span_of("y")), SHUNT_OK);
    if (settles) {
        exchange_upgrade_settle(upgrade, SHUNT_ACCEPT);
    }
    return verdicts[(void **)local - locals];
}

static void cancel(void *local, struct shunt_upgrade *upgrade)
{
    cr_expect_eq(local, upgrade->user);
    cancelled++;
}

static void on_settled(struct shunt_exchange *exchange, enum shunt_verdict verdict)
{
    (void)exchange;
    (void)verdict;
    settled++;
}

static char bytes[] = "GET /a HTTP/1.1\r\nUpgrade: first, second\r\n\r\n";
static const struct shunt_field fields[] = {{{bytes + 17, 7}, {bytes + 26, 13}}};

static struct shunt_exchange *begin(enum shunt_verdict first, enum shunt_verdict second)
{
    const struct shunt_request request = {
        .method = {bytes, 3}, .path = {bytes + 4, 2}, .fields = fields, .field_count = 1};
    struct shunt_exchange *exchange = exchange_take(&context, &conn);

    cr_assert_not_null(exchange);
    exchange->route = &route;
    exchange->request = request;
    exchange->end = bytes + sizeof bytes - 1;
    exchange_upgrade_begin(exchange);
    verdicts[0] = first;
    verdicts[1] = second;
    exchange->upgrade.settled = on_settled;
    return exchange;
}

static void load(void)
{
    for (unsigned i = 0; i < 2; i++) {
        registry.protocols[i].plugin = i;
        registry.protocols[i].protocol =
            (struct shunt_protocol){.token = tokens[i], .negotiate = negotiate, .cancel = cancel};
        locals[i] = &locals[i];
    }
    registry.protocol_count = 2;
}

static void unload(void)
{
    exchange_context_fini(&context);
}

TestSuite(exchange_negotiation, .init = load, .fini = unload);

Test(exchange_negotiation, the_first_protocol_that_does_not_decline_decides)
{
    static const struct {
        enum shunt_verdict first, second, wanted;
        unsigned protocol;
    } rows[] = {
        {SHUNT_ACCEPT, SHUNT_ACCEPT, SHUNT_ACCEPT, 0},
        {SHUNT_DECLINE, SHUNT_ACCEPT, SHUNT_ACCEPT, 1},
        {SHUNT_REFUSE, SHUNT_ACCEPT, SHUNT_REFUSE, 0},
        {SHUNT_DECLINE, SHUNT_DEFER, SHUNT_DEFER, 1},
        {SHUNT_DECLINE, SHUNT_DECLINE, SHUNT_DECLINE, 1},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_exchange *exchange = begin(rows[i].first, rows[i].second);

        cr_expect_eq(exchange_negotiation_ask(exchange), rows[i].wanted, "row %zu", i);
        cr_expect_eq(exchange->upgrade.offers.protocol, rows[i].protocol, "row %zu", i);
        exchange_put(exchange);
    }
    cr_expect_eq(context.counters.upgrades_declined, 1);
    cr_expect_eq(cancelled, 0);
}

Test(exchange_negotiation, a_refusal_is_403_unless_the_protocol_has_chosen)
{
    struct shunt_exchange *exchange = begin(SHUNT_REFUSE, SHUNT_ACCEPT);

    cr_expect_eq(exchange_negotiation_ask(exchange), SHUNT_REFUSE);
    exchange_negotiation_refusal(exchange);
    cr_expect_eq(exchange->response.status, 403);
    cr_expect_eq(exchange->response.offer, tokens);
    cr_expect_eq(exchange_upgrade_refuse(&exchange->upgrade, 401, NULL, (struct shunt_span){0}),
                 SHUNT_OK);
    exchange_negotiation_refusal(exchange);
    cr_expect_eq(exchange->response.status, 401);
    cr_expect_eq(context.counters.upgrades_refused, 2);
    exchange_put(exchange);
}

Test(exchange_negotiation, early_bytes_that_are_forbidden_are_counted_and_refused_where_strict)
{
    static const struct {
        const char *why;
        size_t early;
        uint32_t flags;
        bool strict;
        enum shunt_verdict wanted;
        unsigned counted;
    } rows[] = {
        {"none", 0, SHUNT_EARLY_FORBIDDEN, true, SHUNT_ACCEPT, 0},
        {"allowed", 1, 0, true, SHUNT_ACCEPT, 0},
        {"forbidden", 1, SHUNT_EARLY_FORBIDDEN, false, SHUNT_ACCEPT, 1},
        {"forbidden and strict", 1, SHUNT_EARLY_FORBIDDEN, true, SHUNT_REFUSE, 1},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_exchange *exchange = begin(SHUNT_ACCEPT, SHUNT_ACCEPT);

        cancelled = 0;
        context.counters.early_bytes = 0;
        context.limits.strict_early_bytes = rows[i].strict;
        registry.protocols[0].protocol.flags = rows[i].flags;
        exchange->upgrade.early_bytes = rows[i].early;
        cr_expect_eq(exchange_negotiation_ask(exchange), rows[i].wanted, "%s", rows[i].why);
        cr_expect_eq(context.counters.early_bytes, rows[i].counted, "%s", rows[i].why);
        cr_expect_eq(cancelled, rows[i].wanted == SHUNT_REFUSE, "%s", rows[i].why);
        cr_expect_eq(exchange->response.status == 400, rows[i].wanted == SHUNT_REFUSE);
        cr_expect_eq(exchange->response.fields.len == 0, rows[i].wanted == SHUNT_REFUSE,
                     "%s: what was set for a 101 is no part of a refusal", rows[i].why);
        exchange_put(exchange);
    }
}

Test(exchange_negotiation, a_deferred_one_has_its_own_copy_and_goes_on_from_where_it_stood)
{
    struct shunt_exchange *exchange = begin(SHUNT_DEFER, SHUNT_ACCEPT), *other;

    cr_assert_eq(exchange_negotiation_ask(exchange), SHUNT_DEFER);
    cr_assert(exchange_negotiation_defer(exchange));
    cr_expect_gt(loop.memory.used, sizeof bytes);
    other = begin(SHUNT_DEFER, SHUNT_ACCEPT);
    cr_assert_eq(exchange_negotiation_ask(other), SHUNT_DEFER);
    cr_expect_not(exchange_negotiation_defer(other), "one is the limit");
    cr_expect_eq(context.counters.upgrades_overflow, 1);
    exchange_put(other);

    memset(bytes, '#', sizeof bytes - 1);
    cr_expect(shunt_span_equal(exchange_upgrade_offer(&exchange->upgrade), shunt_span_of("first")));
    cr_expect(
        shunt_span_equal(exchange_upgrade_request(&exchange->upgrade)->path, shunt_span_of("/a")));
    exchange_upgrade_settle(&exchange->upgrade, SHUNT_DECLINE);
    cr_expect_eq(settled, 1);
    cr_expect_eq(exchange_negotiation_go_on(exchange, SHUNT_DECLINE), SHUNT_ACCEPT);
    cr_expect(
        shunt_span_equal(exchange_upgrade_offer(&exchange->upgrade), shunt_span_of("second")));
    exchange_put(exchange);
    cr_expect_eq(loop.memory.used, 0);
    cr_expect_eq(context.pending_upgrades, 0);
}

Test(exchange_negotiation, settling_within_negotiate_or_by_deferring_is_ignored)
{
    struct shunt_exchange *exchange = begin(SHUNT_DEFER, SHUNT_ACCEPT);

    settles = true;
    cr_expect_eq(exchange_negotiation_ask(exchange), SHUNT_DEFER);
    exchange_upgrade_settle(&exchange->upgrade, SHUNT_DEFER);
    cr_expect_eq(settled, 0);
    exchange_put(exchange);
}
