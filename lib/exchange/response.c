/* What may be set in a response, by handlers (the public calls) and by the server itself. */
#include "exchange/response.h"

#include "conn/memory.h"
#include "http/list.h"

#include <inttypes.h>
#include <stdlib.h>

static const char text_plain[] = "text/plain; charset=utf-8"; /* no handler has this very one */

/* A long body, with its type, that a handler has set. */
struct exchange_body {
    struct shunt_worker *loop;
    size_t bytes;
    char data[];
};

static struct exchange_body *body_create(struct shunt_worker *loop, size_t len)
{
    size_t bytes = sizeof(struct exchange_body) + len;
    struct exchange_body *body = NULL;

    if (conn_memory_reserve(loop, CONN_MEMORY_OUTPUT, bytes)) {
        body = malloc(bytes);
        if (!body) {
            conn_memory_release(loop, bytes);
            return NULL;
        }
        *body = (struct exchange_body){.loop = loop, .bytes = bytes};
    }
    return body;
}

void exchange_response_body_free(void *arg)
{
    struct exchange_body *body = arg;

    conn_memory_release(body->loop, body->bytes);
    free(body);
}

void exchange_response_init(const struct exchange_context *context, struct shunt_response *response)
{
    response->status = 200;
    response->content_type = NULL;
    response->body = (struct shunt_span){0};
    response->file.file = NULL;
    response->file.len = 0;
    response->body_stays = false;
    response->close = response->keep_alive_10 = response->bodiless = false;
    response->in_pieces = response->chunked = response->amending = false;
    response->loop = context->loop;
    response->body_bytes_max = context->limits.response_bytes_max;
    response->refused = SHUNT_OK;
    response->offer = NULL;
    response->status_sent = 0;
    response->body_sent = 0;
    response->owned = NULL;
    response->fields =
        (struct http_writer){.at = response->field_room, .room = sizeof response->field_room};
    response->kept_bytes = 0;
}

void exchange_response_clear(const struct exchange_context *context,
                             struct shunt_response *response)
{
    size_t kept = response->kept_bytes;

    exchange_response_fini(response);
    exchange_response_init(context, response);
    response->fields.len = response->kept_bytes = kept;
}

enum shunt_status shunt_response_status(struct shunt_response *response, unsigned status)
{
    if (status < 200 || status > 599) {
        return SHUNT_EINVAL;
    }
    if (response->status == 101) {
        return SHUNT_ESTATE;
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

bool exchange_response_may_have(struct shunt_span name, struct shunt_span value)
{
    return http_is_token(name) && http_is_field_value(value) && !is_ours(name);
}

enum shunt_status exchange_response_field(struct shunt_response *response, struct shunt_span name,
                                          struct shunt_span value)
{
    struct http_writer *fields = &response->fields;
    struct http_writer before = *fields;

    if (!exchange_response_may_have(name, value)) {
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
    size_t before = response->fields.len;
    enum shunt_status status =
        exchange_response_field(response, shunt_span_of(name), shunt_span_of(value));

    if (response->in_pieces && !response->amending) {
        response->fields.len = before; /* the head is out, and trailers have a call of their own */
    }
    return status;
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
    struct exchange_body *owned = NULL;
    char *copy = response->small;

    if (content_type && !http_is_field_value(shunt_span_of(content_type))) {
        return SHUNT_EINVAL;
    }
    if (response->status == 101 || response->in_pieces) {
        return SHUNT_ESTATE;
    }
    if (len > response->body_bytes_max) {
        return refuse_body(response, SHUNT_ETOOBIG, len);
    }
    if (len + type_bytes > sizeof response->small) {
        owned = body_create(response->loop, len + type_bytes);
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
    exchange_response_fini(response);
    response->refused = SHUNT_OK;
    response->owned = owned;
    response->body = (struct shunt_span){copy, len};
    response->content_type = content_type ? copy + len : NULL;
    return SHUNT_OK;
}

void exchange_response_text(struct shunt_response *response, unsigned status,
                            struct shunt_span text)
{
    if (response->file.file) {
        exchange_file_drop(&response->file);
    }
    response->status = status;
    response->content_type = text_plain;
    response->body = text;
}

bool exchange_response_is_text(const struct shunt_response *response)
{
    return response->content_type == text_plain ||
           (response->body.len == 0 && !response->content_type && !response->file.file);
}

void exchange_response_constant(struct shunt_response *response, const char *content_type,
                                struct shunt_span body)
{
    exchange_response_fini(response);
    response->owned = NULL;
    response->content_type = content_type;
    response->body = body;
    response->body_stays = true;
}

void exchange_response_replace(struct exchange_context *context, struct shunt_response *response,
                               struct shunt_span path)
{
    bool too_big = response->refused == SHUNT_ETOOBIG;

    response->offer = NULL;
    response->fields.len = response->kept_bytes;
    response->refused = SHUNT_OK;
    if (!too_big) {
        context->counters.no_memory++;
        exchange_response_text(response, 503, shunt_span_of("Service Unavailable\n"));
        return;
    }
    context->counters.responses_too_big++;
    log_limit_line(&context->too_big_log, context->loop->now_ms, SHUNT_LOG_ERROR,
                   "%.*s: its handler gave a body of %zu bytes, and response_bytes_max is %" PRIu64
                   ": answered with 500",
                   (int)path.len, path.at, response->refused_bytes, response->body_bytes_max);
    exchange_response_text(response, 500, shunt_span_of("Internal Server Error\n"));
}
