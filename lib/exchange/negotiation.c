#include "exchange/negotiation.h"

static const struct registry_protocol *asked(const struct shunt_upgrade *upgrade)
{
    return &upgrade->context->loop->registry->protocols[upgrade->offers.protocol];
}

static void *local_of(const struct shunt_upgrade *upgrade)
{
    return upgrade->context->loop->locals[asked(upgrade)->plugin];
}

static enum shunt_verdict ask(struct shunt_upgrade *upgrade)
{
    const struct shunt_protocol *protocol = &asked(upgrade)->protocol;
    enum shunt_verdict verdict = SHUNT_ACCEPT;

    if (protocol->negotiate) {
        upgrade->asking = true;
        verdict = protocol->negotiate(local_of(upgrade), &upgrade->request, upgrade);
        upgrade->asking = false;
    }
    return verdict;
}

void exchange_negotiation_cancel(struct shunt_upgrade *upgrade)
{
    const struct shunt_protocol *protocol = &asked(upgrade)->protocol;

    if (protocol->cancel) {
        upgrade->asking = true;
        protocol->cancel(local_of(upgrade), upgrade);
        upgrade->asking = false;
    }
}

void exchange_negotiation_fail(struct shunt_upgrade *upgrade, unsigned status)
{
    exchange_negotiation_cancel(upgrade);
    upgrade->status_chosen = true;
    upgrade->response.status = status;
    upgrade->response.close = true;
}

/* Has the client sent bytes that the accepted protocol forbids before the 101, and are they refused?
 * The first is counted. */
static bool early_refused(struct shunt_upgrade *upgrade)
{
    struct exchange_context *context = upgrade->context;

    if (upgrade->early_bytes == 0 || !(asked(upgrade)->protocol.flags & SHUNT_EARLY_FORBIDDEN)) {
        return false;
    }
    context->counters.early_bytes++;
    return context->limits.strict_early_bytes;
}

static enum shunt_verdict accepted(struct shunt_upgrade *upgrade)
{
    if (early_refused(upgrade)) {
        exchange_negotiation_fail(upgrade, 400);
        return SHUNT_REFUSE;
    }
    return SHUNT_ACCEPT;
}

enum shunt_verdict exchange_negotiation_ask(struct shunt_upgrade *upgrade)
{
    struct exchange_context *context = upgrade->context;

    while (exchange_offers_next(context, upgrade->route, &upgrade->request, &upgrade->offers)) {
        switch (ask(upgrade)) {
        case SHUNT_ACCEPT:
            return accepted(upgrade);
        case SHUNT_REFUSE:
            return SHUNT_REFUSE;
        case SHUNT_DEFER:
            return SHUNT_DEFER;
        case SHUNT_DECLINE:
            break;
        }
        exchange_upgrade_reset(upgrade);
    }
    context->counters.upgrades_declined++;
    return SHUNT_DECLINE;
}

enum shunt_verdict exchange_negotiation_go_on(struct shunt_upgrade *upgrade,
                                              enum shunt_verdict verdict)
{
    if (verdict == SHUNT_ACCEPT) {
        return accepted(upgrade);
    }
    if (verdict == SHUNT_REFUSE) {
        return SHUNT_REFUSE;
    }
    exchange_upgrade_reset(upgrade);
    return exchange_negotiation_ask(upgrade);
}

bool exchange_negotiation_defer(struct shunt_upgrade *upgrade, const char *end)
{
    struct exchange_context *context = upgrade->context;

    if (!upgrade->request_copy) {
        if (context->pending_upgrades >= context->limits.pending_upgrades_max) {
            context->counters.upgrades_overflow++;
            return false;
        }
        if (exchange_upgrade_keep_request(upgrade, end) != SHUNT_OK) {
            context->counters.no_memory++;
            return false;
        }
    }
    return true;
}

void exchange_negotiation_refusal(struct shunt_upgrade *upgrade)
{
    struct shunt_response *response = &upgrade->response;

    upgrade->context->counters.upgrades_refused++;
    if (!upgrade->status_chosen) {
        response->status = 403;
    }
    response->bodiless = exchange_upgrade_head_method(upgrade);
    response->offer = upgrade->route->upgrade;
}
