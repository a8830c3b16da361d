/*
 * The id of a deferred exchange is its connection's, which is renewed when a handler runs for the
 * exchange or it is gone: late answers miss, and cannot reach the next exchange of the connection.
 */
#include "exchange/deferral.h"

#include "conn/post.h"
#include "http/list.h"

#include <stdlib.h>

/* ---- within the first handler ---- */

static enum shunt_status keep(struct shunt_exchange *exchange)
{
    struct exchange_context *context = exchange->context;

    if (exchange->pending == &context->pending_answers) {
        return SHUNT_OK; /* it has been deferred before */
    }
    if (context->pending_answers >= context->limits.pending_answers_max) {
        context->counters.answers_overflow++;
        return SHUNT_EFULL;
    }
    if (exchange_keep(exchange, &context->pending_answers) != SHUNT_OK) {
        context->counters.no_memory++;
        return SHUNT_ENOMEM;
    }
    return SHUNT_OK;
}

enum shunt_status shunt_response_defer(struct shunt_response *response, shunt_cancelled *cancelled,
                                       void *arg, shunt_id *id)
{
    struct shunt_exchange *exchange = exchange_of_response(response);
    enum shunt_status status;

    if (exchange->deferred || response->amending) {
        return SHUNT_ESTATE;
    }
    status = keep(exchange);
    if (status != SHUNT_OK) {
        return status;
    }
    exchange->deferred = true;
    exchange->cancelled = cancelled;
    exchange->cancelled_arg = arg;
    *id = conn_id(exchange->conn);
    return SHUNT_OK;
}

enum shunt_status exchange_deferral_join(struct shunt_exchange *exchange,
                                         shunt_cancelled *cancelled, void *arg, shunt_id *id)
{
    if (!exchange->deferred ||
        (exchange->pieces != EXCHANGE_PIECES && !exchange_body_open(exchange))) {
        return shunt_response_defer(&exchange->response, cancelled, arg, id);
    }
    exchange->cancelled = cancelled;
    exchange->cancelled_arg = arg;
    *id = conn_id(exchange->conn);
    return SHUNT_OK;
}

struct shunt_worker *shunt_response_worker(const struct shunt_response *response)
{
    return response->loop;
}

void *shunt_response_local(const struct shunt_response *response)
{
    unsigned plugin = exchange_of_response((struct shunt_response *)(uintptr_t)response)->plugin;

    return plugin ? response->loop->locals[plugin - 1] : NULL;
}

/* ---- later ---- */

void exchange_deferral_cancel(struct shunt_exchange *exchange)
{
    exchange->context->counters.answers_cancelled++;
    exchange_deferral_end(exchange);
    if (exchange->cancelled) {
        exchange->cancelled(exchange->cancelled_arg);
    }
}

void exchange_deferral_fail(struct shunt_exchange *exchange)
{
    exchange_deferral_cancel(exchange);
    exchange_response_clear(exchange->context, &exchange->response);
    exchange_response_text(&exchange->response, 503, shunt_span_of("Service Unavailable\n"));
}

struct shunt_exchange *exchange_deferral_find(struct shunt_worker *loop, shunt_id id)
{
    struct conn *conn = conn_slab_find(&loop->slab, id);
    struct shunt_exchange *exchange =
        conn && conn->state == CONN_HTTP ? loop->http->exchange(conn) : NULL;

    return exchange && !exchange->running ? exchange : NULL;
}

void exchange_deferral_end(struct shunt_exchange *exchange)
{
    exchange->deferred = false;
    if (exchange->conn->state != CONN_CLOSING) {
        conn_id_renew(exchange->conn);
    }
}

static void call(struct shunt_exchange *exchange, shunt_handler *handler, void *arg)
{
    exchange->running = true;
    exchange->goes_on = false;
    handler(arg, &exchange->request, &exchange->response);
    exchange->running = false;
}

void exchange_deferral_give(struct shunt_exchange *exchange, struct shunt_span bytes)
{
    exchange->running = true;
    exchange->goes_on = false;
    exchange->body.on_data(exchange->body.arg, &exchange->request, &exchange->response, bytes.at,
                           bytes.len);
    exchange->running = false;
}

/* From here on what on_end() leaves is the answer, as with any handler. */
static void end(struct shunt_exchange *exchange)
{
    exchange->body.state = EXCHANGE_BODY_ENDED;
    if (exchange->pieces == EXCHANGE_WHOLE) {
        exchange_deferral_end(exchange);
    }
    call(exchange, exchange->body.on_end, exchange->body.arg);
}

static bool body_due(const struct shunt_exchange *exchange, enum exchange_body_state state)
{
    return exchange->body.state == state && exchange->deferred && !exchange->body.paused &&
           exchange->conn->state != CONN_CLOSING;
}

void exchange_deferral_go_on(struct shunt_exchange *exchange)
{
    if (body_due(exchange, EXCHANGE_BODY_HERE)) {
        exchange->body.state = EXCHANGE_BODY_READ;
        if (exchange->request.body.len > 0) {
            exchange_deferral_give(exchange, exchange->request.body);
        }
    }
    if (body_due(exchange, EXCHANGE_BODY_READ)) {
        end(exchange);
    }
    if (!exchange->deferred) {
        (exchange->goes_on ? exchange->version->go_on : exchange->version->answered)(exchange);
    }
}

/* While its body or its answer is in pieces it stays deferred, by the same id. */
void exchange_deferral_run(struct shunt_exchange *exchange, shunt_handler *handler, void *arg)
{
    if (exchange->pieces == EXCHANGE_WHOLE && !exchange_body_open(exchange)) {
        exchange_deferral_end(exchange);
    }
    call(exchange, handler, arg);
    exchange_deferral_go_on(exchange);
}

static bool is_of(const struct shunt_worker *loop, shunt_id id)
{
    return (id >> CONN_SLOT_BITS & ((1u << CONN_WORKER_BITS) - 1)) == loop->post.number;
}

enum shunt_status shunt_exchange_run(struct shunt_worker *worker, shunt_id id,
                                     shunt_handler *handler, void *arg)
{
    struct shunt_exchange *exchange = is_of(worker, id) ? exchange_deferral_find(worker, id) : NULL;

    if (!exchange) {
        return SHUNT_ENOTFOUND;
    }
    exchange_deferral_run(exchange, handler, arg);
    return SHUNT_OK;
}

/* ---- from any thread ---- */

static void run_message(void *context, const struct mailbox_message *message)
{
    struct shunt_exchange *exchange = exchange_deferral_find(context, message->to);

    if (!exchange) {
        conn_post_miss(context, message);
        return;
    }
    exchange_deferral_run(exchange, (shunt_handler *)message->task, message->arg);
}

enum shunt_status shunt_exchange_post(shunt_id id, shunt_handler *handler, shunt_release *drop,
                                      void *arg)
{
    return conn_post_message(&(struct mailbox_message){
        .run = run_message,
        .to = id,
        .task = (void (*)(void))handler,
        .drop = drop,
        .arg = arg,
    });
}

/* An answer on its way to its worker. */
struct answer {
    unsigned status;
    bool has_type;
    size_t len;
    char bytes[]; /* the body, then the type with its NUL */
};

static void fill(void *arg, const struct shunt_request *request, struct shunt_response *response)
{
    struct answer *answer = arg;
    struct shunt_exchange *exchange = exchange_of_response(response);
    const char *type = answer->has_type ? answer->bytes + answer->len : NULL;

    (void)request;
    response->status = answer->status;
    /* A refused body has its own answer: exchange_response_replace(). */
    (void)!shunt_response_body(response, type, answer->bytes, answer->len);
    if (exchange->pieces == EXCHANGE_WHOLE && exchange_body_open(exchange)) {
        exchange_deferral_end(exchange); /* before its body is whole */
    }
    free(answer);
}

enum shunt_status shunt_exchange_answer(shunt_id id, unsigned status, const char *content_type,
                                        const void *bytes, size_t len)
{
    size_t type_bytes = content_type ? strlen(content_type) + 1 : 0;
    struct answer *answer;
    enum shunt_status result;

    if (status < 200 || status > 599 ||
        (content_type && !http_is_field_value(shunt_span_of(content_type)))) {
        return SHUNT_EINVAL;
    }
    answer = len < SIZE_MAX / 2 ? malloc(sizeof *answer + len + type_bytes) : NULL;
    if (!answer) {
        return SHUNT_ENOMEM;
    }
    *answer = (struct answer){.status = status, .has_type = content_type, .len = len};
    if (len > 0) {
        memcpy(answer->bytes, bytes, len);
    }
    if (content_type) {
        memcpy(answer->bytes + len, content_type, type_bytes);
    }
    result = shunt_exchange_post(id, fill, free, answer);
    if (result != SHUNT_OK) {
        free(answer);
    }
    return result;
}
