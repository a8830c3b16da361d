#include "http1/refusal.h"

#include "conn/close.h"
#include "exchange/done.h"
#include "exchange/filter.h"
#include "http/head.h"
#include "http/reason.h"
#include "http1/output.h"
#include "http1/slot.h"

/* `exchange` has `response`; NULL: no exchange has. */
static void respond(struct conn *conn, struct shunt_response *response, unsigned status,
                    bool head_method, struct shunt_exchange *exchange)
{
    char text[64];
    struct http_writer out = {.at = text, .room = sizeof text};

    http_write_bytes(&out, shunt_span_of(http_reason(status)));
    http_write_bytes(&out, (struct shunt_span){"\n", 1});
    exchange_response_text(response, status, (struct shunt_span){text, out.len});
    if (exchange) {
        exchange_filter_answer(exchange);
    }
    response->close = true;
    response->bodiless = head_method;
    http1_output_respond(conn, response, (struct shunt_span){0});
    response->body = (struct shunt_span){0}; /* `text` is gone, and the exchange is not yet put */
}

void http1_refuse(struct conn *conn, unsigned status, struct shunt_span bytes)
{
    struct exchange_context *context = exchange_context_of(conn);
    struct shunt_response response;

    exchange_response_init(context, &response);
    respond(conn, &response, status, http_asks_for_head(bytes), NULL);
    if (context->observer) {
        struct exchange_done done = {
            .conn = conn,
            .bytes = bytes,
            .status = response.status_sent,
            .body_bytes = response.body_sent,
            .begun_ns = http1_session_begun_take(conn),
            .connection = http1_slot_of(conn)->connection,
            .number = http1_slot_of(conn)->requests + 1,
        };

        exchange_done_partly(context, &done);
    }
}

void http1_refuse_exchange(struct shunt_exchange *exchange, unsigned status)
{
    if (exchange->pieces != EXCHANGE_WHOLE) {
        conn_close(exchange->conn, SHUNT_CLOSE_NOW, SHUNT_CLOSED_BY_PROTOCOL);
        return;
    }
    exchange_response_clear(exchange->context, &exchange->response);
    respond(exchange->conn, &exchange->response, status, exchange_head_method(exchange), exchange);
}

void http1_refusal_count(struct exchange_context *context, enum shunt_status status)
{
    if (status == SHUNT_ETOOBIG) {
        context->counters.too_big++;
    } else if (status == SHUNT_ENOMEM) {
        context->counters.no_memory++;
    } else {
        context->counters.malformed++;
    }
}

void http1_refusal_missed(const struct http1_session *session)
{
    struct exchange_done done = {
        .conn = session->conn,
        .bytes = {session->buffer, session->len},
        .begun_ns = session->begun_ns,
        .connection = http1_slot_of(session->conn)->connection,
        .number = http1_slot_of(session->conn)->requests + 1,
    };

    exchange_done_partly(exchange_context_of(session->conn), &done);
}
