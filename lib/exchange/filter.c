/* exchange->filters_asked counts those that were asked: the next one to ask, and the first to look
 * at the answer. */
#include "exchange/filter.h"

#include "conn/post.h"
#include "exchange/deferral.h"

/* Nothing that a filter may return has happened. */
static void contradict(struct shunt_exchange *exchange, const char *name)
{
    struct exchange_context *context = exchange->context;

    log_limit_line(&context->answer_log, context->loop->now_ms, SHUNT_LOG_ERROR,
                   "filter %s: it neither lets the request go on nor has answered or deferred it: "
                   "answered with 500",
                   name);
    exchange_response_clear(context, &exchange->response);
    exchange_response_text(&exchange->response, 500, shunt_span_of("Internal Server Error\n"));
}

/* True: ask the next one. */
static bool ask(struct shunt_exchange *exchange, const struct exchange_filter *one)
{
    enum shunt_filtering outcome;

    exchange->plugin = one->plugin;
    outcome = one->filter.before(one->state, &exchange->request, &exchange->response);
    if (exchange->deferred || exchange->pieces != EXCHANGE_WHOLE) {
        return false;
    }
    if (outcome == SHUNT_GO_ON) {
        exchange->response.kept_bytes = exchange->response.fields.len;
        return true;
    }
    if (outcome != SHUNT_ANSWERED) {
        contradict(exchange, one->filter.name);
    }
    exchange->context->counters.filters_answered++;
    return false;
}

static bool ask_next(struct shunt_exchange *exchange)
{
    const struct exchange_filters *filters = exchange->filters;

    while (exchange->filters_asked < filters->count) {
        const struct exchange_filter *one = filters->items[exchange->filters_asked++];

        if (one->filter.before && !ask(exchange, one)) {
            return false;
        }
    }
    exchange->filtering = false;
    return true;
}

bool exchange_filter_begin(struct shunt_exchange *exchange)
{
    exchange->filters_asked = 0;
    exchange->filtering = true;
    return ask_next(exchange);
}

bool exchange_filter_go_on(struct shunt_exchange *exchange)
{
    exchange->goes_on = false;
    exchange->response.kept_bytes = exchange->response.fields.len;
    return ask_next(exchange);
}

/* What a body that was refused brings is the answer that filters see. */
void exchange_filter_after(struct shunt_exchange *exchange)
{
    struct shunt_response *response = &exchange->response;
    size_t left = exchange->filters_asked;
    unsigned plugin = exchange->plugin; /* whose handler may be within shunt_response_begin() */

    exchange->filters_asked = 0;
    exchange->filtering = false;
    if (response->refused && left > 0) {
        exchange_response_replace(exchange->context, response, exchange->request.path);
    }
    response->amending = true;
    while (left-- > 0) {
        const struct exchange_filter *one = exchange->filters->items[left];

        if (one->filter.after) {
            exchange->plugin = one->plugin;
            one->filter.after(one->state, &exchange->request, response);
        }
    }
    response->amending = false;
    exchange->plugin = plugin;
}

/* ---- letting a deferred exchange go on ---- */

enum shunt_status shunt_response_go_on(struct shunt_response *response)
{
    struct shunt_exchange *exchange = exchange_of_response(response);

    if (!exchange->running || !exchange->filtering) {
        return SHUNT_ESTATE;
    }
    exchange->goes_on = true;
    return SHUNT_OK;
}

static void go_on(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    (void)arg, (void)request;
    if (shunt_response_go_on(response) != SHUNT_OK) {
        exchange_response_text(response, 500, shunt_span_of("Internal Server Error\n"));
    }
}

enum shunt_status shunt_exchange_go_on(shunt_id id)
{
    return shunt_exchange_post(id, go_on, NULL, NULL);
}
