/* Each entry keeps what <shunt/websocket.h> promises and leaves the work to the other files. */
#include "api.h"

#include "close.h"
#include "message.h"
#include "publish.h"
#include "send.h"
#include "service_timer.h"
#include "subscribe.h"

static bool is_open(struct shunt_stream *stream)
{
    return websocket_state(stream)->phase == WEBSOCKET_OPEN;
}

/* ---- the stream's worker ---- */

static enum shunt_status api_send_with(struct shunt_stream *stream, enum shunt_websocket_kind kind,
                                       const void *bytes, size_t len, unsigned flags)
{
    return is_open(stream) ? websocket_send_data(stream, kind, bytes, len, flags) : SHUNT_ESTATE;
}

static enum shunt_status api_send(struct shunt_stream *stream, enum shunt_websocket_kind kind,
                                  const void *bytes, size_t len)
{
    return api_send_with(stream, kind, bytes, len, 0);
}

static enum shunt_status api_ping(struct shunt_stream *stream, const void *bytes, size_t len)
{
    if (len > WEBSOCKET_CONTROL_BYTES_MAX) {
        return SHUNT_EINVAL;
    }
    return is_open(stream) ? websocket_send(stream, WEBSOCKET_PING, bytes, len) : SHUNT_ESTATE;
}

static enum shunt_status api_send_message(struct shunt_stream *stream,
                                          struct shunt_websocket_message *message)
{
    return is_open(stream) ? websocket_send_message(stream, message) : SHUNT_ESTATE;
}

static void api_pause(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);

    if (ws->phase == WEBSOCKET_OPEN) {
        ws->paused = true;
        websocket_host->pause(stream);
    }
}

static void api_resume(struct shunt_stream *stream)
{
    websocket_state(stream)->paused = false;
    websocket_host->resume(stream);
}

static size_t api_queued(const struct shunt_stream *stream)
{
    return websocket_host->queued(stream);
}

static struct shunt_span api_subprotocol(struct shunt_stream *stream)
{
    return websocket_state(stream)->service->subprotocol;
}

static struct shunt_websocket_topics *api_topics(struct shunt_stream *stream)
{
    return websocket_state(stream)->service->named->topics;
}

/* ---- any thread ---- */

static void send_posted(struct shunt_stream *stream, void *arg)
{
    (void)api_send_message(stream, arg);
    websocket_message_release(arg);
}

static void drop_posted(void *arg)
{
    websocket_message_release(arg);
}

static enum shunt_status api_post_message(shunt_id id, struct shunt_websocket_message *message)
{
    enum shunt_status status;

    websocket_message_hold(message);
    status = websocket_host->post(id, send_posted, drop_posted, message);
    if (status != SHUNT_OK) {
        websocket_message_release(message);
    }
    return status;
}

static enum shunt_status api_post(shunt_id id, enum shunt_websocket_kind kind, const void *bytes,
                                  size_t len)
{
    struct shunt_websocket_message *message = websocket_message_create(kind, bytes, len);
    enum shunt_status status;

    if (!message) {
        return SHUNT_ENOMEM;
    }
    status = websocket_host->post(id, send_posted, drop_posted, message);
    if (status != SHUNT_OK) {
        websocket_message_release(message);
    }
    return status;
}

const struct shunt_websocket_api websocket_api = {
    .size = sizeof websocket_api,
    .send = api_send,
    .close = websocket_close_start,
    .ping = api_ping,
    .pause = api_pause,
    .resume = api_resume,
    .queued = api_queued,
    .timer = websocket_service_timer,
    .message_create = websocket_message_create,
    .message_hold = websocket_message_hold,
    .message_release = websocket_message_release,
    .send_message = api_send_message,
    .post = api_post,
    .post_message = api_post_message,
    .subprotocol = api_subprotocol,
    .send_with = api_send_with,
    .topics = api_topics,
    .subscribe = websocket_subscribe,
    .unsubscribe = websocket_unsubscribe,
    .publish = websocket_publish,
};
