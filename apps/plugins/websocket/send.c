/* Of the queue so much is kept free that a Close always fits. */
#include "send.h"

#include "close.h"
#include "write.h"

bool websocket_send_fits(const struct websocket_plugin *plugin, uint64_t queued, uint64_t len)
{
    uint64_t used = queued + WEBSOCKET_QUEUE_SPARE_BYTES;

    return plugin->queue_bytes_max == 0 ||
           (used <= plugin->queue_bytes_max && len <= plugin->queue_bytes_max - used);
}

/* A peer that does not read while the queue is over its mark is at fault (1008); a message that no
 * queue could hold, or one that came before the mark was passed, is our doing (1011). */
static enum shunt_status refuse(struct shunt_stream *stream, size_t len)
{
    const struct websocket_stream *ws = websocket_state(stream);
    bool unread = ws->full && websocket_send_fits(ws->service->worker->plugin, 0, len);

    websocket_host->queue_refused(stream, len);
    websocket_close_start(stream, unread ? WEBSOCKET_CODE_POLICY : WEBSOCKET_CODE_OUR_FAULT,
                          (struct shunt_span){NULL, 0});
    return SHUNT_EFULL;
}

enum shunt_status websocket_send(struct shunt_stream *stream, enum websocket_opcode opcode,
                                 const void *bytes, size_t len)
{
    const struct websocket_stream *ws = websocket_state(stream);

    if (!websocket_send_fits(ws->service->worker->plugin, websocket_host->queued(stream), len)) {
        return refuse(stream, len);
    }
    return websocket_write(stream, opcode, bytes, len);
}

static enum shunt_status send_if_open(struct shunt_stream *stream, enum websocket_opcode opcode,
                                      const void *bytes, size_t len)
{
    const struct websocket_stream *ws = websocket_state(stream);

    return ws->phase == WEBSOCKET_OPEN ? websocket_send(stream, opcode, bytes, len) : SHUNT_ESTATE;
}

static enum shunt_status api_send(struct shunt_stream *stream, enum shunt_websocket_kind kind,
                                  const void *bytes, size_t len)
{
    return send_if_open(stream, kind == SHUNT_WEBSOCKET_TEXT ? WEBSOCKET_TEXT : WEBSOCKET_BINARY,
                        bytes, len);
}

static enum shunt_status api_ping(struct shunt_stream *stream, const void *bytes, size_t len)
{
    return len > WEBSOCKET_CONTROL_BYTES_MAX ? SHUNT_EINVAL
                                             : send_if_open(stream, WEBSOCKET_PING, bytes, len);
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

const struct shunt_websocket_api websocket_api = {
    .size = sizeof websocket_api,
    .send = api_send,
    .close = websocket_close_start,
    .ping = api_ping,
    .pause = api_pause,
    .resume = api_resume,
};
