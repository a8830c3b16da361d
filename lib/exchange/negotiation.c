#include "exchange/negotiation.h"

static const struct registry_protocol *asked(const struct shunt_exchange *exchange)
{
    return &exchange->context->loop->registry->protocols[exchange->upgrade.offers.protocol];
}

static void *local_of(const struct shunt_exchange *exchange)
{
    return exchange->context->loop->locals[asked(exchange)->plugin];
}

static enum shunt_verdict ask(struct shunt_exchange *exchange)
{
    const struct shunt_protocol *protocol = &asked(exchange)->protocol;
    enum shunt_verdict verdict = SHUNT_ACCEPT;

    if (protocol->negotiate) {
        exchange->upgrade.asking = true;
        verdict = protocol->negotiate(local_of(exchange), &exchange->request, &exchange->upgrade);
        exchange->upgrade.asking = false;
    }
    return verdict;
}

void exchange_negotiation_cancel(struct shunt_exchange *exchange)
{
    const struct shunt_protocol *protocol = &asked(exchange)->protocol;

    if (protocol->cancel) {
        exchange->upgrade.asking = true;
        protocol->cancel(local_of(exchange), &exchange->upgrade);
        exchange->upgrade.asking = false;
    }
}

void exchange_negotiation_fail(struct shunt_exchange *exchange, unsigned status)
{
    exchange_negotiation_cancel(exchange);
    exchange_upgrade_reset(exchange); /* its fields were for a 101 */
    exchange->upgrade.status_chosen = true;
    exchange->response.status = status;
    exchange->response.close = true;
}

/* Has the client sent bytes that the accepted protocol forbids before the 101, and are they refused?
 * The first is counted. */
static bool early_refused(struct shunt_exchange *exchange)
{
    struct exchange_context *context = exchange->context;

    if (exchange->upgrade.early_bytes == 0 ||
        !(asked(exchange)->protocol.flags & SHUNT_EARLY_FORBIDDEN)) {
        return false;
    }
    context->counters.early_bytes++;
    return context->limits.strict_early_bytes;
}

static enum shunt_verdict accepted(struct shunt_exchange *exchange)
{
    if (early_refused(exchange)) {
        exchange_negotiation_fail(exchange, 400);
        return SHUNT_REFUSE;
    }
    return SHUNT_ACCEPT;
}

enum shunt_verdict exchange_negotiation_ask(struct shunt_exchange *exchange)
{
    struct exchange_context *context = exchange->context;

    while (exchange_offers_next(context, exchange->route, &exchange->request,
                                &exchange->upgrade.offers)) {
        switch (ask(exchange)) {
        case SHUNT_ACCEPT:
            return accepted(exchange);
        case SHUNT_REFUSE:
            return SHUNT_REFUSE;
        case SHUNT_DEFER:
            return SHUNT_DEFER;
        case SHUNT_DECLINE:
            break;
        }
        exchange_upgrade_reset(exchange);
    }
    context->counters.upgrades_declined++;
    return SHUNT_DECLINE;
}

enum shunt_verdict exchange_negotiation_go_on(struct shunt_exchange *exchange,
                                              enum shunt_verdict verdict)
{
    if (verdict == SHUNT_ACCEPT) {
        return accepted(exchange);
    }
    if (verdict == SHUNT_REFUSE) {
        return SHUNT_REFUSE;
    }
    exchange_upgrade_reset(exchange);
    return exchange_negotiation_ask(exchange);
}

bool exchange_negotiation_defer(struct shunt_exchange *exchange)
{
    struct exchange_context *context = exchange->context;

    if (exchange->pending == &context->pending_upgrades) {
        return true; /* an earlier offer of the same request was deferred */
    }
    if (context->pending_upgrades >= context->limits.pending_upgrades_max) {
        context->counters.upgrades_overflow++;
        return false;
    }
    if (exchange_keep(exchange, &context->pending_upgrades) != SHUNT_OK) {
        context->counters.no_memory++;
        return false;
    }
    return true;
}

void exchange_negotiation_refusal(struct shunt_exchange *exchange)
{
    struct shunt_response *response = &exchange->response;

    exchange->context->counters.upgrades_refused++;
    if (!exchange->upgrade.status_chosen) {
        response->status = 403;
    }
    response->bodiless = exchange_head_method(exchange);
    response->offer = exchange->route->upgrade;
}
