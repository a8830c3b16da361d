/* What a deferral copies, counts and forgets, without HTTP. Ids need a connection of a loop, which
 * tests/conformance/server_later*.c have. */
#include "exchange/deferral.h"

#include <criterion/criterion.h>

static struct shunt_worker loop = {.limits.memory_bytes_max = 1 << 20};
static struct exchange_context context = {
    .loop = &loop, .limits = {.response_bytes_max = 10000, .pending_answers_max = 1}};
static struct conn_chunk *chunk;
static struct conn *conn;
static unsigned cancellations;

static const char text[] = "GET /a HTTP/1.1\r\nA: b\r\n\r\n";

/* A slot whose chunk leads to the loop; closing, so that its id is of no account. */
static void init(void)
{
    chunk = aligned_alloc(CONN_CHUNK_BYTES, CONN_CHUNK_BYTES);
    cr_assert_not_null(chunk);
    memset(chunk, 0, CONN_CHUNK_BYTES);
    chunk->loop = &loop;
    conn = (struct conn *)(void *)chunk + 1;
    conn->state = CONN_CLOSING;
}

static void fini(void)
{
    exchange_context_fini(&context);
    cr_expect_eq(context.pending_answers, 0);
    cr_expect_eq(loop.memory.used, 0);
    free(chunk);
}

TestSuite(exchange_deferral, .init = init, .fini = fini);

static struct shunt_exchange *begin(void)
{
    struct shunt_exchange *exchange = exchange_take(&context, conn);

    cr_assert_not_null(exchange);
    exchange->request =
        (struct shunt_request){.method = {text, 3}, .path = {text + 4, 2}, .field_count = 0};
    exchange->upgrade.offers = (struct exchange_offers){0};
    exchange->end = text + sizeof text - 1;
    return exchange;
}

static void cancelled(void *arg)
{
    cr_expect_eq(arg, &cancellations);
    cancellations++;
}

static enum shunt_status defer(struct shunt_exchange *exchange)
{
    shunt_id id;

    return shunt_response_defer(&exchange->response, cancelled, &cancellations, &id);
}

Test(exchange_deferral, the_request_is_copied_and_counted_until_the_exchange_ends)
{
    struct shunt_exchange *exchange = begin(), *other;

    cr_expect_eq(defer(exchange), SHUNT_OK);
    cr_expect_neq(exchange->request.path.at, text + 4);
    cr_expect(shunt_span_equal(exchange->request.path, shunt_span_of("/a")));
    cr_expect_eq(context.pending_answers, 1);
    cr_expect_gt(loop.memory.used, sizeof text - 1);
    cr_expect_eq(defer(exchange), SHUNT_ESTATE);
    other = begin();
    cr_expect_eq(defer(other), SHUNT_EFULL);
    cr_expect_not(other->deferred);
    cr_expect_eq(context.counters.answers_overflow, 1);
    exchange_put(other);
    exchange_put(exchange);
}

Test(exchange_deferral, one_that_is_deferred_again_is_counted_once)
{
    struct shunt_exchange *exchange = begin();

    cr_expect_eq(defer(exchange), SHUNT_OK);
    exchange->deferred = false; /* as a handler runs for it */
    cr_expect_eq(defer(exchange), SHUNT_OK);
    cr_expect_eq(context.pending_answers, 1);
    exchange_put(exchange);
}

Test(exchange_deferral, a_deferred_upgrade_that_becomes_a_deferred_answer_moves_from_count_to_count)
{
    struct shunt_exchange *exchange = begin();

    cr_assert_eq(exchange_keep(exchange, &context.pending_upgrades), SHUNT_OK);
    cr_expect_eq(context.pending_upgrades, 1);
    cr_expect_eq(defer(exchange), SHUNT_OK);
    cr_expect_eq(context.pending_upgrades, 0);
    cr_expect_eq(context.pending_answers, 1);
    exchange_put(exchange);
}

Test(exchange_deferral, without_memory_nothing_has_changed)
{
    struct shunt_exchange *exchange = begin();

    loop.limits.memory_bytes_max = 2 * sizeof text; /* a half of it is for requests */
    cr_expect_eq(defer(exchange), SHUNT_ENOMEM);
    cr_expect_not(exchange->deferred);
    cr_expect_eq(exchange->request.path.at, text + 4);
    cr_expect_eq(context.counters.no_memory, 1);
    exchange_put(exchange);
    loop.limits.memory_bytes_max = 1 << 20;
}

Test(exchange_deferral, what_fails_is_cancelled_once_and_503_with_nothing_of_the_handlers)
{
    static char body[5000];
    struct shunt_exchange *exchange = begin();

    cr_assert_eq(shunt_response_field(&exchange->response, "X", "y"), SHUNT_OK);
    cr_assert_eq(shunt_response_body(&exchange->response, "text/x", body, sizeof body), SHUNT_OK);
    cr_expect_eq(defer(exchange), SHUNT_OK);
    exchange_deferral_fail(exchange);
    cr_expect_eq(cancellations, 1);
    cr_expect_not(exchange->deferred);
    cr_expect_eq(exchange->response.status, 503);
    cr_expect_eq(exchange->response.fields.len, 0);
    cr_expect_null(exchange->response.owned);
    cr_expect_eq(context.counters.answers_cancelled, 1);
    exchange_put(exchange);
}
