#include "http1/upgrade.h"

#include "conn/input.h"
#include "conn/stream.h"
#include "conn/timer.h"
#include "exchange/done.h"
#include "exchange/filter.h"
#include "http1/deferral.h"
#include "http1/output.h"
#include "http1/refusal.h"
#include "http1/serve.h"

void http1_upgrade_begin(struct shunt_exchange *exchange, size_t early_bytes)
{
    exchange_upgrade_begin(exchange);
    exchange->upgrade.early_bytes = early_bytes;
    conn_state_set(exchange->conn, CONN_UPGRADING);
}

static enum http1_outcome serve(struct shunt_exchange *exchange, struct shunt_span rest)
{
    const struct http1_progress whole = {.reading = HTTP1_READ_WHOLE};

    conn_state_set(exchange->conn, CONN_HTTP);
    if (!http1_serve(exchange)) {
        return http1_deferral_begin(exchange, &whole, rest) ? HTTP1_DEFERRED : HTTP1_ANSWERED;
    }
    exchange_put(exchange);
    return HTTP1_ANSWERED;
}

static enum http1_outcome refuse(struct shunt_exchange *exchange)
{
    struct conn *conn = exchange->conn;
    struct shunt_response *response = &exchange->response;

    conn_state_set(conn, CONN_HTTP);
    exchange_negotiation_refusal(exchange);
    exchange_filter_answer(exchange);
    response->close = response->close || http1_output_last(conn, exchange->keep_alive);
    http1_output_respond(conn, response, exchange->request.path);
    exchange_put(exchange);
    return HTTP1_ANSWERED;
}

static enum http1_outcome switch_protocols(struct shunt_exchange *exchange)
{
    exchange->response.status = 101;
    exchange_filter_answer(exchange);
    http1_output_switching(exchange);
    if (exchange->conn->state == CONN_CLOSING) {
        exchange_negotiation_cancel(exchange);
        exchange_put(exchange); /* HTTP stays the owner, and its `closed` runs */
        return HTTP1_ANSWERED;
    }
    exchange->context->counters.upgrades_accepted++;
    if (exchange->begun_ns > 0) {
        exchange_done(exchange); /* what the protocol does is not part of it */
    }
    return HTTP1_SWITCHED;
}

static enum http1_outcome defer(struct shunt_exchange *exchange, struct shunt_span rest)
{
    struct exchange_context *context = exchange->context;
    struct http1_session *session;

    if (!exchange_negotiation_defer(exchange)) {
        goto refuse;
    }
    session = http1_session_need(exchange->conn);
    if (!session || http1_session_keep(session, rest.at, rest.len) != SHUNT_OK) {
        context->counters.no_memory++;
        goto refuse;
    }
    session->progress = (struct http1_progress){0};
    session->exchange = exchange;
    context->counters.upgrades_deferred++;
    return HTTP1_DEFERRED;
refuse:
    exchange_negotiation_fail(exchange, 503);
    return refuse(exchange);
}

enum http1_outcome http1_upgrade_finish(struct shunt_exchange *exchange, enum shunt_verdict verdict,
                                        struct shunt_span rest)
{
    switch (verdict) {
    case SHUNT_ACCEPT:
        return switch_protocols(exchange);
    case SHUNT_REFUSE:
        return refuse(exchange);
    case SHUNT_DEFER:
        return defer(exchange, rest);
    case SHUNT_DECLINE:
        break;
    }
    return serve(exchange, rest);
}

void http1_upgrade_hand_off(struct shunt_exchange *exchange, struct shunt_span rest, bool later)
{
    struct conn *conn = exchange->conn;
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
    conn->user = exchange->upgrade.user;
    memcpy(conn->inline_state, exchange->upgrade.state, sizeof conn->inline_state);
    conn_attach(conn, exchange->upgrade.offers.protocol);
    conn_loop_of(conn)->counters.upgrades++;
    conn_stream_open(conn, &exchange->request);
    if (later) {
        conn_input_later(conn, (const uint8_t *)rest.at, rest.len);
    } else {
        conn_input(conn, (uint8_t *)(uintptr_t)rest.at, rest.len);
    }
    if (conn_loop_of(conn)->draining && conn->state == CONN_PROTOCOL) {
        conn_stream_owner.shutdown(conn);
    }
    exchange_put(exchange);
    http1_session_buffer_free(conn, buffer, room);
}

/* The session waits for it no longer. */
static struct shunt_exchange *release(struct http1_session *session)
{
    struct shunt_exchange *exchange = session->exchange;

    session->exchange = NULL;
    exchange->context->counters.upgrades_cancelled++;
    return exchange;
}

void http1_upgrade_cancel(struct http1_session *session, bool notify)
{
    struct shunt_exchange *exchange = release(session);

    if (notify) {
        exchange_negotiation_cancel(exchange);
    }
    exchange_put(exchange);
}

void http1_upgrade_time_out(struct http1_session *session)
{
    struct shunt_exchange *exchange = release(session);

    exchange->context->counters.timeouts++;
    exchange_negotiation_cancel(exchange);
    http1_refuse_exchange(exchange, 503);
    exchange_put(exchange);
}
