/* The life of an exchange, and the copy of its request that a deferred one has. */
#include "exchange/exchange.h"

#include "conn/memory.h"
#include "exchange/done.h"

#include <stdlib.h>

/* ---- life ---- */

struct shunt_exchange *exchange_take(struct exchange_context *context, struct conn *conn)
{
    struct shunt_exchange *exchange = context->spare;

    context->spare = NULL;
    if (!exchange) {
        exchange = malloc(sizeof *exchange);
        if (!exchange) {
            return NULL;
        }
        exchange->request_copy = NULL;
        exchange->fields_copy = NULL;
        exchange->pending = NULL;
        exchange->running = false;
        exchange->arena = (struct exchange_arena){0};
    }
    exchange->context = context;
    exchange->conn = conn;
    exchange->deferred = false;
    exchange->plugin = 0;
    exchange->filters = NULL;
    exchange->attributes.count = 0;
    exchange->pieces = EXCHANGE_WHOLE;
    exchange->body.state = EXCHANGE_BODY_UNASKED;
    exchange->begun_ns = 0;
    exchange_response_init(context, &exchange->response);
    return exchange;
}

void exchange_destroy(struct shunt_exchange *exchange)
{
    if (exchange) {
        free(exchange->request_copy);
        free(exchange->fields_copy);
        free(exchange);
    }
}

static void copy_drop(struct shunt_exchange *exchange)
{
    (*exchange->pending)--;
    exchange->pending = NULL;
    conn_memory_release(exchange->context->loop, exchange->copy_bytes);
    free(exchange->request_copy);
    free(exchange->fields_copy);
    exchange->request_copy = NULL;
    exchange->fields_copy = NULL;
}

void exchange_put(struct shunt_exchange *exchange)
{
    struct exchange_context *context = exchange->context;

    if (exchange->begun_ns > 0) {
        exchange_done(exchange);
    }
    exchange_response_fini(&exchange->response);
    if (exchange->arena.blocks) {
        exchange_arena_free(&exchange->arena, context->loop);
    }
    if (exchange->request_copy) {
        copy_drop(exchange);
    }
    if (context->spare) {
        exchange_destroy(exchange);
    } else {
        context->spare = exchange;
    }
}

void *shunt_request_alloc(const struct shunt_request *request, size_t bytes)
{
    struct shunt_exchange *exchange = request->exchange;

    return exchange ? exchange_arena_alloc(&exchange->arena, exchange->context->loop, bytes) : NULL;
}

/* ---- the copy of a deferred request ---- */

static void move_span(struct shunt_span *span, const char *from, size_t len, const char *to)
{
    if (span->at >= from && span->at <= from + len && span->at) {
        span->at = to + (span->at - from);
    }
}

static void move_spans(struct shunt_exchange *exchange, size_t len, char *to,
                       struct shunt_field *fields)
{
    struct shunt_request *request = &exchange->request;
    const char *from = request->method.at;
    struct shunt_span *const spans[] = {&request->method,
                                        &request->target,
                                        &request->path,
                                        &request->query,
                                        &request->host,
                                        &request->body,
                                        &exchange->upgrade.offers.offer};

    memcpy(to, from, len);
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        move_span(spans[i], from, len, to);
    }
    for (size_t i = 0; i < request->field_count; i++) {
        fields[i] = request->fields[i];
        move_span(&fields[i].name, from, len, to);
        move_span(&fields[i].value, from, len, to);
    }
    request->fields = fields;
    fields += request->field_count;
    for (size_t i = 0; i < request->trailer_count; i++) {
        fields[i] = request->trailers[i];
        move_span(&fields[i].name, from, len, to);
        move_span(&fields[i].value, from, len, to);
    }
    request->trailers = fields;
}

static enum shunt_status copy_request(struct shunt_exchange *exchange)
{
    size_t len = (size_t)(exchange->end - exchange->request.method.at);
    size_t count = exchange->request.field_count + exchange->request.trailer_count;
    size_t fields_bytes = (count + 1) * sizeof(struct shunt_field);
    struct shunt_field *fields = malloc(fields_bytes);
    char *to = malloc(len + 1);

    exchange->copy_bytes = len + 1 + fields_bytes;
    if (!to || !fields ||
        !conn_memory_reserve(exchange->context->loop, CONN_MEMORY_REQUEST, exchange->copy_bytes)) {
        free(to);
        free(fields);
        return SHUNT_ENOMEM;
    }
    move_spans(exchange, len, to, fields);
    exchange->request_copy = to;
    exchange->fields_copy = fields;
    return SHUNT_OK;
}

enum shunt_status exchange_keep(struct shunt_exchange *exchange, uint32_t *pending)
{
    if (!exchange->request_copy && copy_request(exchange) != SHUNT_OK) {
        return SHUNT_ENOMEM;
    }
    if (exchange->pending) {
        (*exchange->pending)--;
    }
    exchange->pending = pending;
    (*pending)++;
    return SHUNT_OK;
}
