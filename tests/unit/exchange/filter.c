/* Who is asked, and who sees the answer, without a connection; over one it is
 * tests/conformance/server_filters*.c's. */
#include "exchange/filter.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct shunt_worker loop = {.limits.memory_bytes_max = 1 << 20};
static struct exchange_context context = {.loop = &loop, .limits = {.response_bytes_max = 10}};
static struct shunt_exchange *exchange;
static char seen[64];
static char answers; /* the filter that answers; 0: none */

static enum shunt_filtering before(void *state, const struct shunt_request *request,
                                   struct shunt_response *response)
{
    (void)request;
    strcat(seen, state);
    cr_expect_eq(shunt_response_field(response, "F", state), SHUNT_OK);
    return *(char *)state == answers ? SHUNT_ANSWERED : SHUNT_GO_ON;
}

static void after(void *state, const struct shunt_request *request, struct shunt_response *response)
{
    shunt_id id;

    (void)request;
    strcat(seen, "-");
    strcat(seen, state);
    cr_expect_eq(shunt_response_defer(response, NULL, NULL, &id), SHUNT_ESTATE);
    cr_expect_eq(shunt_response_begin(response, NULL, 0, NULL, NULL, NULL, &id), SHUNT_ESTATE);
}

static char a[] = "a", b[] = "b", c[] = "c";
static const struct exchange_filter both = {.filter = {.before = before, .after = after},
                                            .state = a},
                                    only_after = {.filter = {.after = after}, .state = b},
                                    only_before = {.filter = {.before = before}, .state = c};

static struct exchange_filters *row;

static void init(void)
{
    row = calloc(1, sizeof *row + 3 * sizeof *row->items);
    cr_assert_not_null(row);
    row->count = 3;
    row->items[0] = &both;
    row->items[1] = &only_after;
    row->items[2] = &only_before;
    exchange = exchange_take(&context, NULL);
    cr_assert_not_null(exchange);
    exchange->filters = row;
    exchange->request = (struct shunt_request){.path = {"/", 1}, .exchange = exchange};
    answers = 0;
    seen[0] = '\0';
}

static void fini(void)
{
    exchange_put(exchange);
    exchange_context_fini(&context);
    free(row);
}

TestSuite(exchange_filter, .init = init, .fini = fini);

Test(exchange_filter, those_that_were_asked_see_the_answer_once)
{
    cr_expect(exchange_filter_begin(exchange));
    cr_expect_not(exchange_filtering(exchange));
    exchange_filter_answer(exchange);
    exchange_filter_answer(exchange);
    cr_expect_str_eq(seen, "ac-b-a");
}

Test(exchange_filter, one_behind_the_answer_is_not_asked_and_sees_nothing)
{
    answers = 'a';
    cr_expect_not(exchange_filter_begin(exchange));
    cr_expect_eq(context.counters.filters_answered, 1);
    exchange_filter_answer(exchange);
    cr_expect_str_eq(seen, "a-a");
}

Test(exchange_filter, fields_of_those_that_let_go_on_are_kept)
{
    struct shunt_response *response = &exchange->response;

    answers = 'c';
    cr_expect_not(exchange_filter_begin(exchange));
    exchange_response_clear(&context, response);
    cr_expect(shunt_span_equal((struct shunt_span){response->fields.at, response->fields.len},
                               shunt_span_of("F: a\r\n")));
}

Test(exchange_filter, a_refused_body_is_replaced_before_they_see_it)
{
    cr_expect(exchange_filter_begin(exchange));
    cr_expect_eq(shunt_response_body(&exchange->response, NULL, "more than ten", 13),
                 SHUNT_ETOOBIG);
    exchange_filter_answer(exchange);
    cr_expect_eq(exchange->response.status, 500);
    cr_expect_eq(exchange->response.refused, SHUNT_OK);
    cr_expect_eq(context.counters.responses_too_big, 1);
}

Test(exchange_filter, only_what_a_filter_has_deferred_goes_on)
{
    cr_expect_eq(shunt_response_go_on(&exchange->response), SHUNT_ESTATE);
    exchange->filtering = true;
    cr_expect_eq(shunt_response_go_on(&exchange->response), SHUNT_ESTATE, "no handler runs for it");
    exchange->running = true;
    cr_expect_eq(shunt_response_go_on(&exchange->response), SHUNT_OK);
    cr_expect(exchange->goes_on);
    exchange->running = exchange->goes_on = false;
}
