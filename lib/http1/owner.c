/* Feeds requests, one after the other, to serve.c or upgrade.c, keeps what is incomplete, and minds
 * the time. */
#include "http1/owner.h"

#include "conn/close.h"
#include "conn/input.h"
#include "conn/timer.h"
#include "exchange/done.h"
#include "exchange/filter.h"
#include "exchange/pieces.h"
#include "http1/body.h"
#include "http1/deferral.h"
#include "http1/output.h"
#include "http1/phase.h"
#include "http1/pieces.h"
#include "http1/refusal.h"
#include "http1/resume.h"
#include "http1/serve.h"
#include "http1/slot.h"
#include "http1/upgrade.h"

enum { EARLY_BYTES_MAX = 65536 /* kept while a negotiation is deferred; then reading pauses */ };

/* Input in hand: a view of io's buffer or of the session's. */
struct input {
    char *at;
    size_t len;
};

/* ---- time ---- */

static void on_timer(struct conn *conn)
{
    struct http1_session *session = conn->user;

    if (conn->state == CONN_UPGRADING) {
        http1_upgrade_time_out(session);
    } else if (http1_deferral_waits(session)) {
        http1_deferral_timer(session);
    } else if (!session) {
        http1_phase_idle_over(conn);
    } else {
        exchange_context_of(conn)->counters.timeouts++;
        if (session->progress.reading == HTTP1_READ_DROP) {
            conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
        } else {
            http1_refuse(conn, 408, (struct shunt_span){session->buffer, session->len});
        }
    }
}

static void on_opened(struct conn *conn)
{
    struct shunt_worker *loop = conn_loop_of(conn);
    struct http1_slot *state = http1_slot_of(conn);
    struct exchange_observer *observer = exchange_context_of(conn)->observer;

    /* A new connection owes its first request as soon as a started one owes its end. */
    *state = (struct http1_slot){.draining = loop->draining,
                                 .connection = (uint32_t)loop->counters.accepted};
    state->phase = HTTP1_HEAD;
    if (observer && observer->opened) {
        observer->opened(observer, conn, state->connection);
    }
    conn_timer(conn, state->draining ? exchange_context_of(conn)->limits.drain_idle_ms
                                     : exchange_context_of(conn)->limits.head_ms);
}

/* ---- requests ---- */

/* What has become of the front of the input. */
enum step {
    STEP_ON,   /* go on behind it */
    STEP_MORE, /* there is not enough of it, or the connection closes */
    STEP_GONE  /* all of the input is accounted for: another owner or the exchange has it */
};

static enum step go_on_after(struct shunt_exchange *exchange, enum shunt_verdict verdict,
                             struct shunt_span rest)
{
    struct conn *conn = exchange->conn;

    switch (http1_upgrade_finish(exchange, verdict, rest)) {
    case HTTP1_SWITCHED:
        http1_upgrade_hand_off(exchange, rest, false);
        return STEP_GONE;
    case HTTP1_DEFERRED:
        if (conn->state == CONN_UPGRADING) {
            conn_timer(conn, exchange_context_of(conn)->limits.upgrade_ms);
        }
        return STEP_GONE;
    case HTTP1_ANSWERED:
        break;
    }
    return STEP_ON;
}

static const struct exchange_version version = {
    .answered = http1_deferral_answered,
    .go_on = http1_resume_filtered,
    .begin = http1_pieces_begin,
    .write = http1_pieces_write,
    .end = http1_pieces_end,
    .abort = http1_pieces_abort,
    .hints = http1_output_hints,
    .body_begin = http1_body_begin,
    .body_pause = http1_body_pause,
};

/* What a handler, or a filter in its place, has left is written, or kept. */
static enum step served(struct shunt_exchange *exchange, bool answered,
                        struct http1_progress *progress, struct shunt_span rest)
{
    struct conn *conn = exchange->conn;
    bool at_head = progress->reading == HTTP1_READ_ASKED;
    struct http1_session *session = conn->user;

    if (at_head) {
        *progress = session->progress;
        session->progress = (struct http1_progress){0};
    }
    if (answered) {
        exchange_put(exchange);
    } else {
        if (progress->reading == HTTP1_READ_PIECES) {
            conn_input_later(conn, (const uint8_t *)rest.at, rest.len);
            rest.len = 0;
        }
        if (http1_deferral_begin(exchange, progress, rest)) {
            return STEP_GONE;
        }
    }
    if (at_head) {
        http1_body_leave(conn, progress);
    }
    return STEP_ON;
}

/* The request that http1_request_read() has found; `rest` follows it. Consumes `exchange`. */
static enum step answer(struct shunt_exchange *exchange, struct http1_progress *progress,
                        bool continued, struct shunt_span rest)
{
    struct conn *conn = exchange->conn;
    struct http1_context *context = http1_context_of(conn);
    const struct http_head *head = &context->head;

    exchange->route = exchange_routes_find(context->exchange.routes, &exchange->request);
    exchange->end = rest.at;
    exchange->request.exchange = exchange;
    exchange->version = &version;
    exchange->filters = context->exchange.routes->filters;
    if (exchange->route) {
        exchange->request.pattern = exchange->route->path;
        exchange->filters = exchange->route->filters;
    }
    context->exchange.counters.requests++;
    exchange->number = ++http1_slot_of(conn)->requests;
    if (context->exchange.observer) {
        exchange->connection = http1_slot_of(conn)->connection;
        exchange->begun_ns = http1_session_begun_take(conn);
    }
    if (progress->reading == HTTP1_READ_ASKED && !http1_body_offer(conn, progress)) {
        http1_refusal_count(exchange->context, SHUNT_ENOMEM);
        http1_refuse_exchange(exchange, 503);
        exchange_put(exchange);
        return STEP_MORE;
    }
    exchange->asks_upgrade = http1_request_upgrades(head, exchange->route);
    if (exchange->asks_upgrade) {
        exchange->upgrade.continue_owed = head->expect_continue && !continued;
        exchange->upgrade.settled = http1_resume_settled;
    }
    if (exchange->filters && !exchange_filter_begin(exchange)) {
        return served(exchange, http1_serve_finish(exchange), progress, rest);
    }
    if (!exchange->asks_upgrade) {
        return served(exchange, http1_serve(exchange), progress, rest);
    }
    http1_upgrade_begin(exchange, rest.len);
    return go_on_after(exchange, exchange_negotiation_ask(exchange), rest);
}

/* HTTP goes on only while the connection lives and there is room for responses. */
static bool may_go_on(const struct conn *conn)
{
    return conn->state == CONN_HTTP && !(conn->flags & CONN_ABOVE);
}

/* What http1_request_read() has made of the front of `in`. */
static enum step look(struct shunt_exchange *exchange, struct http1_progress *progress,
                      struct input *in)
{
    struct conn *conn = exchange->conn;
    bool continued, unsure;
    unsigned refusal = 400;
    size_t used;
    enum shunt_status status =
        http1_request_read(conn, progress, in->at, &in->len, &exchange->request, &used, &refusal);

    if (status != SHUNT_OK) {
        exchange_put(exchange);
        if (status != SHUNT_AGAIN) {
            http1_refusal_count(exchange_context_of(conn), status);
            http1_refuse(conn, refusal, (struct shunt_span){in->at, in->len});
        }
        return STEP_MORE;
    }
    /* Without its 100 a client may send the body or the next request: none can tell which. */
    unsure = progress->reading == HTTP1_READ_DROP && http1_context_of(conn)->head.expect_continue;
    exchange->keep_alive = http1_context_of(conn)->head.keep_alive && !unsure;
    continued = progress->continued;
    if (progress->reading == HTTP1_READ_WHOLE) {
        *progress = (struct http1_progress){0};
    }
    in->at += used;
    in->len -= used;
    return answer(exchange, progress, continued, (struct shunt_span){in->at, in->len});
}

/* The request at the front of `in`. */
static enum step serve_one(struct conn *conn, struct http1_progress *progress, struct input *in)
{
    struct shunt_exchange *exchange = exchange_take(exchange_context_of(conn), conn);

    if (!exchange) {
        http1_refusal_count(exchange_context_of(conn), SHUNT_ENOMEM);
        http1_refuse(conn, 503, (struct shunt_span){in->at, in->len});
        return STEP_MORE;
    }
    return look(exchange, progress, in);
}

/*
 * Work off the requests at the front of `in`. False when all of the input is accounted for, or the
 * connection closes; true with in->at on the first byte that is still unused, and `progress` telling
 * how far the request there has come.
 */
static bool run(struct conn *conn, struct http1_progress *progress, struct input *in)
{
    enum step step = STEP_ON;

    while (step == STEP_ON && in->len > 0 && may_go_on(conn)) {
        if (progress->reading == HTTP1_READ_DROP) {
            size_t used = http1_body_drop(conn, progress, (struct shunt_span){in->at, in->len});

            in->at += used;
            in->len -= used;
            step = progress->reading == HTTP1_READ_DROP ? STEP_MORE : STEP_ON;
        } else {
            step = serve_one(conn, progress, in);
        }
    }
    return conn->state == CONN_HTTP && step != STEP_GONE;
}

/* Nothing is left over: the connection needs no session. */
static void become_idle(struct conn *conn)
{
    http1_session_destroy(conn->user);
    http1_phase_set(conn, HTTP1_IDLE, false);
}

/* The request at the front has begun, unless it is one whose body is dropped. */
static void begin(struct http1_session *session)
{
    struct exchange_context *context = exchange_context_of(session->conn);

    if (context->observer && session->begun_ns == 0 &&
        session->progress.reading != HTTP1_READ_DROP) {
        session->begun_ns = exchange_turn_ns(context);
    }
}

/* Keep what is unused, of a request that has just begun (`another`) or goes on. `in` may point into
 * the session's own buffer. */
static void keep(struct conn *conn, const struct http1_progress *progress, const struct input *in,
                 bool another)
{
    struct http1_session *session = http1_session_need(conn);

    if (session) {
        session->progress = *progress;
    }
    if (!session || http1_session_keep(session, in->at, in->len) != SHUNT_OK) {
        exchange_context_of(conn)->counters.no_memory++;
        http1_refuse(conn, 503, (struct shunt_span){in->at, in->len});
        return;
    }
    if (conn->flags & CONN_ABOVE) {
        conn_pause(conn);
        http1_phase_set(conn, HTTP1_WAITING, false);
    } else {
        begin(session);
        http1_phase_set(conn, progress->head_len > 0 ? HTTP1_BODY : HTTP1_HEAD, another);
    }
}

static void work_off(struct conn *conn, struct http1_progress *progress, struct input in)
{
    uint32_t answered = http1_slot_of(conn)->requests;

    if (!run(conn, progress, &in)) {
        return;
    }
    if (in.len == 0 && progress->head_len == 0) {
        become_idle(conn);
    } else {
        keep(conn, progress, &in, http1_slot_of(conn)->requests != answered);
    }
}

static void go_on(struct conn *conn)
{
    struct http1_session *session = conn->user;

    if (session && !session->exchange && conn->state == CONN_HTTP) {
        struct http1_progress progress = session->progress;

        work_off(conn, &progress, (struct input){session->buffer, session->len});
    }
}

static void on_data(struct conn *conn, uint8_t *bytes, size_t len)
{
    struct http1_session *session = conn->user;

    if (!session || (session->len == 0 && !session->exchange)) {
        struct http1_progress progress = session ? session->progress : (struct http1_progress){0};

        work_off(conn, &progress, (struct input){(char *)bytes, len});
        return;
    }
    if (http1_body_comes(session)) {
        http1_body_read(conn, bytes, len);
        return;
    }
    if (http1_session_append(session, bytes, len) != SHUNT_OK) {
        exchange_context_of(conn)->counters.no_memory++;
        if (session->exchange) {
            http1_refuse_exchange(session->exchange, 503);
        } else {
            http1_refuse(conn, 503, (struct shunt_span){session->buffer, session->len});
        }
        return;
    }
    if (session->exchange) {
        session->exchange->upgrade.early_bytes = session->len;
        if (session->len >= EARLY_BYTES_MAX) {
            conn_pause(conn);
        }
        return;
    }
    go_on(conn);
}

static void on_drained(struct conn *conn)
{
    struct http1_session *session = conn->user;

    if (http1_deferral_waits(session)) { /* its end ends a pause */
        exchange_pieces_drained(session->exchange);
        return;
    }
    conn_resume(conn);
    go_on(conn);
}

/* An upgrade is of no use to a client that sends no more. */
static bool filters_hold_upgrade(const struct shunt_exchange *exchange)
{
    return exchange->asks_upgrade && exchange_filtering(exchange);
}

/* The peer sends no more. What it asked for has been answered; a half request will never be whole.
 */
static void on_end(struct conn *conn)
{
    struct http1_session *session = conn->user;

    if (http1_deferral_waits(session) && !filters_hold_upgrade(session->exchange)) {
        http1_deferral_end(session);
        return;
    }
    if (conn->state == CONN_UPGRADING) {
        http1_upgrade_cancel(session, true);
    }
    conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PEER);
}

/* The server stops: a connection in the middle of a request gets its answer, the others a short
 * while to send a request that is already on its way. */
static void on_shutdown(struct conn *conn)
{
    struct http1_slot *state = http1_slot_of(conn);

    state->draining = true;
    if (conn->state == CONN_HTTP && !conn->user) {
        conn_timer(conn, exchange_context_of(conn)->limits.drain_idle_ms);
    }
}

static void on_closed(struct conn *conn, enum shunt_close_reason reason)
{
    struct http1_session *session = conn->user;

    (void)reason;
    if (http1_deferral_waits(session)) {
        http1_deferral_cancel(session);
    } else if (session && session->exchange) {
        http1_upgrade_cancel(session, true);
    } else if (session && session->begun_ns > 0) {
        http1_refusal_missed(session);
    }
    http1_session_destroy(session);
}

static struct shunt_upgrade *pending_upgrade(struct conn *conn)
{
    const struct http1_session *session = conn->user;

    return session && session->exchange ? &session->exchange->upgrade : NULL;
}

static struct shunt_exchange *deferred_exchange(struct conn *conn)
{
    const struct http1_session *session = conn->user;

    return http1_deferral_waits(session) ? session->exchange : NULL;
}

const struct conn_owner http1_owner = {
    .opened = on_opened,
    .data = on_data,
    .drained = on_drained,
    .end = on_end,
    .timer = on_timer,
    .shutdown = on_shutdown,
    .closed = on_closed,
    .upgrade = pending_upgrade,
    .exchange = deferred_exchange,
};
