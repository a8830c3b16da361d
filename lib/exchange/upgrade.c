#include "exchange/upgrade.h"

#include "base/log.h"

/* ---- begin ---- */

/* Nothing is set for an answer. */
static void answer_init(struct shunt_upgrade *upgrade)
{
    upgrade->status_chosen = false;
    upgrade->user = NULL;
    memset(upgrade->state, 0, sizeof upgrade->state);
}

void exchange_upgrade_begin(struct shunt_exchange *exchange)
{
    struct shunt_upgrade *upgrade = &exchange->upgrade;

    upgrade->offers = (struct exchange_offers){0};
    upgrade->early_bytes = 0;
    upgrade->asking = false;
    answer_init(upgrade);
}

void exchange_upgrade_reset(struct shunt_exchange *exchange)
{
    exchange_response_clear(exchange->context, &exchange->response);
    answer_init(&exchange->upgrade);
}

/* ---- what a plugin asks and sets ---- */

struct shunt_span exchange_upgrade_offer(const struct shunt_upgrade *upgrade)
{
    return upgrade->offers.offer;
}

const struct shunt_settings *exchange_upgrade_settings(const struct shunt_upgrade *upgrade)
{
    return exchange_of_upgrade(upgrade)->route->settings;
}

const struct shunt_request *exchange_upgrade_request(const struct shunt_upgrade *upgrade)
{
    return &exchange_of_upgrade(upgrade)->request;
}

struct shunt_worker *exchange_upgrade_worker(const struct shunt_upgrade *upgrade)
{
    return exchange_of_upgrade(upgrade)->context->loop;
}

size_t exchange_upgrade_early_bytes(const struct shunt_upgrade *upgrade)
{
    return upgrade->early_bytes;
}

/* "Connection: close" is the one connection option that a plugin may ask for (docs/design.md:
 * upgrade rule 7). */
enum shunt_status exchange_upgrade_field(struct shunt_upgrade *upgrade, struct shunt_span name,
                                         struct shunt_span value)
{
    struct shunt_response *response = &exchange_of_upgrade(upgrade)->response;

    if (shunt_span_equal_nocase(name, shunt_span_of("Connection")) &&
        shunt_span_equal_nocase(value, shunt_span_of("close"))) {
        response->close = true;
        return SHUNT_OK;
    }
    return exchange_response_field(response, name, value);
}

enum shunt_status exchange_upgrade_refuse(struct shunt_upgrade *upgrade, unsigned status,
                                          const char *content_type, struct shunt_span body)
{
    struct shunt_response *response = &exchange_of_upgrade(upgrade)->response;
    enum shunt_status result = shunt_response_status(response, status);

    if (result != SHUNT_OK) {
        return result;
    }
    upgrade->status_chosen = true;
    return content_type ? shunt_response_body(response, content_type, body.at, body.len) : SHUNT_OK;
}

void *exchange_upgrade_state(struct shunt_upgrade *upgrade)
{
    return upgrade->state;
}

void *exchange_upgrade_user(const struct shunt_upgrade *upgrade)
{
    return upgrade->user;
}

void exchange_upgrade_set_user(struct shunt_upgrade *upgrade, void *user)
{
    upgrade->user = user;
}

shunt_id exchange_upgrade_id(const struct shunt_upgrade *upgrade)
{
    return conn_id(exchange_of_upgrade(upgrade)->conn);
}

void exchange_upgrade_settle(struct shunt_upgrade *upgrade, enum shunt_verdict verdict)
{
    if (upgrade->asking || verdict == SHUNT_DEFER) {
        log_error("a plugin settled an upgrade from within negotiate, or by deferring it: ignored");
        return;
    }
    upgrade->settled(exchange_of_upgrade(upgrade), verdict);
}
