/* The callbacks that are not about bytes from the peer; those are in receive.c. */
#include "stream.h"

#include "api.h"
#include "close.h"
#include "partial.h"
#include "send.h"
#include "service_timer.h"

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

void websocket_stream_alive(struct shunt_stream *stream, struct websocket_stream *ws)
{
    ws->alive = !ws->pinged; /* an answer begins an interval of its own */
    if (ws->pinged) {
        ws->pinged = false;
        if (ws->phase == WEBSOCKET_OPEN) { /* else the timer is the close's */
            websocket_host->timer(stream, (uint32_t)settings_of(ws)->ping_interval_ms);
        }
    }
}

void websocket_stream_drained(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_partial *partial = ws->partial;

    ws->full = false;
    websocket_stream_alive(stream, ws);
    if (ws->phase != WEBSOCKET_OPEN) {
        return;
    }
    if (partial && partial->pong_due) {
        partial->pong_due = false;
        (void)websocket_send(stream, WEBSOCKET_PONG, partial->pong, partial->pong_len);
        websocket_partial_trim(ws);
    }
    if (!ws->full && ws->phase == WEBSOCKET_OPEN && ws->service->table.drained) {
        ws->service->table.drained(stream, &websocket_api);
    }
}

void websocket_stream_end(struct shunt_stream *stream)
{
    if (websocket_state(stream)->phase != WEBSOCKET_ENDED) {
        websocket_close_end(stream, WEBSOCKET_CODE_LOST, SHUNT_CLOSE_GRACEFUL);
    }
}

/* Our Close is out and the peer's is overdue; what the peer does not read is dropped. A stop waits
 * less, but not for a peer that still reads. */
static void close_overdue(struct shunt_stream *stream, struct websocket_stream *ws)
{
    bool reads = websocket_host->queued(stream) > 0;

    if (reads && ws->stopping) {
        ws->stopping = false;
        websocket_host->timer(stream, (uint32_t)settings_of(ws)->close_timeout_ms);
    } else {
        websocket_close_end(stream, WEBSOCKET_CODE_LOST,
                            reads ? SHUNT_CLOSE_NOW : SHUNT_CLOSE_GRACEFUL);
    }
}

/* A peer that has neither sent nor read for an interval is pinged, and gone if it does not answer.
 * A missing answer proves nothing while the service pauses the stream, nor while the ping waits in
 * the queue: whether the peer reads what is queued is for the server to judge. */
static void look_for_peer(struct shunt_stream *stream, struct websocket_stream *ws)
{
    const struct websocket_plugin *settings = settings_of(ws);
    bool asks = !ws->pinged && !ws->alive;

    if (ws->pinged && !ws->paused && websocket_host->queued(stream) == 0) {
        websocket_close_end(stream, WEBSOCKET_CODE_LOST, SHUNT_CLOSE_LOST);
        return;
    }
    ws->pinged = ws->pinged || asks;
    ws->alive = false;
    if (asks) {
        (void)websocket_send(stream, WEBSOCKET_PING, NULL, 0);
    }
    if (ws->phase != WEBSOCKET_OPEN) {
        return; /* there was no room for the ping, and the timer is the close's */
    }
    websocket_host->timer(
        stream, (uint32_t)(ws->pinged ? settings->pong_timeout_ms : settings->ping_interval_ms));
}

void websocket_stream_timer(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);

    if (ws->phase == WEBSOCKET_CLOSING) {
        close_overdue(stream, ws);
    } else if (ws->phase == WEBSOCKET_OPEN) {
        look_for_peer(stream, ws);
    }
}

void websocket_stream_shutdown(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);
    const struct websocket_plugin *settings = settings_of(ws);

    if (ws->phase == WEBSOCKET_OPEN && ws->service->table.shutdown) {
        ws->service->table.shutdown(stream, &websocket_api);
    }
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
    websocket_service_timer_cancel(ws);
    if (ws->service->table.close) {
        ws->service->table.close(stream, ws->phase == WEBSOCKET_ENDED ? ws->close_code
                                                                      : WEBSOCKET_CODE_LOST);
    }
    websocket_member_drop(ws);
}
