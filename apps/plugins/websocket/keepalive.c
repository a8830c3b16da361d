/*
 * Three deadlines, one timer, no memory but three bytes of the slot: each is kept as a time in units
 * of a 64th of its length, counted modulo 256 and rounded up, so that none comes too soon. Where
 * pings alone are on, the timer is theirs and nothing is rounded.
 *
 * When a stream became idle is not noted at each message, which would cost a look at the clock, but
 * a flag is set, and a quarter of the time is the longest that goes by before it is seen.
 */
#include "keepalive.h"

#include "close.h"
#include "send.h"

#define UNITS 64

/* ---- times in one byte ---- */

static uint64_t unit_of(uint64_t longest_ms)
{
    return longest_ms / UNITS + 1;
}

static uint8_t mark(uint64_t now_ms, uint64_t ms, uint64_t unit)
{
    return (uint8_t)((now_ms + ms + unit - 1) / unit);
}

/* Milliseconds until a mark; 0: it is over, for less than three times its length. */
static uint64_t left(uint8_t mark, uint64_t now_ms, uint64_t unit)
{
    uint8_t units = (uint8_t)(mark - (uint8_t)(now_ms / unit));

    return units == 0 || units > UNITS + 1 ? 0 : units * unit - now_ms % unit;
}

static uint64_t ping_unit(const struct websocket_settings *settings)
{
    return unit_of(settings->ping_interval_ms > settings->pong_timeout_ms
                       ? settings->ping_interval_ms
                       : settings->pong_timeout_ms);
}

static uint64_t now(const struct websocket_stream *ws)
{
    return websocket_host->now_ms(ws->service->worker->worker);
}

/* ---- the timer ---- */

static bool only_pings(const struct websocket_settings *settings)
{
    return settings->idle_timeout_ms == 0 && settings->lifetime_ms == 0;
}

/* The first of what is to come, at least one millisecond from now. */
static void arm(struct shunt_stream *stream, const struct websocket_stream *ws, uint64_t now_ms)
{
    const struct websocket_settings *settings = ws->service->settings;
    uint64_t first = UINT32_MAX, ms;

    if (settings->ping_interval_ms > 0) {
        first = left(ws->ping_at, now_ms, ping_unit(settings));
    }
    if (settings->idle_timeout_ms > 0) {
        ms = left(ws->idle_at, now_ms, unit_of(settings->idle_timeout_ms));
        ms = ms < settings->idle_timeout_ms / 4 ? ms : settings->idle_timeout_ms / 4;
        first = ms < first ? ms : first;
    }
    if (settings->lifetime_ms > 0) {
        ms = left(ws->life_at, now_ms, unit_of(settings->lifetime_ms));
        first = ms < first ? ms : first;
    }
    websocket_host->timer(stream, (uint32_t)(first > 0 ? first : 1));
}

/* The ping's deadline, or its pong's, begins anew. */
static void ping_begin(struct shunt_stream *stream, struct websocket_stream *ws, uint64_t now_ms)
{
    const struct websocket_settings *settings = ws->service->settings;
    uint64_t ms = ws->pinged ? settings->pong_timeout_ms : settings->ping_interval_ms;

    if (only_pings(settings)) {
        websocket_host->timer(stream, (uint32_t)ms);
    } else {
        ws->ping_at = mark(now_ms, ms, ping_unit(settings));
        arm(stream, ws, now_ms);
    }
}

/* ---- what happens ---- */

/* Ids are close to each other, their hashes are not (splitmix64's last steps). */
static uint64_t spread(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

void websocket_keepalive_start(struct shunt_stream *stream, struct websocket_stream *ws)
{
    const struct websocket_settings *settings = ws->service->settings;
    uint64_t now_ms, life = settings->lifetime_ms;
    uint64_t jitter = life * settings->lifetime_jitter_percent / 100;

    if (only_pings(settings)) {
        if (settings->ping_interval_ms > 0) {
            websocket_host->timer(stream, (uint32_t)settings->ping_interval_ms);
        }
        return;
    }
    now_ms = now(ws);
    life -= jitter > 0 ? spread(websocket_host->id(stream) + now_ms) % (jitter + 1) : 0;
    ws->life_at = mark(now_ms, life, unit_of(settings->lifetime_ms));
    ws->idle_at = mark(now_ms, settings->idle_timeout_ms, unit_of(settings->idle_timeout_ms));
    ping_begin(stream, ws, now_ms);
}

void websocket_keepalive_alive(struct shunt_stream *stream, struct websocket_stream *ws)
{
    ws->alive = !ws->pinged; /* an answer begins an interval of its own */
    if (ws->pinged) {
        ws->pinged = false;
        if (ws->phase == WEBSOCKET_OPEN && !ws->stopping) { /* else the timer is the close's */
            ping_begin(stream, ws, only_pings(ws->service->settings) ? 0 : now(ws));
        }
    }
}

/* A peer that has neither sent nor read for an interval is pinged, and gone if it does not answer.
 * A missing answer proves nothing while the service pauses the stream, nor while the ping waits in
 * the queue: whether the peer reads what is queued is for the server to judge. */
static void look_for_peer(struct shunt_stream *stream, struct websocket_stream *ws, uint64_t now_ms)
{
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
    if (ws->phase == WEBSOCKET_OPEN) { /* else there was no room, and the timer is the close's */
        ping_begin(stream, ws, now_ms);
    }
}

static bool is_idle(struct websocket_stream *ws, uint64_t now_ms)
{
    uint64_t timeout = ws->service->settings->idle_timeout_ms;

    if (timeout == 0) {
        return false;
    }
    if (ws->active) {
        ws->active = false;
        ws->idle_at = mark(now_ms, timeout, unit_of(timeout));
    }
    return left(ws->idle_at, now_ms, unit_of(timeout)) == 0;
}

void websocket_keepalive_timer(struct shunt_stream *stream, struct websocket_stream *ws)
{
    const struct websocket_settings *settings = ws->service->settings;
    uint64_t now_ms;

    if (only_pings(settings)) {
        look_for_peer(stream, ws, 0);
        return;
    }
    now_ms = now(ws);
    if (is_idle(ws, now_ms)) {
        websocket_close_start(stream, WEBSOCKET_CODE_GOING_AWAY, shunt_span_of("idle"));
    } else if (settings->lifetime_ms > 0 &&
               left(ws->life_at, now_ms, unit_of(settings->lifetime_ms)) == 0) {
        websocket_close_start(stream, WEBSOCKET_CODE_GOING_AWAY, shunt_span_of("come again"));
    } else if (settings->ping_interval_ms > 0 &&
               left(ws->ping_at, now_ms, ping_unit(settings)) == 0) {
        look_for_peer(stream, ws, now_ms);
    } else {
        arm(stream, ws, now_ms);
    }
}
