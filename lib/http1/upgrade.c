/*
 * The heart: RFC 9110 section 7.8. Offers are tried in the client's order; the first protocol that
 * is loaded, that the route allows and that accepts is taken. A negotiation that is deferred keeps
 * its own copy of the request, and goes on from where it stood.
 */
#include "http1/upgrade.h"

#include "base/assert.h"
#include "conn/input.h"
#include "conn/memory.h"
#include "conn/output.h"
#include "conn/stream.h"
#include "conn/timer.h"

#include <stdlib.h>

#define LITERAL(text) ((struct shunt_span){text, sizeof(text) - 1})

enum { SWITCHING_HEAD_BYTES = 256 }; /* the 101 without its offer and fields */

static const struct shunt_protocol *protocol_of(const struct http1_upgrade *upgrade)
{
    return &conn_loop_of(upgrade->conn)->registry->protocols[upgrade->protocol].protocol;
}

static void *local_of(const struct http1_upgrade *upgrade)
{
    const struct shunt_worker *loop = conn_loop_of(upgrade->conn);

    return loop->locals[loop->registry->protocols[upgrade->protocol].plugin];
}

struct shunt_upgrade *http1_upgrade_lend(struct http1_upgrade *upgrade)
{
    return &upgrade->base;
}

/* ---- life ---- */

static struct http1_upgrade *upgrade_take(struct http1_context *context)
{
    struct http1_upgrade *upgrade = context->spare;

    context->spare = NULL;
    if (!upgrade) {
        upgrade = malloc(sizeof *upgrade);
        if (!upgrade) {
            return NULL;
        }
        upgrade->request_copy = NULL;
        upgrade->fields_copy = NULL;
    }
    http1_response_init(context, &upgrade->response);
    return upgrade;
}

void http1_upgrade_destroy(struct http1_upgrade *upgrade)
{
    if (upgrade) {
        free(upgrade->request_copy);
        free(upgrade->fields_copy);
        free(upgrade);
    }
}

/* Ready for the next negotiation of the worker. */
static void upgrade_put(struct http1_upgrade *upgrade)
{
    struct http1_context *context = http1_context_of(upgrade->conn);

    http1_response_fini(&upgrade->response);
    if (upgrade->request_copy) {
        context->pending_upgrades--;
        conn_memory_give(context->loop, upgrade->copy_bytes);
        free(upgrade->request_copy);
        free(upgrade->fields_copy);
        upgrade->request_copy = NULL;
        upgrade->fields_copy = NULL;
    }
    if (context->spare) {
        http1_upgrade_destroy(upgrade);
    } else {
        context->spare = upgrade;
    }
}

/* ---- answers ---- */

static enum http1_outcome answer_http(struct http1_upgrade *upgrade)
{
    struct conn *conn = upgrade->conn;

    conn_state_set(conn, CONN_HTTP);
    http1_context_of(conn)->counters.upgrades_declined++;
    http1_serve(conn, upgrade->route, &upgrade->request, upgrade->keep_alive);
    upgrade_put(upgrade);
    return HTTP1_HTTP;
}

static enum http1_outcome answer_refusal(struct http1_upgrade *upgrade)
{
    struct conn *conn = upgrade->conn;
    struct shunt_response *response = &upgrade->response;

    conn_state_set(conn, CONN_HTTP);
    http1_context_of(conn)->counters.upgrades_refused++;
    if (!upgrade->refusal_chosen) {
        response->status = 403;
    }
    response->close = response->close || http1_last(conn, upgrade->keep_alive);
    response->bodiless = http1_upgrade_head_method(upgrade);
    response->offer = upgrade->route->upgrade;
    http1_respond(conn, response, upgrade->request.path);
    upgrade_put(upgrade);
    return HTTP1_HTTP;
}

/* Its open() will not run after all. Settling within `cancel` is ignored as within negotiate(). */
static void tell_cancel(struct http1_upgrade *upgrade)
{
    const struct shunt_protocol *protocol = protocol_of(upgrade);

    if (protocol->cancel) {
        upgrade->negotiating = true;
        protocol->cancel(local_of(upgrade), &upgrade->base);
        upgrade->negotiating = false;
    }
}

static void refuse_with(struct http1_upgrade *upgrade, unsigned status)
{
    upgrade->refusal_chosen = true;
    upgrade->response.status = status;
    upgrade->response.close = true;
}

static void write_switching(struct http1_upgrade *upgrade)
{
    const struct http_writer *fields = &upgrade->response.fields;
    struct http_writer out = {.room = SWITCHING_HEAD_BYTES + upgrade->offer.len + fields->len};

    out.at = conn_write_reserve(upgrade->conn, out.room);
    if (!out.at) {
        return; /* the connection is closing; open() and close() run all the same */
    }
    if (upgrade->expects_continue) {
        http_write_bytes(&out, LITERAL("HTTP/1.1 100 Continue\r\n\r\n"));
    }
    http_write_bytes(&out, LITERAL("HTTP/1.1 101 Switching Protocols\r\nUpgrade: "));
    http_write_bytes(&out, upgrade->offer);
    http_write_bytes(&out, LITERAL("\r\nConnection: Upgrade\r\n"));
    http_write_bytes(&out, (struct shunt_span){fields->at, fields->len});
    http_write_end(&out);
    ASSERT(!out.full);
    (void)conn_write_commit(upgrade->conn, out.len);
}

static enum http1_outcome switch_protocols(struct http1_upgrade *upgrade)
{
    struct http1_context *context = http1_context_of(upgrade->conn);

    if (upgrade->base.ops->early_bytes(&upgrade->base) > 0 &&
        protocol_of(upgrade)->flags & SHUNT_EARLY_FORBIDDEN) {
        context->counters.early_bytes++;
        if (context->limits.strict_early_bytes) {
            tell_cancel(upgrade);
            refuse_with(upgrade, 400);
            return answer_refusal(upgrade);
        }
    }
    write_switching(upgrade);
    if (upgrade->conn->state == CONN_CLOSING) {
        tell_cancel(upgrade);
        upgrade_put(upgrade); /* no room for the 101: HTTP stays the owner and hears of the end */
        return HTTP1_HTTP;
    }
    context->counters.upgrades_accepted++;
    return HTTP1_STREAM;
}

/* ---- the copy of a deferred request ---- */

static void move_span(struct shunt_span *span, const char *from, size_t len, const char *to)
{
    if (span->at >= from && span->at <= from + len && span->at) {
        span->at = to + (span->at - from);
    }
}

static enum shunt_status copy_request(struct http1_upgrade *upgrade, const char *end)
{
    struct shunt_request *request = &upgrade->request;
    const char *from = request->method.at;
    size_t len = (size_t)(end - from), fields = request->field_count;
    struct shunt_span *const spans[] = {&request->method, &request->target, &request->path,
                                        &request->query,  &request->host,   &request->body,
                                        &upgrade->offer};
    struct shunt_worker *loop = conn_loop_of(upgrade->conn);
    struct shunt_field *copy = malloc((fields + 1) * sizeof *copy);
    char *to = malloc(len + 1);

    upgrade->copy_bytes = len + 1 + (fields + 1) * sizeof *copy;
    if (!to || !copy || !conn_memory_take(loop, CONN_MEMORY_REQUEST, upgrade->copy_bytes)) {
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
    return SHUNT_OK;
}

/* `rest` is what followed the request, or the session's own buffer when it was deferred before. */
static enum http1_outcome defer(struct http1_upgrade *upgrade, struct shunt_span rest)
{
    struct conn *conn = upgrade->conn;
    struct http1_context *context = http1_context_of(conn);
    struct http1_session *session = http1_need(conn);
    bool again = upgrade->request_copy != NULL;

    if (!again && context->pending_upgrades >= context->limits.pending_upgrades_max) {
        context->counters.upgrades_overflow++;
        goto refuse;
    }
    if (!session || (!again && (copy_request(upgrade, rest.at) != SHUNT_OK))) {
        context->counters.no_memory++;
        goto refuse;
    }
    if (!again) {
        context->pending_upgrades++;
        if (http1_keep(session, rest.at, rest.len) != SHUNT_OK) {
            context->counters.no_memory++;
            goto refuse;
        }
    }
    session->progress = (struct http1_progress){0};
    session->upgrade = upgrade;
    context->counters.upgrades_deferred++;
    return HTTP1_DEFERRED;
refuse:
    tell_cancel(upgrade);
    refuse_with(upgrade, 503);
    return answer_refusal(upgrade);
}

/* ---- offers ---- */

static bool list_next(const struct http1_upgrade *upgrade, struct http_list_cursor *cursor,
                      struct shunt_span *element)
{
    return http_list_next(upgrade->request.fields, upgrade->request.field_count, "Upgrade", cursor,
                          element);
}

/* The next element that is looked at: a client lists as many as it likes, and each costs. */
static bool next_element(struct http1_upgrade *upgrade, struct shunt_span *element)
{
    struct http1_context *context = http1_context_of(upgrade->conn);

    if (!list_next(upgrade, &upgrade->cursor, element)) {
        return false;
    }
    if (upgrade->offers == context->limits.offers_max) {
        context->counters.offers_overflow++;
        return false;
    }
    upgrade->offers++;
    return true;
}

/* Was the protocol, name and version, offered by an earlier element? */
static bool offered_before(const struct http1_upgrade *upgrade, struct shunt_span element)
{
    struct http_list_cursor cursor = {0};
    struct shunt_span earlier;

    if (upgrade->offers == 1) {
        return false; /* it is the first, as nearly always */
    }
    while (list_next(upgrade, &cursor, &earlier) && earlier.at != element.at) {
        if (shunt_span_equal_nocase(earlier, element)) {
            return true;
        }
    }
    return false;
}

/* The next offer that somebody here could accept and has not been asked about. */
static bool next_offer(struct http1_upgrade *upgrade)
{
    const struct registry *registry = conn_loop_of(upgrade->conn)->registry;
    struct shunt_span element;

    while (next_element(upgrade, &element)) {
        const char *slash = memchr(element.at, '/', element.len);
        size_t name_len = slash ? (size_t)(slash - element.at) : element.len;
        struct shunt_span name = {element.at, name_len};
        struct shunt_span version = {slash ? slash + 1 : "",
                                     slash ? element.len - name_len - 1 : 0};
        int number;

        if (!http_is_token(name) || (slash && !http_is_token(version))) {
            continue;
        }
        number = registry_protocol_find(registry, name);
        if (number >= 0 && exchange_route_allows(upgrade->route, name) &&
            !offered_before(upgrade, element)) {
            upgrade->offer = element;
            upgrade->protocol = (unsigned)number;
            return true;
        }
    }
    return false;
}

/* Nothing of what an earlier protocol has set may show in the next one's answer. */
static void start_over(struct http1_upgrade *upgrade)
{
    http1_response_fini(&upgrade->response);
    http1_response_init(http1_context_of(upgrade->conn), &upgrade->response);
    upgrade->refusal_chosen = false;
    upgrade->user = NULL;
    memset(upgrade->state, 0, sizeof upgrade->state);
}

static enum shunt_verdict ask(struct http1_upgrade *upgrade)
{
    const struct shunt_protocol *protocol = protocol_of(upgrade);
    enum shunt_verdict verdict = SHUNT_ACCEPT;

    if (protocol->negotiate) {
        upgrade->negotiating = true;
        verdict = protocol->negotiate(local_of(upgrade), &upgrade->request, &upgrade->base);
        upgrade->negotiating = false;
    }
    return verdict;
}

static enum http1_outcome try_offers(struct http1_upgrade *upgrade, struct shunt_span rest)
{
    while (next_offer(upgrade)) {
        start_over(upgrade);
        switch (ask(upgrade)) {
        case SHUNT_ACCEPT:
            return switch_protocols(upgrade);
        case SHUNT_REFUSE:
            return answer_refusal(upgrade);
        case SHUNT_DEFER:
            return defer(upgrade, rest);
        case SHUNT_DECLINE:
            break;
        }
    }
    return answer_http(upgrade);
}

enum http1_outcome http1_negotiate(struct conn *conn, const struct exchange_route *route,
                                   const struct shunt_request *request, bool continued,
                                   struct shunt_span rest, struct http1_upgrade **out)
{
    struct http1_context *context = http1_context_of(conn);
    struct http1_upgrade *upgrade = upgrade_take(context);

    if (!upgrade) {
        context->counters.no_memory++;
        http1_refuse(conn, 503, context->head.head_method);
        return HTTP1_HTTP;
    }
    upgrade->base.ops = &http1_upgrade_ops;
    upgrade->conn = conn;
    upgrade->route = route;
    upgrade->request = *request;
    upgrade->cursor = (struct http_list_cursor){0};
    upgrade->offers = 0;
    upgrade->early = rest.len;
    upgrade->keep_alive = context->head.keep_alive;
    upgrade->expects_continue = context->head.expect_continue && !continued;
    upgrade->negotiating = false;
    conn_state_set(conn, CONN_UPGRADING);
    *out = upgrade;
    return try_offers(upgrade, rest);
}

/* ---- after the verdict ---- */

void http1_hand_off(struct conn *conn, struct http1_upgrade *upgrade, struct shunt_span rest,
                    bool later)
{
    struct http1_session *session = conn->user;
    char *buffer = NULL;
    size_t room = 0;

    if (session) {
        buffer = session->buffer; /* the request and `rest` may lie there */
        room = session->room;
        session->buffer = NULL;
        http1_destroy(session);
    }
    conn_timer(conn, 0);
    conn->user = upgrade->user;
    memcpy(conn->inline_state, upgrade->state, sizeof conn->inline_state);
    conn_attach(conn, upgrade->protocol);
    conn_stream_open(conn, &upgrade->request);
    if (later) {
        conn_input_later(conn, (const uint8_t *)rest.at, rest.len);
    } else {
        conn_input(conn, (uint8_t *)(uintptr_t)rest.at, rest.len);
    }
    if (conn_loop_of(conn)->draining && conn->state == CONN_PROTOCOL) {
        conn_stream_owner.shutdown(conn);
    }
    upgrade_put(upgrade);
    http1_buffer_free(conn, buffer, room);
}

bool http1_upgrade_head_method(const struct http1_upgrade *upgrade)
{
    return shunt_span_equal(upgrade->request.method, LITERAL("HEAD"));
}

void http1_upgrade_cancel(struct conn *conn, struct http1_upgrade *upgrade)
{
    struct http1_session *session = conn->user;

    session->upgrade = NULL;
    http1_context_of(conn)->counters.upgrades_cancelled++;
    tell_cancel(upgrade);
    upgrade_put(upgrade);
}

/*
 * Settled while the connection closes. The upgrade ends within this call as every settled one does;
 * what is told that open() does not follow is who has accepted, and has something to give back.
 */
static void settle_closing(struct http1_upgrade *upgrade, enum shunt_verdict verdict)
{
    struct http1_session *session = upgrade->conn->user;

    session->upgrade = NULL;
    http1_context_of(upgrade->conn)->counters.upgrades_cancelled++;
    if (verdict == SHUNT_ACCEPT) {
        tell_cancel(upgrade);
    }
    upgrade_put(upgrade);
}

/* Runs within a call of the plugin, so what has arrived waits for the end of the turn. */
void http1_upgrade_settle(struct http1_upgrade *upgrade, enum shunt_verdict verdict)
{
    struct conn *conn = upgrade->conn;
    struct http1_session *session = conn->user;
    struct shunt_span rest = {session->buffer, session->len};
    enum http1_outcome outcome;

    conn_resume(conn); /* ends our own pause, so that one that open() begins is the protocol's */
    if (conn->state != CONN_UPGRADING) {
        settle_closing(upgrade, verdict); /* maybe for lack of memory, just now */
        return;
    }
    session->upgrade = NULL;
    conn_id_renew(conn); /* a late post must not reach the next negotiation of this connection */
    outcome = verdict == SHUNT_ACCEPT   ? switch_protocols(upgrade)
              : verdict == SHUNT_REFUSE ? answer_refusal(upgrade)
                                        : try_offers(upgrade, rest);
    if (outcome == HTTP1_STREAM) {
        http1_hand_off(conn, upgrade, rest, true);
    } else if (outcome == HTTP1_HTTP && conn->state == CONN_HTTP) {
        http1_go_back(conn);
    }
}
