#include "exchange/upgrade.h"

#include "base/log.h"
#include "conn/memory.h"

#include <stdlib.h>

/* ---- life ---- */

/* Nothing is set for an answer. */
static void answer_init(struct shunt_upgrade *upgrade)
{
    exchange_response_init(upgrade->context, &upgrade->response);
    upgrade->status_chosen = false;
    upgrade->user = NULL;
    memset(upgrade->state, 0, sizeof upgrade->state);
}

struct shunt_upgrade *exchange_upgrade_take(struct exchange_context *context, struct conn *conn,
                                            const struct exchange_route *route,
                                            const struct shunt_request *request)
{
    struct shunt_upgrade *upgrade = context->spare;

    context->spare = NULL;
    if (!upgrade) {
        upgrade = malloc(sizeof *upgrade);
        if (!upgrade) {
            return NULL;
        }
        upgrade->request_copy = NULL;
        upgrade->fields_copy = NULL;
    }
    upgrade->context = context;
    upgrade->conn = conn;
    upgrade->route = route;
    upgrade->request = *request;
    upgrade->offers = (struct exchange_offers){0};
    upgrade->early_bytes = 0;
    upgrade->asking = false;
    answer_init(upgrade);
    return upgrade;
}

void exchange_upgrade_reset(struct shunt_upgrade *upgrade)
{
    exchange_response_fini(&upgrade->response);
    answer_init(upgrade);
}

void exchange_upgrade_destroy(struct shunt_upgrade *upgrade)
{
    if (upgrade) {
        free(upgrade->request_copy);
        free(upgrade->fields_copy);
        free(upgrade);
    }
}

void exchange_upgrade_put(struct shunt_upgrade *upgrade)
{
    struct exchange_context *context = upgrade->context;

    exchange_response_fini(&upgrade->response);
    if (upgrade->request_copy) {
        context->pending_upgrades--;
        conn_memory_release(context->loop, upgrade->copy_bytes);
        free(upgrade->request_copy);
        free(upgrade->fields_copy);
        upgrade->request_copy = NULL;
        upgrade->fields_copy = NULL;
    }
    if (context->spare) {
        exchange_upgrade_destroy(upgrade);
    } else {
        context->spare = upgrade;
    }
}

/* ---- the copy of a deferred request ---- */

static void move_span(struct shunt_span *span, const char *from, size_t len, const char *to)
{
    if (span->at >= from && span->at <= from + len && span->at) {
        span->at = to + (span->at - from);
    }
}

enum shunt_status exchange_upgrade_keep_request(struct shunt_upgrade *upgrade, const char *end)
{
    struct exchange_context *context = upgrade->context;
    struct shunt_request *request = &upgrade->request;
    const char *from = request->method.at;
    size_t len = (size_t)(end - from), fields = request->field_count;
    struct shunt_span *const spans[] = {&request->method,      &request->target, &request->path,
                                        &request->query,       &request->host,   &request->body,
                                        &upgrade->offers.offer};
    struct shunt_field *copy = malloc((fields + 1) * sizeof *copy);
    char *to = malloc(len + 1);

    upgrade->copy_bytes = len + 1 + (fields + 1) * sizeof *copy;
    if (!to || !copy ||
        !conn_memory_reserve(context->loop, CONN_MEMORY_REQUEST, upgrade->copy_bytes)) {
        free(to);
        free(copy);
        return SHUNT_ENOMEM;
    }
    memcpy(to, from, len);
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        move_span(spans[i], from, len, to);
    }
    for (size_t i = 0; i < fields; i++) {
        copy[i] = request->fields[i];
        move_span(&copy[i].name, from, len, to);
        move_span(&copy[i].value, from, len, to);
    }
    request->fields = copy;
    upgrade->request_copy = to;
    upgrade->fields_copy = copy;
    context->pending_upgrades++;
    return SHUNT_OK;
}

/* ---- what a plugin asks and sets ---- */

struct shunt_span exchange_upgrade_offer(const struct shunt_upgrade *upgrade)
{
    return upgrade->offers.offer;
}

const struct shunt_settings *exchange_upgrade_settings(const struct shunt_upgrade *upgrade)
{
    return upgrade->route->settings;
}

const struct shunt_request *exchange_upgrade_request(const struct shunt_upgrade *upgrade)
{
    return &upgrade->request;
}

struct shunt_worker *exchange_upgrade_worker(const struct shunt_upgrade *upgrade)
{
    return upgrade->context->loop;
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
    struct shunt_response *response = &upgrade->response;

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
    struct shunt_response *response = &upgrade->response;
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
    return conn_id(upgrade->conn);
}

void exchange_upgrade_settle(struct shunt_upgrade *upgrade, enum shunt_verdict verdict)
{
    if (upgrade->asking || verdict == SHUNT_DEFER) {
        log_error("a plugin settled an upgrade from within negotiate, or by deferring it: ignored");
        return;
    }
    upgrade->settled(upgrade, verdict);
}
