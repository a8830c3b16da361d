#include "exchange/body.h"

#include "conn/post.h"
#include "exchange/deferral.h"

/* An upgrade is negotiated before any handler runs. */
enum shunt_status shunt_request_read(const struct shunt_request *request, shunt_body_data *on_data,
                                     shunt_handler *on_end, shunt_cancelled *cancelled, void *arg,
                                     shunt_id *id)
{
    struct shunt_exchange *exchange = request->exchange;
    enum shunt_status status;

    if (!exchange || exchange->body.state != EXCHANGE_BODY_UNASKED ||
        exchange->conn->state != CONN_HTTP || exchange_filtering(exchange) ||
        exchange->response.amending) {
        return SHUNT_ESTATE;
    }
    status = exchange_deferral_join(exchange, cancelled, arg, id);
    if (status != SHUNT_OK) {
        return status;
    }
    exchange->context->counters.bodies_streamed++;
    exchange->body = (struct exchange_body_in){.on_data = on_data, .on_end = on_end, .arg = arg};
    exchange->version->body_begin(exchange);
    return SHUNT_OK;
}

static void pause_set(struct shunt_exchange *exchange, bool paused)
{
    if (!exchange || !exchange_body_open(exchange) || exchange->body.paused == paused) {
        return;
    }
    exchange->body.paused = paused;
    if (exchange->body.state == EXCHANGE_BODY_COMING) {
        exchange->version->body_pause(exchange);
    }
}

void shunt_request_pause(const struct shunt_request *request)
{
    pause_set(request->exchange, true);
}

void shunt_request_resume(const struct shunt_request *request)
{
    pause_set(request->exchange, false);
}

/* ---- from any thread ---- */

static void pause_message(void *context, const struct mailbox_message *message)
{
    struct shunt_exchange *exchange = exchange_deferral_find(context, message->to);

    if (!exchange) {
        conn_post_miss(context, message);
        return;
    }
    pause_set(exchange, message->arg != NULL);
    exchange_deferral_go_on(exchange);
}

static enum shunt_status post(shunt_id id, bool paused)
{
    static char pause;

    return conn_post_message(&(struct mailbox_message){
        .run = pause_message,
        .to = id,
        .arg = paused ? &pause : NULL,
    });
}

enum shunt_status shunt_exchange_pause(shunt_id id)
{
    return post(id, true);
}

enum shunt_status shunt_exchange_resume(shunt_id id)
{
    return post(id, false);
}

/* ---- for a version of HTTP ---- */

void exchange_body_data(struct shunt_exchange *exchange, struct shunt_span bytes)
{
    if (bytes.len > 0) {
        exchange_deferral_give(exchange, bytes);
    }
    exchange_deferral_go_on(exchange);
}
