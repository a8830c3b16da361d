/* The callbacks that are not about bytes from the peer; those are in receive.c. */
#include "stream.h"

#include "close.h"
#include "partial.h"
#include "send.h"

static const struct websocket_plugin *settings_of(const struct websocket_stream *ws)
{
    return ws->service->worker->plugin;
}

void websocket_stream_open(void *local, struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);
    uint64_t interval = settings_of(ws)->ping_interval_ms;

    (void)local; /* negotiate() has left the service in the state */
    if (interval > 0) {
        websocket_host->timer(stream, (uint32_t)interval);
    }
    if (ws->service->table.open) {
        ws->service->table.open(ws->service->local, stream, &websocket_api);
    }
}

void websocket_stream_drained(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_partial *partial = ws->partial;

    ws->full = false;
    ws->heard = true;
    if (ws->phase != WEBSOCKET_OPEN) {
        return;
    }
    if (partial && partial->pong_due) {
        partial->pong_due = false;
        (void)websocket_send(stream, WEBSOCKET_PONG, partial->pong, partial->pong_len);
        websocket_partial_settle(ws);
    }
    if (!ws->full && ws->service->table.drained) {
        ws->service->table.drained(stream, &websocket_api);
    }
}

void websocket_stream_end(struct shunt_stream *stream)
{
    if (websocket_state(stream)->phase != WEBSOCKET_ENDED) {
        websocket_close_end(stream, WEBSOCKET_CODE_LOST, SHUNT_CLOSE_GRACEFUL);
    }
}

/* OPEN: time for a ping, when the peer has neither sent nor read since the last time. A peer that
 * then still does not is gone, unless we are the one who does not listen. CLOSING: the peer's Close
 * is overdue; what it does not read is dropped. A stop waits less for it, but not for a peer that
 * still reads. */
void websocket_stream_timer(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);

    if (ws->phase == WEBSOCKET_CLOSING && ws->stopping && websocket_host->queued(stream) > 0) {
        ws->stopping = false;
        websocket_host->timer(stream, (uint32_t)settings_of(ws)->close_timeout_ms);
    } else if (ws->phase == WEBSOCKET_CLOSING) {
        websocket_close_end(stream, WEBSOCKET_CODE_LOST,
                            websocket_host->queued(stream) > 0 ? SHUNT_CLOSE_NOW
                                                               : SHUNT_CLOSE_GRACEFUL);
    } else if (ws->phase == WEBSOCKET_OPEN && ws->pinged && !ws->heard && !ws->paused) {
        websocket_close_end(stream, WEBSOCKET_CODE_LOST, SHUNT_CLOSE_NOW);
    } else if (ws->phase == WEBSOCKET_OPEN) {
        ws->pinged = !ws->heard;
        ws->heard = false;
        if (ws->pinged) {
            (void)websocket_send(stream, WEBSOCKET_PING, NULL, 0);
        }
        websocket_host->timer(stream, (uint32_t)settings_of(ws)->ping_interval_ms);
    }
}

void websocket_stream_shutdown(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);
    const struct websocket_plugin *settings = settings_of(ws);

    websocket_close_start(stream, WEBSOCKET_CODE_GOING_AWAY, (struct shunt_span){NULL, 0});
    if (ws->phase == WEBSOCKET_CLOSING && settings->stop_timeout_ms < settings->close_timeout_ms) {
        ws->stopping = true;
        websocket_host->timer(stream, (uint32_t)settings->stop_timeout_ms);
    }
}

void websocket_stream_close(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    struct websocket_stream *ws = websocket_state(stream);

    (void)reason;
    websocket_partial_free(ws);
    if (ws->service->table.close) {
        ws->service->table.close(stream, ws->phase == WEBSOCKET_ENDED ? ws->close_code
                                                                      : WEBSOCKET_CODE_LOST);
    }
}
