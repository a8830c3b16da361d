/* The callbacks that are not about bytes from the peer; those are in receive.c. */
#include "stream.h"

#include "api.h"
#include "close.h"
#include "keepalive.h"
#include "partial.h"
#include "send.h"
#include "service_timer.h"
#include "slow.h"
#include "subscribe.h"

static const struct websocket_settings *settings_of(const struct websocket_stream *ws)
{
    return ws->service->settings;
}

void websocket_stream_open(void *local, struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);

    (void)local; /* negotiate() has left the service in the state */
    ws->service->worker->open_count++;
    websocket_metrics_add(ws->service->worker, WEBSOCKET_CONTEXT_BYTES,
                          (int64_t)websocket_context_bytes(&ws->service->terms));
    websocket_keepalive_start(stream, ws);
    if (ws->service->table.open) {
        ws->service->table.open(ws->service->local, stream, &websocket_api);
    }
}

void websocket_stream_drained(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_partial *partial = ws->partial;

    ws->full = false;
    websocket_keepalive_alive(stream, ws);
    if (ws->phase != WEBSOCKET_OPEN) {
        return;
    }
    if (partial && partial->pong_due) {
        partial->pong_due = false;
        (void)websocket_send(stream, WEBSOCKET_PONG, partial->pong, partial->pong_len);
        websocket_partial_trim(ws);
    }
    if (!ws->full) {
        websocket_slow_drained(stream);
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

/* A stop: our Close goes out, and its answer has less time than that of any other; so has one that
 * the service itself sends now. */
static void stop(struct shunt_stream *stream, struct websocket_stream *ws)
{
    if (ws->phase != WEBSOCKET_OPEN) {
        websocket_slow_end(stream);
        websocket_close_hurry(stream);
        return;
    }
    ws->stopping = true;
    if (ws->service->table.shutdown) {
        ws->service->table.shutdown(stream, &websocket_api);
    }
    websocket_slow_end(stream);
    websocket_close_start(stream, WEBSOCKET_CODE_GOING_AWAY, (struct shunt_span){NULL, 0});
}

void websocket_stream_timer(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);

    if (ws->phase == WEBSOCKET_CLOSING) {
        close_overdue(stream, ws);
    } else if (ws->phase == WEBSOCKET_OPEN && ws->stopping) {
        stop(stream, ws);
    } else if (ws->phase == WEBSOCKET_OPEN) {
        websocket_keepalive_timer(stream, ws);
    }
}

/* Clients that are closed at once come back at once, so a worker's are closed one after the other:
 * a millisecond apart, or as close as they have to be for the last one's turn to come in time. */
void websocket_stream_shutdown(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_worker *worker = ws->service->worker;
    uint64_t spread = settings_of(ws)->stop_spread_ms, wait;

    if (worker->stop_count == 0) {
        worker->stop_total = worker->open_count;
    }
    spread = spread < worker->stop_total ? spread : worker->stop_total;
    wait = spread * worker->stop_count++ / (worker->stop_total > 0 ? worker->stop_total : 1);
    if (ws->phase == WEBSOCKET_OPEN && wait > 0) {
        ws->stopping = true;
        websocket_host->timer(stream, (uint32_t)(wait < spread ? wait : spread));
    } else {
        stop(stream, ws);
    }
}

void websocket_stream_close(struct shunt_stream *stream, enum shunt_close_reason reason)
{
    struct websocket_stream *ws = websocket_state(stream);

    (void)reason;
    ws->service->worker->open_count--;
    websocket_metrics_add(ws->service->worker, WEBSOCKET_CONTEXT_BYTES,
                          -(int64_t)websocket_context_bytes(&ws->service->terms));
    websocket_partial_free(ws);
    websocket_service_timer_cancel(ws);
    if (ws->service->table.close) {
        ws->service->table.close(stream, ws->phase == WEBSOCKET_ENDED ? ws->close_code
                                                                      : WEBSOCKET_CODE_LOST);
    }
    websocket_unsubscribe_all(ws);
    websocket_slow_drop(ws);
    websocket_member_drop(ws);
}
