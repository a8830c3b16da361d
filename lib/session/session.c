/*
 * The owner of a connection while it speaks HTTP: feeds requests, one after the other, to serve.c
 * or upgrade.c, keeps what is incomplete, and minds the time.
 */
#include "session/exchange.h"

#include "conn/output.h"
#include "conn/stream.h"

#include <stdlib.h>

enum { EARLY_BYTES_MAX = 65536 /* kept while a negotiation is deferred; then reading pauses */ };

/* Input in hand: a view of io's buffer or of the session's. */
struct input {
    char *at;
    size_t len;
};

void session_context_init(struct session_context *context, const struct session_routes *routes,
                          const struct session_limits *limits)
{
    memset(context, 0, sizeof *context);
    context->routes = routes;
    context->limits = *limits;
    context->date_s = -1;
}

void session_context_fini(struct session_context *context)
{
    session_upgrade_destroy(context->spare);
    context->spare = NULL;
}

/* ---- time ---- */

/* A new phase starts its timer; `anew`: so does the same one, because another request has begun. */
static void phase_set(struct conn *conn, enum session_phase phase, bool anew)
{
    const struct session_limits *limits = &session_context_of(conn)->limits;
    struct session_inline *state = session_inline(conn);

    if (state->phase == phase && !anew) {
        return; /* idle: the timer looks at idle_until_ms when it runs out */
    }
    state->phase = phase;
    conn_timer(conn, phase == SESSION_HEAD      ? limits->head_ms
                     : phase == SESSION_BODY    ? limits->body_ms
                     : phase == SESSION_WAITING ? 0
                     : state->draining          ? limits->drain_idle_ms
                                                : limits->keep_alive_ms);
}

/* No request has begun. */
static void idle_over(struct conn *conn)
{
    const struct session_inline *state = session_inline(conn);

    if (state->draining || state->phase == SESSION_HEAD ||
        conn_table_of(conn)->now_ms >= state->idle_until_ms) {
        conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    } else {
        conn_timer_at(conn, state->idle_until_ms);
    }
}

/* Is the request that waits in the session one for HEAD? */
static bool asks_for_head(const struct session *session)
{
    return session->upgrade
               ? session_upgrade_head_method(session->upgrade)
               : http_asks_for_head((struct shunt_span){session->buffer, session->len});
}

static void session_timer(struct conn *conn)
{
    struct session_context *context = session_context_of(conn);
    struct session *session = conn->user;

    if (conn->state == CONN_UPGRADING) {
        bool head_method = asks_for_head(session);

        context->counters.timeouts++;
        session_upgrade_cancel(conn, session->upgrade);
        session_refuse(conn, 503, head_method);
    } else if (!session) {
        idle_over(conn);
    } else if (session->progress.answered) {
        context->counters.timeouts++;
        conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    } else {
        context->counters.timeouts++;
        session_refuse(conn, 408, asks_for_head(session));
    }
}

static void session_opened(struct conn *conn)
{
    struct conn_table *table = conn_table_of(conn);
    struct session_inline *state = session_inline(conn);

    /* A new connection owes its first request as soon as a started one owes its end. */
    *state = (struct session_inline){.draining = table->draining};
    state->phase = SESSION_HEAD;
    conn_timer(conn, state->draining ? session_context_of(conn)->limits.drain_idle_ms
                                     : session_context_of(conn)->limits.head_ms);
}

/* ---- requests ---- */

/* What to do with the request that session_take() has found, maybe before its body (`early`). True:
 * go on with HTTP. */
static bool exchange(struct conn *conn, const struct shunt_request *request, bool continued,
                     bool early, struct shunt_span rest)
{
    struct session_context *context = session_context_of(conn);
    const struct session_route *route = session_routes_find(context->routes, request->path);
    struct session_upgrade *upgrade;

    context->counters.requests++;
    session_inline(conn)->requests++;
    if (!session_upgrades(context, route)) {
        /* Without its 100 a client may send the body or the next request: none can tell which. */
        bool unsure = early && context->head.expect_continue;

        session_serve(conn, route, request, context->head.keep_alive && !unsure);
        return true;
    }
    switch (session_negotiate(conn, route, request, continued, rest, &upgrade)) {
    case SESSION_STREAM:
        session_hand_off(conn, upgrade, rest, false);
        return false;
    case SESSION_DEFERRED:
        conn_timer(conn, context->limits.upgrade_ms);
        return false;
    case SESSION_HTTP:
        break;
    }
    return true;
}

static void count_refusal(struct session_context *context, enum shunt_status status)
{
    if (status == SHUNT_ETOOBIG) {
        context->counters.too_big++;
    } else if (status == SHUNT_ENOMEM) {
        context->counters.no_memory++;
    } else {
        context->counters.malformed++;
    }
}

/* A body that nobody reads, as far as it has come. False: there is no more of it yet, or it is
 * wrong and the connection closes. */
static bool drop(struct conn *conn, struct session_progress *progress, struct input *in)
{
    struct session_context *context = session_context_of(conn);
    size_t used;
    enum shunt_status status =
        session_drop(context, progress, (struct shunt_span){in->at, in->len}, &used);

    in->at += used;
    in->len -= used;
    if (status == SHUNT_OK) {
        *progress = (struct session_progress){0};
    } else if (status != SHUNT_AGAIN) {
        count_refusal(context, status);
        conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    }
    return status == SHUNT_OK;
}

/* HTTP goes on only while the connection lives and takes our replies. */
static bool may_go_on(const struct conn *conn)
{
    return conn->state == CONN_HTTP && !(conn->flags & CONN_ABOVE);
}

/* The request at the front of `in`. False: it is not all there, or the connection has left HTTP. */
static bool serve_one(struct conn *conn, struct session_progress *progress, struct input *in)
{
    struct shunt_request request;
    bool continued;
    unsigned answer = 400;
    size_t used;
    enum shunt_status status =
        session_take(conn, progress, in->at, &in->len, &request, &used, &answer);

    if (status == SHUNT_AGAIN) {
        return false;
    }
    if (status != SHUNT_OK) {
        count_refusal(session_context_of(conn), status);
        session_refuse(conn, answer, http_asks_for_head((struct shunt_span){in->at, in->len}));
        return false;
    }
    continued = progress->continued;
    if (!progress->answered) {
        *progress = (struct session_progress){0};
    }
    if (!exchange(conn, &request, continued, progress->answered,
                  (struct shunt_span){in->at + used, in->len - used})) {
        return false;
    }
    in->at += used;
    in->len -= used;
    return true;
}

/*
 * Work off the requests at the front of `in`. False when the connection has left HTTP, with all of
 * the input accounted for; true with in->at on the first byte that is still unused, and `progress`
 * telling how far the request there has come.
 */
static bool run(struct conn *conn, struct session_progress *progress, struct input *in)
{
    while (in->len > 0 && may_go_on(conn) &&
           (progress->answered ? drop : serve_one)(conn, progress, in)) {
    }
    return conn->state == CONN_HTTP;
}

/* Nothing is left over: the connection needs no session. */
static void settle_idle(struct conn *conn)
{
    session_destroy(conn->user);
    phase_set(conn, SESSION_IDLE, false);
}

/* Keep what is unused, of a request that has just begun (`another`) or goes on. `in` may point into
 * the session's own buffer. */
static void keep(struct conn *conn, const struct session_progress *progress, const struct input *in,
                 bool another)
{
    struct session *session = session_need(conn);

    if (session) {
        session->progress = *progress;
    }
    if (!session || session_keep(session, in->at, in->len) != SHUNT_OK) {
        session_context_of(conn)->counters.no_memory++;
        session_refuse(conn, 503, http_asks_for_head((struct shunt_span){in->at, in->len}));
        return;
    }
    if (conn->flags & CONN_ABOVE) {
        conn_pause(conn);
        phase_set(conn, SESSION_WAITING, false);
    } else {
        phase_set(conn, progress->head_len > 0 ? SESSION_BODY : SESSION_HEAD, another);
    }
}

static void work_off(struct conn *conn, struct session_progress *progress, struct input in)
{
    uint32_t answered = session_inline(conn)->requests;

    if (!run(conn, progress, &in)) {
        return;
    }
    if (in.len == 0 && progress->head_len == 0) {
        settle_idle(conn);
    } else {
        keep(conn, progress, &in, session_inline(conn)->requests != answered);
    }
}

static void go_on(struct conn *conn)
{
    struct session *session = conn->user;

    if (session && conn->state == CONN_HTTP) {
        struct session_progress progress = session->progress;

        work_off(conn, &progress, (struct input){session->buffer, session->len});
    }
}

/*
 * Within a call of a plugin no request is looked at: it may have one in hand, whose fields lie in
 * the worker's one room for them.
 */
void session_go_back(struct conn *conn)
{
    struct session *session = conn->user;
    char *buffer = session->buffer;
    size_t len = session->len, room = session->room;

    session->buffer = NULL;
    session_destroy(session);
    phase_set(conn, len > 0 ? SESSION_HEAD : SESSION_IDLE, true);
    conn_input_later(conn, (const uint8_t *)buffer, len);
    session_buffer_free(conn, buffer, room);
}

static void session_data(struct conn *conn, uint8_t *bytes, size_t len)
{
    struct session *session = conn->user;

    if (!session || (session->len == 0 && conn->state == CONN_HTTP)) {
        struct session_progress progress =
            session ? session->progress : (struct session_progress){0};

        work_off(conn, &progress, (struct input){(char *)bytes, len});
        return;
    }
    if (session_append(session, bytes, len) != SHUNT_OK) {
        session_context_of(conn)->counters.no_memory++;
        session_refuse(conn, 503, asks_for_head(session));
        return;
    }
    if (conn->state == CONN_UPGRADING) {
        if (session->len >= EARLY_BYTES_MAX) {
            conn_pause(conn);
        }
        return;
    }
    go_on(conn);
}

static void session_drained(struct conn *conn)
{
    conn_resume(conn);
    go_on(conn);
}

/* The peer sends no more. What it asked for has been answered; a half request will never be whole.
 */
static void session_end(struct conn *conn)
{
    struct session *session = conn->user;

    if (conn->state == CONN_UPGRADING) {
        session_upgrade_cancel(conn, session->upgrade);
    }
    conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PEER);
}

/* The server stops: whoever is in the middle of a request gets its answer, the others a short while
 * to send one that is already on its way. */
static void session_shutdown(struct conn *conn)
{
    struct session_inline *state = session_inline(conn);

    state->draining = true;
    if (conn->state == CONN_HTTP && !conn->user) {
        conn_timer(conn, session_context_of(conn)->limits.drain_idle_ms);
    }
}

static void session_closed(struct conn *conn, enum shunt_close_reason reason)
{
    struct session *session = conn->user;

    (void)reason;
    if (session && session->upgrade) {
        session_upgrade_cancel(conn, session->upgrade);
    }
    session_destroy(session);
}

static struct shunt_upgrade *session_pending(struct conn *conn)
{
    const struct session *session = conn->user;

    return session && session->upgrade ? session_upgrade_lend(session->upgrade) : NULL;
}

const struct conn_owner session_owner = {
    .opened = session_opened,
    .data = session_data,
    .drained = session_drained,
    .end = session_end,
    .timer = session_timer,
    .shutdown = session_shutdown,
    .closed = session_closed,
    .upgrade = session_pending,
};
