/*
 * A body that comes belongs to the session's exchange, and nothing of it is kept but its trailers.
 * Callbacks may answer the exchange, which consumes it, so it is looked up anew behind each.
 */
#include "http1/body.h"

#include "conn/close.h"
#include "conn/input.h"
#include "conn/timer.h"
#include "exchange/body.h"
#include "exchange/deferral.h"
#include "http1/output.h"
#include "http1/refusal.h"

/* ---- asked for, and held back ---- */

bool http1_body_offer(struct conn *conn, const struct http1_progress *progress)
{
    struct http1_session *session = http1_session_need(conn);

    if (session) {
        session->progress = *progress;
    }
    return session;
}

/* What has come before the body was asked for, and the end behind it. */
static void give_again(struct http1_session *session)
{
    struct conn *conn = session->conn;

    conn_resume(conn);
    conn_input_later(conn, (const uint8_t *)session->buffer, session->len);
    (void)!http1_session_keep(session, NULL, 0);
    if (session->ended) {
        session->ended = false;
        conn_end_later(conn);
    }
}

static bool has_more(const struct http1_progress *progress)
{
    return progress->framing == HTTP_BODY_CHUNKED ||
           (progress->framing == HTTP_BODY_LENGTH && progress->content_length > 0);
}

/* Behind a head that has gone out no 100 may follow. */
void http1_body_begin(struct shunt_exchange *exchange)
{
    struct http1_session *session = exchange->conn->user;
    struct http1_progress *progress = session ? &session->progress : NULL;

    if (!progress || progress->reading != HTTP1_READ_ASKED || !has_more(progress)) {
        exchange->body.state = EXCHANGE_BODY_HERE;
        return;
    }
    exchange->body.state = EXCHANGE_BODY_COMING;
    progress->reading = HTTP1_READ_PIECES;
    if (progress->expects && exchange->pieces == EXCHANGE_WHOLE) {
        http1_output_continue(exchange->conn);
        progress->continued = true;
    }
    if (session->exchange == exchange) {
        session->answer_until_ms = conn_after_ms(exchange->conn, http1_body_ms(exchange));
        conn_timer_at(exchange->conn, session->answer_until_ms);
        give_again(session);
    }
}

void http1_body_pause(struct shunt_exchange *exchange)
{
    struct conn *conn = exchange->conn;
    struct http1_session *session = conn->user;

    if (conn->state != CONN_HTTP) {
        return;
    }
    if (exchange->body.paused) {
        conn_pause(conn);
    } else {
        conn_resume(conn);
    }
    if (session->exchange == exchange) {
        session->answer_until_ms = conn_after_ms(conn, http1_body_ms(exchange));
        conn_timer_at(conn, session->answer_until_ms);
    }
}

uint32_t http1_body_ms(const struct shunt_exchange *exchange)
{
    const struct exchange_limits *limits = &exchange->context->limits;

    return exchange->body.state == EXCHANGE_BODY_COMING && !exchange->body.paused
               ? limits->body_ms
               : limits->answer_ms;
}

/* ---- read ---- */

/* In the exchange's arena, for its handlers may want them until it is answered. */
static enum shunt_status keep_trailers(struct http1_session *session, unsigned *answer)
{
    struct shunt_request *request = &session->exchange->request;
    size_t len = session->len, fields_bytes = HTTP_TRAILERS_MAX * sizeof(struct shunt_field);
    char *section;
    void *fields;

    if (len == 0) {
        return SHUNT_OK;
    }
    *answer = 503;
    fields = shunt_request_alloc(request, fields_bytes);
    section = shunt_request_alloc(request, len);
    if (!fields || !section) {
        return SHUNT_ENOMEM;
    }
    memcpy(section, session->buffer, len);
    *answer = 431;
    return http1_request_trailers((struct shunt_span){section, len}, fields, request);
}

/* The body is whole, though maybe its last bytes have not been given. */
static enum shunt_status whole(struct http1_session *session, unsigned *answer)
{
    enum shunt_status status = keep_trailers(session, answer);
    struct conn *conn = session->conn;

    if (status != SHUNT_OK) {
        return status;
    }
    (void)!http1_session_keep(session, NULL, 0);
    session->progress = (struct http1_progress){0};
    session->exchange->body.state = EXCHANGE_BODY_READ;
    session->answer_until_ms = conn_after_ms(conn, http1_body_ms(session->exchange));
    conn_timer_at(conn, session->answer_until_ms);
    return SHUNT_OK;
}

/* One piece from the front of `in`. False: there is none, or the body is wrong. */
static bool read_piece(struct http1_session *session, struct shunt_span *in)
{
    struct shunt_exchange *exchange = session->exchange;
    struct shunt_span data, trailers;
    unsigned answer = 503;
    size_t used;
    enum shunt_status status =
        http1_request_piece(&session->progress, *in, &used, &data, &trailers, &answer);
    bool more = status == SHUNT_AGAIN;

    in->at += used;
    in->len -= used;
    if ((more || status == SHUNT_OK) && trailers.len > 0 &&
        http1_session_append(session, trailers.at, trailers.len) != SHUNT_OK) {
        status = SHUNT_ENOMEM;
        answer = 503;
    }
    if (status == SHUNT_OK) {
        status = whole(session, &answer);
    }
    if (status != SHUNT_OK && status != SHUNT_AGAIN) {
        http1_refusal_count(exchange->context, status);
        http1_body_cut(session, answer);
        return false;
    }
    exchange->context->counters.body_bytes_streamed += data.len;
    exchange_body_data(exchange, data);
    return used > 0;
}

static bool reads(const struct conn *conn)
{
    return conn->state == CONN_HTTP && http1_body_comes(conn->user) &&
           !((const struct http1_session *)conn->user)->exchange->body.paused;
}

void http1_body_read(struct conn *conn, const uint8_t *bytes, size_t len)
{
    struct shunt_span in = {(const char *)bytes, len};

    while (in.len > 0 && reads(conn) && read_piece(conn->user, &in)) {
    }
    if (reads(conn)) {
        struct http1_session *session = conn->user;

        session->answer_until_ms = conn_after_ms(conn, http1_body_ms(session->exchange));
    }
    conn_input_later(conn, (const uint8_t *)in.at, in.len);
}

/* ---- not to its end ---- */

void http1_body_cut(struct http1_session *session, unsigned status)
{
    struct shunt_exchange *exchange = session->exchange;

    session->exchange = NULL;
    session->progress = (struct http1_progress){0};
    exchange->context->counters.bodies_cut++;
    exchange_deferral_cancel(exchange);
    if (status > 0) {
        http1_refuse_exchange(exchange, status);
    } else {
        conn_close(exchange->conn,
                   exchange->pieces == EXCHANGE_WHOLE ? SHUNT_CLOSE_GRACEFUL : SHUNT_CLOSE_NOW,
                   SHUNT_CLOSED_BY_PEER);
    }
    exchange_put(exchange);
}

bool http1_body_leave(struct conn *conn, struct http1_progress *progress)
{
    uint64_t most = exchange_context_of(conn)->limits.body_bytes_max;

    if (progress->reading == HTTP1_READ_DROP) {
        return true;
    }
    if (!has_more(progress)) {
        *progress = (struct http1_progress){0};
        return false;
    }
    progress->reading = HTTP1_READ_DROP;
    if (progress->framing == HTTP_BODY_LENGTH && progress->content_length > most) {
        conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    } else if (progress->body_bytes_max - progress->body_len > most) {
        progress->body_bytes_max = progress->body_len + most;
    }
    return true;
}

/* Without its 100 a client may send the body or the next request: none can tell which. An answer in
 * pieces may last until the body has come. */
bool http1_body_closes(const struct shunt_exchange *exchange)
{
    const struct http1_session *session = exchange->conn->user;
    const struct http1_progress *progress = session ? &session->progress : NULL;

    if (!progress ||
        (progress->reading != HTTP1_READ_ASKED && progress->reading != HTTP1_READ_PIECES)) {
        return false;
    }
    if (progress->expects && !progress->continued) {
        return true;
    }
    return exchange->pieces == EXCHANGE_WHOLE && progress->framing == HTTP_BODY_LENGTH &&
           progress->content_length > exchange->context->limits.body_bytes_max;
}

size_t http1_body_drop(struct conn *conn, struct http1_progress *progress, struct shunt_span in)
{
    size_t used;
    enum shunt_status status = http1_request_drop(progress, in, &used);

    if (status == SHUNT_OK) {
        *progress = (struct http1_progress){0};
    } else if (status != SHUNT_AGAIN) {
        http1_refusal_count(exchange_context_of(conn), status);
        conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    }
    return used;
}
