/*
 * A client that closes its connection and one that only ends its direction send the same FIN, and
 * the latter still awaits its answer (RFC 9112 section 9.6). Only what is sent to a client that has
 * closed brings a reset: so it is sent interim responses, few of them, until the next one fails.
 */
#include "http1/deferral.h"

#include "conn/input.h"
#include "conn/queues.h"
#include "conn/timer.h"
#include "http1/body.h"
#include "http1/output.h"
#include "http1/phase.h"
#include "http1/pieces.h"
#include "http1/serve.h"

#include <inttypes.h>

enum { PROBE_MS_FIRST = 100 }; /* from the first to the second; doubled each time */

/* Behind a head no other answer can come: the client must see that this one is not complete. */
static void fail(struct shunt_exchange *exchange)
{
    if (exchange->pieces == EXCHANGE_WHOLE) {
        exchange_deferral_fail(exchange);
        http1_serve_write(exchange);
    } else {
        exchange_deferral_cancel(exchange);
        http1_pieces_abort(exchange);
    }
    exchange_put(exchange);
}

/* Is some of the body left, to be dropped? Trailers of it may be all that is kept. */
static bool leave_body(struct http1_session *session)
{
    if (session->progress.reading == HTTP1_READ_PIECES) {
        (void)!http1_session_keep(session, NULL, 0);
    }
    return session->conn->state != CONN_CLOSING && session->progress.reading != HTTP1_READ_WHOLE &&
           http1_body_leave(session->conn, &session->progress);
}

/* Within a call of a plugin or a handler no request is looked at: it may have one in hand, whose
 * fields lie in the worker's one room for them. */
void http1_deferral_go_on(struct conn *conn)
{
    struct http1_session *session = conn->user;
    bool ended = session->ended, unread = leave_body(session);
    char *buffer = session->buffer;
    size_t len = session->len, room = session->room;

    if (conn->state == CONN_CLOSING) {
        return;
    }
    conn_resume(conn);
    session->buffer = NULL;
    session->len = session->room = 0;
    if (!unread) {
        http1_session_destroy(session);
    }
    http1_phase_set(conn, unread ? HTTP1_BODY : len > 0 ? HTTP1_HEAD : HTTP1_IDLE, true);
    conn_input_later(conn, (const uint8_t *)buffer, len);
    http1_session_buffer_free(conn, buffer, room);
    if (ended) {
        conn_end_later(conn);
    }
}

void http1_deferral_written(struct shunt_exchange *exchange)
{
    struct conn *conn = exchange->conn;
    struct http1_session *session = conn->user;

    session->exchange = NULL;
    exchange_put(exchange);
    http1_deferral_go_on(conn);
}

void http1_deferral_answered(struct shunt_exchange *exchange)
{
    if (exchange->pieces == EXCHANGE_WHOLE) {
        http1_serve_write(exchange);
    }
    http1_deferral_written(exchange);
}

bool http1_deferral_begin(struct shunt_exchange *exchange, const struct http1_progress *progress,
                          struct shunt_span rest)
{
    struct conn *conn = exchange->conn;
    struct http1_session *session = http1_session_need(conn);

    exchange->context->counters.answers_deferred++;
    if (!session || http1_session_keep(session, rest.at, rest.len) != SHUNT_OK) {
        exchange->context->counters.no_memory++;
        fail(exchange);
        return false;
    }
    session->progress = *progress;
    session->exchange = exchange;
    session->ended = false;
    session->answer_until_ms = conn_after_ms(conn, http1_body_ms(exchange));
    if (conn->state == CONN_HTTP) { /* else a handler has aborted it */
        conn_timer_at(conn, session->answer_until_ms);
    }
    exchange_deferral_go_on(exchange);
    return true;
}

void http1_deferral_cancel(struct http1_session *session)
{
    struct shunt_exchange *exchange = session->exchange;

    session->exchange = NULL;
    exchange_deferral_cancel(exchange);
    exchange_put(exchange);
}

/* ---- time ---- */

static void probe(struct http1_session *session)
{
    struct conn *conn = session->conn;
    uint64_t next = conn_after_ms(conn, session->probe_ms);

    http1_output_continue(conn);
    session->probe_ms *= 2;
    if (conn->state == CONN_HTTP) {
        conn_timer_at(conn, next < session->answer_until_ms ? next : session->answer_until_ms);
    }
}

/* The interim responses are for HTTP/1.1 only (RFC 9110 section 15.2). */
void http1_deferral_end(struct http1_session *session)
{
    if (http1_body_comes(session)) {
        http1_body_cut(session, 0);
        return;
    }
    session->ended = true;
    session->probe_ms = PROBE_MS_FIRST;
    if (session->exchange->request.version_minor > 0 &&
        session->exchange->pieces == EXCHANGE_WHOLE) {
        probe(session);
    }
}

void http1_deferral_timer(struct http1_session *session)
{
    struct shunt_exchange *exchange = session->exchange;
    struct exchange_context *context = exchange->context;
    struct conn *conn = session->conn;
    struct shunt_span path = exchange->request.path;

    if (context->loop->now_ms < session->answer_until_ms) {
        if (exchange->pieces == EXCHANGE_WHOLE && session->ended) {
            probe(session);
        } else {
            conn_timer_at(conn, session->answer_until_ms);
        }
        return;
    }
    if (exchange->pieces != EXCHANGE_WHOLE && conn_queued(conn) > 0) {
        session->answer_until_ms = conn_after_ms(conn, context->limits.answer_ms);
        conn_timer_at(conn, session->answer_until_ms); /* it is the client that is slow: write_ms */
        return;
    }
    context->counters.timeouts++;
    if (http1_body_comes(session) && !exchange->body.paused) {
        http1_body_cut(session, 408);
        return;
    }
    context->counters.answer_timeouts++;
    log_limit_line(&context->answer_log, context->loop->now_ms, SHUNT_LOG_WARNING,
                   "%.*s: its handler gave no answer within answer_ms (%" PRIu32 "): %s",
                   (int)path.len, path.at, context->limits.answer_ms,
                   exchange->pieces == EXCHANGE_WHOLE ? "answered with 503" : "cut off");
    session->exchange = NULL;
    fail(exchange);
    http1_deferral_go_on(conn);
}
