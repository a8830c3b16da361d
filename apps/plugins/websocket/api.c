/* Each entry keeps what <shunt/websocket.h> promises and leaves the work to the other files. */
#include "api.h"

#include "close.h"
#include "message.h"
#include "present.h"
#include "publish.h"
#include "send.h"
#include "service_timer.h"
#include "slow.h"
#include "subscribe.h"

#include <string.h>

static bool is_open(struct shunt_stream *stream)
{
    return websocket_state(stream)->phase == WEBSOCKET_OPEN;
}

/* ---- the stream's worker ---- */

static enum shunt_status api_send(struct shunt_stream *stream, enum shunt_websocket_kind kind,
                                  const void *bytes, size_t len)
{
    return websocket_slow_send_bytes(stream, kind, bytes, len, 0);
}

static enum shunt_status api_ping(struct shunt_stream *stream, const void *bytes, size_t len)
{
    if (len > WEBSOCKET_CONTROL_BYTES_MAX) {
        return SHUNT_EINVAL;
    }
    return is_open(stream) ? websocket_send(stream, WEBSOCKET_PING, bytes, len) : SHUNT_ESTATE;
}

static void api_close(struct shunt_stream *stream, uint16_t code, struct shunt_span reason)
{
    websocket_slow_end(stream);
    websocket_close_start(stream, code, reason);
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
    const struct websocket_stream *ws =
        websocket_host->state((struct shunt_stream *)(uintptr_t)stream);

    return websocket_host->queued(stream) + (size_t)websocket_slow_waiting(ws);
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
    (void)websocket_slow_send(stream, arg);
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

/* All workers' together; each is read on its own. */
static enum shunt_status api_counters(const struct shunt_websocket_topics *topics,
                                      struct shunt_websocket_counters *given)
{
    struct shunt_websocket_counters all = {.size = sizeof all};
    const struct websocket_hub *hub = &topics->plugin->hub;

    for (unsigned i = 0; i < hub->workers; i++) {
        const struct websocket_counts *counts = &hub->counts[i];

        all.subscriptions += atomic_load(&hub->inboxes[i]->subscriptions);
        all.publications_waiting += atomic_load(&hub->inboxes[i]->count);
        all.delivered += atomic_load(&counts->delivered);
        all.slow_closed += atomic_load(&counts->slow_closed);
        all.dropped_newest += atomic_load(&counts->dropped_newest);
        all.dropped_oldest += atomic_load(&counts->dropped_oldest);
        all.conflated += atomic_load(&counts->conflated);
        all.dropped_at_close += atomic_load(&counts->dropped_at_close);
        all.subscriptions_refused += atomic_load(&counts->refused);
        all.origins_refused += atomic_load(&counts->origins_refused);
        all.contexts_refused += atomic_load(&counts->contexts_refused);
        all.context_bytes += atomic_load(&counts->context_bytes);
        all.deflated_from += atomic_load(&counts->deflated_from);
        all.deflated_to += atomic_load(&counts->deflated_to);
    }
    all.publications_refused = atomic_load(&hub->refused);
    if (given->size < sizeof given->size || given->size > sizeof all) {
        return SHUNT_EINVAL;
    }
    all.size = given->size;
    memcpy(given, &all, given->size);
    return SHUNT_OK;
}

const struct shunt_websocket_api websocket_api = {
    .size = sizeof websocket_api,
    .send = api_send,
    .close = api_close,
    .ping = api_ping,
    .pause = api_pause,
    .resume = api_resume,
    .queued = api_queued,
    .timer = websocket_service_timer,
    .message_create = websocket_message_create,
    .message_hold = websocket_message_hold,
    .message_release = websocket_message_release,
    .send_message = websocket_slow_send,
    .post = api_post,
    .post_message = api_post_message,
    .subprotocol = api_subprotocol,
    .send_with = websocket_slow_send_bytes,
    .topics = api_topics,
    .subscribe = websocket_subscribe,
    .unsubscribe = websocket_unsubscribe,
    .publish = websocket_publish,
    .slow_policy = websocket_slow_set,
    .counters = api_counters,
    .present = websocket_present,
};
