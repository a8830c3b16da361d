/* One of the worker's timers, for the few streams that have one. */
#include "service_timer.h"

#include "api.h"

static void expired(struct shunt_worker *worker, void *arg)
{
    struct websocket_member *member = arg;
    const struct websocket_stream *ws = websocket_state(member->stream);

    (void)worker;
    member->timer = 0;
    if (ws->phase == WEBSOCKET_OPEN && ws->service->table.timer) {
        ws->service->table.timer(member->stream, &websocket_api);
    }
}

void websocket_service_timer_cancel(struct websocket_stream *ws)
{
    struct websocket_member *member = websocket_member(ws);

    if (member && member->timer) {
        (void)websocket_host->worker_timer_cancel(ws->service->worker->worker, member->timer);
        member->timer = 0;
    }
}

enum shunt_status websocket_service_timer(struct shunt_stream *stream, uint32_t ms)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_member *member;

    websocket_service_timer_cancel(ws);
    if (ms == 0) {
        return SHUNT_OK;
    }
    if (!SHUNT_HAS(websocket_host, worker_timer_cancel)) {
        return SHUNT_ESTATE;
    }
    member = websocket_member_need(stream);
    if (!member) {
        return SHUNT_ENOMEM;
    }
    return websocket_host->worker_timer_set(ws->service->worker->worker, ms, 0, expired, NULL,
                                            member, &member->timer);
}
