/* Responses: the public calls that fill one, and writing it to the connection in one piece. */
#include "http1/exchange.h"

#include "base/assert.h"
#include "base/log.h"
#include "conn/close.h"
#include "conn/memory.h"
#include "conn/output.h"
#include "conn/timer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define TEXT_PLAIN    "text/plain; charset=utf-8"
#define LITERAL(text) ((struct shunt_span){text, sizeof(text) - 1})

enum {
    HEAD_BYTES = 256, /* all that the server itself writes into a head, offers excepted */
    JOINED_BYTES_MAX =
        7168, /* up to this size head and body share a segment, mostly a pooled one */
    OFFER_BYTES_MAX = 1024
};

/* A long body, with its type, that a handler has set. */
struct http1_copy {
    struct shunt_worker *loop;
    size_t bytes;
    char data[];
};

static struct http1_copy *copy_create(struct shunt_worker *loop, size_t len)
{
    size_t bytes = sizeof(struct http1_copy) + len;
    struct http1_copy *copy = NULL;

    if (conn_memory_take(loop, CONN_MEMORY_OUTPUT, bytes)) {
        copy = malloc(bytes);
        if (!copy) {
            conn_memory_give(loop, bytes);
            return NULL;
        }
        *copy = (struct http1_copy){.loop = loop, .bytes = bytes};
    }
    return copy;
}

static void copy_free(void *arg)
{
    struct http1_copy *copy = arg;

    conn_memory_give(copy->loop, copy->bytes);
    free(copy);
}

void http1_response_init(const struct http1_context *context, struct shunt_response *response)
{
    response->status = 200;
    response->content_type = NULL;
    response->body = (struct shunt_span){0};
    response->body_stays = false;
    response->close = response->keep_alive_10 = response->bodiless = false;
    response->loop = context->loop;
    response->body_bytes_max = context->limits.response_bytes_max;
    response->refused = SHUNT_OK;
    response->offer = NULL;
    response->owned = NULL;
    response->fields =
        (struct http_writer){.at = response->field_room, .room = sizeof response->field_room};
}

/* Most own nothing, and jemalloc takes 43 instructions to find that free() was given NULL. */
void http1_response_fini(struct shunt_response *response)
{
    if (response->owned) {
        copy_free(response->owned);
    }
}

/* ---- what a handler may set ---- */

enum shunt_status shunt_response_status(struct shunt_response *response, unsigned status)
{
    if (status < 200 || status > 599) {
        return SHUNT_EINVAL;
    }
    response->status = status;
    return SHUNT_OK;
}

static bool is_ours(struct shunt_span name)
{
    static const struct shunt_span ours[] = {{"Connection", 10},
                                             {"Content-Length", 14},
                                             {"Date", 4},
                                             {"Transfer-Encoding", 17},
                                             {"Upgrade", 7}};

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (name.len == ours[i].len && shunt_span_equal_nocase(name, ours[i])) {
            return true;
        }
    }
    return false;
}

enum shunt_status http1_field_add(struct http_writer *fields, struct shunt_span name,
                                  struct shunt_span value)
{
    struct http_writer before = *fields;

    if (!http_is_token(name) || !http_is_field_value(value) || is_ours(name)) {
        return SHUNT_EINVAL;
    }
    http_write_field(fields, name, value);
    if (fields->full) {
        *fields = before;
        return SHUNT_ETOOBIG;
    }
    return SHUNT_OK;
}

enum shunt_status shunt_response_field(struct shunt_response *response, const char *name,
                                       const char *value)
{
    return http1_field_add(&response->fields, shunt_span_of(name), shunt_span_of(value));
}

static enum shunt_status refuse_body(struct shunt_response *response, enum shunt_status why,
                                     size_t len)
{
    response->refused = why;
    response->refused_bytes = len;
    return why;
}

/* Body and type share one piece of memory: a handler may pass both from its stack. */
enum shunt_status shunt_response_body(struct shunt_response *response, const char *content_type,
                                      const void *bytes, size_t len)
{
    size_t type_bytes = content_type ? strlen(content_type) + 1 : 1;
    struct http1_copy *owned = NULL;
    char *copy = response->small;

    if (content_type && !http_is_field_value(shunt_span_of(content_type))) {
        return SHUNT_EINVAL;
    }
    if (len > response->body_bytes_max) {
        return refuse_body(response, SHUNT_ETOOBIG, len);
    }
    if (len + type_bytes > sizeof response->small) {
        owned = copy_create(response->loop, len + type_bytes);
        if (!owned) {
            return refuse_body(response, SHUNT_ENOMEM, len);
        }
        copy = owned->data;
    }
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    if (content_type) {
        memcpy(copy + len, content_type, type_bytes);
    }
    http1_response_fini(response);
    response->refused = SHUNT_OK;
    response->owned = owned;
    response->body = (struct shunt_span){copy, len};
    response->content_type = content_type ? copy + len : NULL;
    return SHUNT_OK;
}

/* ---- writing ---- */

/* The Date field, made anew once a second. */
static struct shunt_span date_line(struct http1_context *context)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != context->date_s) {
        struct http_writer out = {.at = context->date, .room = sizeof context->date};
        char date[HTTP_DATE_BYTES];

        http_date_format(now.tv_sec, date);
        http_write_field(&out, LITERAL("Date"), (struct shunt_span){date, sizeof date});
        context->date_s = now.tv_sec;
        context->date_len = out.len;
    }
    return (struct shunt_span){context->date, context->date_len};
}

/* Upgrade and Connection of a 426 (RFC 9110 sections 7.8 and 15.5.22). */
static void write_offer(struct http_writer *out, const char *const *offer)
{
    char list[OFFER_BYTES_MAX];
    struct http_writer names = {.at = list, .room = sizeof list};

    for (; *offer; offer++) {
        if (names.len > 0) {
            http_write_bytes(&names, LITERAL(", "));
        }
        http_write_bytes(&names, shunt_span_of(*offer));
    }
    http_write_field(out, LITERAL("Upgrade"), (struct shunt_span){list, names.len});
}

static void write_connection(struct http_writer *out, const struct shunt_response *response)
{
    bool upgrade = response->status == 426 && response->offer;

    if (upgrade) {
        write_offer(out, response->offer);
    }
    if (response->close) {
        http_write_field(out, LITERAL("Connection"),
                         upgrade ? LITERAL("Upgrade, close") : LITERAL("close"));
    } else if (upgrade) {
        http_write_field(out, LITERAL("Connection"), LITERAL("Upgrade"));
    } else if (response->keep_alive_10) {
        http_write_field(out, LITERAL("Connection"), LITERAL("keep-alive"));
    }
}

/* 204 and 304 have no body and, 204, no length (RFC 9110 section 8.6). */
static void write_head(struct http_writer *out, struct http1_context *context,
                       const struct shunt_response *response)
{
    http_write_status(out, response->status);
    http_write_bytes(out, date_line(context));
    if (response->content_type) {
        http_write_field(out, LITERAL("Content-Type"), shunt_span_of(response->content_type));
    }
    if (response->status != 204 && response->status != 304) {
        http_write_field_number(out, LITERAL("Content-Length"), response->body.len);
    }
    write_connection(out, response);
    http_write_bytes(out, (struct shunt_span){response->fields.at, response->fields.len});
    http_write_end(out);
}

static void count(struct http1_context *context, unsigned status)
{
    context->counters.responses_4xx += status / 100 == 4;
    context->counters.responses_5xx += status / 100 == 5;
}

/* The head, with the body in the same piece of memory where `joined`. False: closing already. */
static bool write_first(struct conn *conn, const struct shunt_response *response,
                        struct shunt_span joined)
{
    struct http_writer out = {0};

    out.room = HEAD_BYTES + response->fields.len + (response->offer ? OFFER_BYTES_MAX : 0) +
               (response->content_type ? strlen(response->content_type) : 0) + joined.len;
    out.at = conn_write_reserve(conn, out.room);
    if (!out.at) {
        return false;
    }
    write_head(&out, http1_context_of(conn), response);
    http_write_bytes(&out, joined);
    ASSERT(!out.full);
    (void)conn_write_commit(conn, out.len);
    return true;
}

/* A long body is not copied again: what stays is sent from where it lies, and a handler's copy goes
 * with its last byte. */
static void write_body(struct conn *conn, struct shunt_response *response)
{
    struct shunt_span body = response->body;

    if (response->owned) {
        struct http1_copy *owned = response->owned;

        response->owned = NULL;
        (void)conn_write_whole(conn, body.at, body.len, copy_free, owned);
    } else if (response->body_stays) {
        (void)conn_write_whole(conn, body.at, body.len, NULL, NULL);
    } else {
        char *room = conn_write_reserve(conn, body.len);

        if (room) {
            memcpy(room, body.at, body.len);
            (void)conn_write_commit(conn, body.len);
        }
    }
}

/* What stands for an answer whose body was not taken: the handler may not have looked. */
static void replace(struct http1_context *context, struct shunt_response *response,
                    struct shunt_span path)
{
    bool too_big = response->refused == SHUNT_ETOOBIG;
    uint64_t more;

    if (too_big) {
        context->counters.responses_too_big++;
        if (log_limit_pass(&context->too_big_log, context->loop->now_ms, &more)) {
            log_error("%.*s: its handler gave a body of %zu bytes, and response_bytes_max is "
                      "%" PRIu64 ": answered with 500 (%" PRIu64 " such before this)",
                      (int)path.len, path.at, response->refused_bytes, response->body_bytes_max,
                      more);
        }
    } else {
        context->counters.no_memory++;
    }
    response->status = too_big ? 500 : 503;
    response->content_type = TEXT_PLAIN;
    response->body =
        too_big ? LITERAL("Internal Server Error\n") : LITERAL("Service Unavailable\n");
    response->offer = NULL;
    response->fields.len = 0;
}

void http1_respond(struct conn *conn, struct shunt_response *response, struct shunt_span path)
{
    struct http1_context *context = http1_context_of(conn);
    struct shunt_span joined = {0};
    bool bodiless;

    if (response->refused) {
        replace(context, response, path);
    }
    bodiless = response->bodiless || response->status == 204 || response->status == 304;
    if (!bodiless && response->body.len <= JOINED_BYTES_MAX) {
        joined = response->body;
    }
    if (!write_first(conn, response, joined)) {
        return;
    }
    if (!bodiless && response->body.len > JOINED_BYTES_MAX) {
        write_body(conn, response);
    }
    count(context, response->status);
    http1_inline(conn)->idle_until_ms = conn_after_ms(conn, context->limits.keep_alive_ms);
    if (response->close) {
        conn_close(conn, SHUNT_CLOSE_GRACEFUL, SHUNT_CLOSED_BY_PROTOCOL);
    }
}

void http1_refuse(struct conn *conn, unsigned status, bool head_method)
{
    struct shunt_response response;
    char text[64];
    struct http_writer out = {.at = text, .room = sizeof text};

    http_write_bytes(&out, shunt_span_of(http_reason(status)));
    http_write_bytes(&out, LITERAL("\n"));
    http1_response_init(http1_context_of(conn), &response);
    response.status = status;
    response.content_type = TEXT_PLAIN;
    response.body = (struct shunt_span){text, out.len};
    response.close = true;
    response.bodiless = head_method;
    http1_respond(conn, &response, (struct shunt_span){0});
}

void http1_continue(struct conn *conn, struct http1_progress *progress)
{
    struct shunt_span line = LITERAL("HTTP/1.1 100 Continue\r\n\r\n");

    progress->continued = true;
    (void)conn_write(conn, line.at, line.len);
}

bool http1_last(const struct conn *conn, bool keep_alive)
{
    const struct http1_inline *state = (const void *)conn->inline_state;
    uint32_t most = http1_context_of(conn)->limits.requests_max;

    return !keep_alive || state->draining || conn_loop_of(conn)->draining ||
           (most > 0 && state->requests >= most);
}
