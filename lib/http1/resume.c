/* What has arrived meanwhile waits for the end of the turn, as http1_deferral_go_on() has it. */
#include "http1/resume.h"

#include "conn/input.h"
#include "conn/timer.h"
#include "exchange/filter.h"
#include "http1/deferral.h"
#include "http1/serve.h"
#include "http1/upgrade.h"

/* The session has the exchange no longer. */
static void finish(struct shunt_exchange *exchange, struct shunt_span rest,
                   enum shunt_verdict verdict)
{
    struct conn *conn = exchange->conn;

    switch (http1_upgrade_finish(exchange, verdict, rest)) {
    case HTTP1_SWITCHED:
        http1_upgrade_hand_off(exchange, rest, true);
        break;
    case HTTP1_DEFERRED:
        break; /* its timer goes on */
    case HTTP1_ANSWERED:
        http1_deferral_go_on(conn);
        break;
    }
}

void http1_resume_settled(struct shunt_exchange *exchange, enum shunt_verdict verdict)
{
    struct conn *conn = exchange->conn;
    struct http1_session *session = conn->user;
    struct shunt_span rest = {session->buffer, session->len};

    conn_resume(conn); /* ends HTTP's own pause, so that one that open() begins is the protocol's */
    if (conn->state != CONN_UPGRADING) {
        /* It closes, maybe for lack of memory just now. A protocol that has accepted may have
         * something to give back; one that has not expects no call. */
        http1_upgrade_cancel(session, verdict == SHUNT_ACCEPT);
        return;
    }
    session->exchange = NULL;
    conn_id_renew(conn); /* a late post must not reach the next negotiation of this connection */
    finish(exchange, rest, exchange_negotiation_go_on(exchange, verdict));
}

/* Filters are done, and protocols are asked. */
static void negotiate(struct shunt_exchange *exchange)
{
    struct conn *conn = exchange->conn;
    struct http1_session *session = conn->user;
    struct shunt_span rest = {session->buffer, session->len};

    session->exchange = NULL;
    conn_resume(conn);
    conn_timer(conn, exchange->context->limits.upgrade_ms);
    http1_upgrade_begin(exchange, rest.len);
    finish(exchange, rest, exchange_negotiation_ask(exchange));
}

void http1_resume_filtered(struct shunt_exchange *exchange)
{
    bool asked, answered;

    exchange->running = true; /* its id leads nowhere before this returns */
    asked = exchange_filter_go_on(exchange);
    if (asked && exchange->asks_upgrade) {
        exchange->running = false;
        negotiate(exchange);
        return;
    }
    answered = (asked ? http1_serve : http1_serve_finish)(exchange);
    exchange->running = false;
    if (answered) {
        http1_deferral_written(exchange);
    } else {
        exchange_deferral_go_on(exchange);
    }
}
