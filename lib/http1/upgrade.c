#include "http1/upgrade.h"

#include "conn/input.h"
#include "conn/stream.h"
#include "conn/timer.h"
#include "http1/output.h"
#include "http1/serve.h"

struct shunt_upgrade *http1_upgrade_begin(struct http1_context *context, struct conn *conn,
                                          const struct exchange_route *route,
                                          const struct shunt_request *request)
{
    struct shunt_upgrade *upgrade = exchange_upgrade_take(&context->exchange, conn, route, request);

    if (!upgrade) {
        context->exchange.counters.no_memory++;
        http1_output_refuse(conn, 503, context->head.head_method);
        return NULL;
    }
    upgrade->keep_alive = context->head.keep_alive;
    conn_state_set(conn, CONN_UPGRADING);
    return upgrade;
}

static enum http1_outcome serve(struct shunt_upgrade *upgrade)
{
    conn_state_set(upgrade->conn, CONN_HTTP);
    http1_serve(upgrade->conn, upgrade->route, &upgrade->request, upgrade->keep_alive);
    exchange_upgrade_put(upgrade);
    return HTTP1_ANSWERED;
}

static enum http1_outcome refuse(struct shunt_upgrade *upgrade)
{
    struct conn *conn = upgrade->conn;
    struct shunt_response *response = &upgrade->response;

    conn_state_set(conn, CONN_HTTP);
    exchange_negotiation_refusal(upgrade);
    response->close = response->close || http1_output_last(conn, upgrade->keep_alive);
    http1_output_respond(conn, response, upgrade->request.path);
    exchange_upgrade_put(upgrade);
    return HTTP1_ANSWERED;
}

static enum http1_outcome switch_protocols(struct shunt_upgrade *upgrade)
{
    http1_output_switching(upgrade);
    if (upgrade->conn->state == CONN_CLOSING) {
        exchange_negotiation_cancel(upgrade);
        exchange_upgrade_put(upgrade); /* HTTP stays the owner, and its `closed` runs */
        return HTTP1_ANSWERED;
    }
    upgrade->context->counters.upgrades_accepted++;
    return HTTP1_SWITCHED;
}

static enum http1_outcome defer(struct shunt_upgrade *upgrade, struct shunt_span rest)
{
    struct exchange_context *context = upgrade->context;
    bool again = upgrade->request_copy != NULL; /* then `rest` is in the session already */
    struct http1_session *session;

    if (!exchange_negotiation_defer(upgrade, rest.at)) {
        goto refuse;
    }
    session = http1_session_need(upgrade->conn);
    if (!session || (!again && http1_session_keep(session, rest.at, rest.len) != SHUNT_OK)) {
        context->counters.no_memory++;
        goto refuse;
    }
    session->progress = (struct http1_progress){0};
    session->upgrade = upgrade;
    context->counters.upgrades_deferred++;
    return HTTP1_DEFERRED;
refuse:
    exchange_negotiation_fail(upgrade, 503);
    return refuse(upgrade);
}

enum http1_outcome http1_upgrade_finish(struct shunt_upgrade *upgrade, enum shunt_verdict verdict,
                                        struct shunt_span rest)
{
    switch (verdict) {
    case SHUNT_ACCEPT:
        return switch_protocols(upgrade);
    case SHUNT_REFUSE:
        return refuse(upgrade);
    case SHUNT_DEFER:
        return defer(upgrade, rest);
    case SHUNT_DECLINE:
        break;
    }
    return serve(upgrade);
}

void http1_upgrade_hand_off(struct shunt_upgrade *upgrade, struct shunt_span rest, bool later)
{
    struct conn *conn = upgrade->conn;
    struct http1_session *session = conn->user;
    char *buffer = NULL;
    size_t room = 0;

    if (session) {
        buffer = session->buffer; /* the request and `rest` may lie there */
        room = session->room;
        session->buffer = NULL;
        http1_session_destroy(session);
    }
    conn_timer(conn, 0);
    conn->user = upgrade->user;
    memcpy(conn->inline_state, upgrade->state, sizeof conn->inline_state);
    conn_attach(conn, upgrade->offers.protocol);
    conn_stream_open(conn, &upgrade->request);
    if (later) {
        conn_input_later(conn, (const uint8_t *)rest.at, rest.len);
    } else {
        conn_input(conn, (uint8_t *)(uintptr_t)rest.at, rest.len);
    }
    if (conn_loop_of(conn)->draining && conn->state == CONN_PROTOCOL) {
        conn_stream_owner.shutdown(conn);
    }
    exchange_upgrade_put(upgrade);
    http1_session_buffer_free(conn, buffer, room);
}

void http1_upgrade_cancel(struct http1_session *session, bool notify)
{
    struct shunt_upgrade *upgrade = session->upgrade;

    session->upgrade = NULL;
    exchange_context_of(session->conn)->counters.upgrades_cancelled++;
    if (notify) {
        exchange_negotiation_cancel(upgrade);
    }
    exchange_upgrade_put(upgrade);
}
