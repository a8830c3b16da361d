#include "http1/request.h"

#include "conn/memory.h"
#include "exchange/serve.h"
#include "http1/output.h"

/* Member by member: the whole at once is cleared first, by an instruction that is slow to start. */
static void request_fill(const struct http_head *head, struct shunt_span body,
                         struct shunt_request *request)
{
    request->size = sizeof *request;
    request->version_minor = head->version_minor;
    request->method = head->method;
    request->target = head->target;
    request->path = head->path;
    request->query = head->query;
    request->host = head->host;
    request->fields = head->fields;
    request->field_count = head->field_count;
    request->body = body;
    request->pattern = (struct shunt_span){0};
    request->exchange = NULL;
    request->trailers = NULL;
    request->trailer_count = 0;
}

static enum shunt_status parse(struct http1_context *context, struct shunt_span in, size_t scanned,
                               size_t *used, unsigned *answer)
{
    return http_head_parse(in, scanned, &context->exchange.limits.http, context->fields,
                           &context->head, used, answer);
}

static enum shunt_status read_head(struct http1_context *context, struct http1_progress *progress,
                                   struct shunt_span in, unsigned *answer)
{
    const struct http_head *head = &context->head;
    size_t used;
    enum shunt_status status = parse(context, in, progress->scanned, &used, answer);

    if (status == SHUNT_AGAIN) {
        progress->scanned = in.len;
    }
    if (status != SHUNT_OK) {
        return status;
    }
    progress->head_len = progress->raw = used;
    progress->framing = head->framing;
    progress->content_length = head->content_length;
    return SHUNT_OK;
}

/* Is the body, with `more` bytes just decoded and what their chunk has announced, over the limit? A
 * chunk is judged by its size line, as a Content-Length is by the head. */
static bool over_limit(const struct http1_progress *progress, size_t more)
{
    uint64_t room = progress->body_bytes_max - progress->body_len;

    return more > room || http_chunked_left(&progress->chunked) > room - more;
}

/* Move what has been decoded to its kind, which is the last one so far. */
static void gather(const struct http1_progress *progress, char *in, struct shunt_span bytes,
                   size_t *kind)
{
    if (bytes.len > 0) {
        memmove(in + progress->head_len + progress->body_len + progress->trailer_len, bytes.at,
                bytes.len);
    }
    *kind += bytes.len;
}

/* Decode what is there; the decoded bytes gather behind the head, then the trailer section, and
 * undecoded ones right behind them. */
static enum shunt_status read_chunks(struct http1_progress *progress, char *in, size_t *len,
                                     unsigned *answer)
{
    enum shunt_status status;
    size_t end, left;

    do {
        struct shunt_span rest = {in + progress->raw, *len - progress->raw}, data;
        bool trailers = http_chunked_in_trailers(&progress->chunked);
        size_t used;

        status = http_chunked_decode(&progress->chunked, rest, &used, &data);
        if (over_limit(progress, data.len)) {
            *answer = 413;
            return SHUNT_ETOOBIG;
        }
        gather(progress, in, trailers ? (struct shunt_span){rest.at, used} : data,
               trailers ? &progress->trailer_len : &progress->body_len);
        progress->raw += used;
        if (used == 0) {
            break;
        }
    } while (status == SHUNT_AGAIN && progress->raw < *len);

    if (status == SHUNT_EPROTO || status == SHUNT_ETOOBIG) {
        *answer = status == SHUNT_EPROTO ? 400 : 431;
        return status;
    }
    end = progress->head_len + progress->body_len + progress->trailer_len;
    left = *len - progress->raw;
    if (end < progress->raw) {
        memmove(in + end, in + progress->raw, left);
        progress->raw = end;
        *len = end + left;
    }
    return status;
}

static enum shunt_status read_body(struct http1_progress *progress, char *in, size_t *len,
                                   unsigned *answer)
{
    switch (progress->framing) {
    case HTTP_BODY_NONE:
        return SHUNT_OK;
    case HTTP_BODY_LENGTH:
        if (*len - progress->head_len < progress->content_length) {
            return SHUNT_AGAIN;
        }
        progress->body_len = (size_t)progress->content_length;
        progress->raw = progress->head_len + progress->body_len;
        return SHUNT_OK;
    case HTTP_BODY_CHUNKED:
        break;
    }
    return read_chunks(progress, in, len, answer);
}

bool http1_request_upgrades(const struct http_head *head, const struct exchange_route *route)
{
    return head->upgrade && route && route->upgrade && head->keep_alive;
}

static bool has_body(const struct http_head *head)
{
    return head->framing == HTTP_BODY_CHUNKED ||
           (head->framing == HTTP_BODY_LENGTH && head->content_length > 0);
}

/*
 * The head is there. A body is gathered only where it is read, so that a path that is 404 costs no
 * memory, and its client gets the 404 before it has sent a byte of the body (RFC 9110
 * section 10.1.1).
 */
static enum shunt_status body_begin(struct http1_context *http1, struct conn *conn,
                                    struct http1_progress *progress, size_t in,
                                    struct shunt_request *request, unsigned *answer)
{
    struct exchange_context *context = &http1->exchange;
    const struct http_head *head = &http1->head;
    const struct exchange_route *route;

    if (!has_body(head)) {
        return SHUNT_OK;
    }
    request_fill(head, (struct shunt_span){0}, request);
    route = exchange_routes_find(context->routes, request);
    progress->body_bytes_max =
        route && route->body_bytes_max ? route->body_bytes_max : context->limits.body_bytes_max;
    if (head->framing == HTTP_BODY_LENGTH && head->content_length > progress->body_bytes_max) {
        *answer = 413;
        return SHUNT_ETOOBIG;
    }
    if (!exchange_serve_reads_body(route, http1_request_upgrades(head, route))) {
        progress->reading = HTTP1_READ_DROP;
        return SHUNT_OK;
    }
    if (route && route->streamed && !http1_request_upgrades(head, route)) {
        progress->reading = HTTP1_READ_ASKED;
        progress->expects = head->expect_continue;
        return SHUNT_OK;
    }
    if (head->framing == HTTP_BODY_LENGTH && head->content_length > in - progress->head_len) {
        if (!conn_memory_reserve(context->loop, CONN_MEMORY_REQUEST,
                                 (size_t)head->content_length)) {
            *answer = 503; /* rather than when some of it has come */
            return SHUNT_ENOMEM;
        }
        conn_memory_release(context->loop, (size_t)head->content_length);
    }
    if (head->expect_continue) {
        http1_output_continue(conn);
        progress->continued = true;
    }
    return SHUNT_OK;
}

enum shunt_status http1_request_trailers(struct shunt_span section, struct shunt_field *fields,
                                         struct shunt_request *request)
{
    struct shunt_field field;

    request->trailers = fields;
    while (http_chunked_trailer_next(&section, &field)) {
        if (request->trailer_count == HTTP_TRAILERS_MAX) {
            return SHUNT_ETOOBIG;
        }
        fields[request->trailer_count++] = field;
    }
    return SHUNT_OK;
}

enum shunt_status http1_request_read(struct conn *conn, struct http1_progress *progress, char *in,
                                     size_t *len, struct shunt_request *request, size_t *used,
                                     unsigned *answer)
{
    struct http1_context *context = http1_context_of(conn);
    bool parsed_now = progress->head_len == 0;
    enum shunt_status status;

    if (parsed_now) {
        status = read_head(context, progress, (struct shunt_span){in, *len}, answer);
        if (status != SHUNT_OK) {
            return status;
        }
        status = body_begin(context, conn, progress, *len, request, answer);
        if (status != SHUNT_OK) {
            return status;
        }
        if (progress->reading != HTTP1_READ_WHOLE) {
            *used = progress->head_len;
            return SHUNT_OK;
        }
    }
    status = read_body(progress, in, len, answer);
    if (status != SHUNT_OK) {
        return status;
    }
    if (!parsed_now) {
        /* The head was accepted before, but other connections have used the room since. */
        size_t again;

        status = parse(context, (struct shunt_span){in, progress->head_len}, 0, &again, answer);
        if (status != SHUNT_OK) {
            return status;
        }
    }
    request_fill(&context->head, (struct shunt_span){in + progress->head_len, progress->body_len},
                 request);
    *used = progress->raw;
    if (progress->trailer_len > 0) {
        struct shunt_span section = {in + progress->head_len + progress->body_len,
                                     progress->trailer_len};

        *answer = 431;
        return http1_request_trailers(section, context->trailers, request);
    }
    return SHUNT_OK;
}

static enum shunt_status piece_of_chunks(struct http1_progress *progress, struct shunt_span in,
                                         size_t *used, struct shunt_span *data,
                                         struct shunt_span *trailers, unsigned *answer)
{
    bool in_trailers = http_chunked_in_trailers(&progress->chunked);
    enum shunt_status status = http_chunked_decode(&progress->chunked, in, used, data);

    if (over_limit(progress, data->len)) {
        *answer = 413;
        return SHUNT_ETOOBIG;
    }
    progress->body_len += data->len;
    if (in_trailers) {
        *trailers = (struct shunt_span){in.at, *used};
    }
    *answer = status == SHUNT_ETOOBIG ? 431 : 400;
    return status;
}

enum shunt_status http1_request_piece(struct http1_progress *progress, struct shunt_span in,
                                      size_t *used, struct shunt_span *data,
                                      struct shunt_span *trailers, unsigned *answer)
{
    *trailers = (struct shunt_span){0};
    if (progress->framing == HTTP_BODY_CHUNKED) {
        return piece_of_chunks(progress, in, used, data, trailers, answer);
    }
    *used = in.len < progress->content_length ? in.len : (size_t)progress->content_length;
    *data = (struct shunt_span){in.at, *used};
    progress->content_length -= *used;
    return progress->content_length > 0 ? SHUNT_AGAIN : SHUNT_OK;
}

enum shunt_status http1_request_drop(struct http1_progress *progress, struct shunt_span in,
                                     size_t *used)
{
    enum shunt_status status;
    size_t more;

    *used = 0;
    do {
        struct shunt_span rest = {in.at + *used, in.len - *used}, data, trailers;
        unsigned answer;

        status = http1_request_piece(progress, rest, &more, &data, &trailers, &answer);
        *used += more;
    } while (status == SHUNT_AGAIN && more > 0 && *used < in.len);
    return status;
}
