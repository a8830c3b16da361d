/*
 * The closing handshake (RFC 6455 section 7). After the second Close, and after a broken rule, the
 * server is the first to end the connection, as section 7.1.1 asks for.
 */
#include "close.h"

#include "utf8.h"
#include "write.h"

#include <string.h>

#define CODE_BYTES       2
#define REASON_BYTES_MAX (WEBSOCKET_CONTROL_BYTES_MAX - CODE_BYTES)

/* Section 7.4 and its registry: 1004 is reserved, 1005, 1006 and 1015 are never sent. */
static bool code_valid(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

/* As much of a reason as fits without cutting a character in two. */
static size_t reason_fit(struct shunt_span reason)
{
    size_t len = reason.len;

    if (!websocket_utf8_valid((const uint8_t *)reason.at, len)) {
        return 0;
    }
    if (len > REASON_BYTES_MAX) {
        len = REASON_BYTES_MAX;
        while (len > 0 && ((uint8_t)reason.at[len] & 0xc0) == 0x80) {
            len--;
        }
    }
    return len;
}

static void write_close(struct shunt_stream *stream, uint16_t code, struct shunt_span reason)
{
    uint8_t payload[WEBSOCKET_CONTROL_BYTES_MAX] = {(uint8_t)(code >> 8), (uint8_t)code};
    size_t len = 0;

    if (code != WEBSOCKET_CODE_NONE) {
        size_t fit = reason_fit(reason);

        if (fit > 0) {
            memcpy(payload + CODE_BYTES, reason.at, fit);
        }
        len = CODE_BYTES + fit;
    }
    (void)websocket_write(stream, WEBSOCKET_CLOSE, payload, len);
}

/* For the peer's Close; while the server stops less, where that is less. */
static void wait(struct shunt_stream *stream, struct websocket_stream *ws)
{
    const struct websocket_settings *settings = ws->service->settings;

    ws->stopping = ws->stopping && settings->stop_timeout_ms < settings->close_timeout_ms;
    websocket_host->timer(
        stream, (uint32_t)(ws->stopping ? settings->stop_timeout_ms : settings->close_timeout_ms));
}

void websocket_close_hurry(struct shunt_stream *stream)
{
    struct websocket_stream *ws = websocket_state(stream);
    const struct websocket_settings *settings = ws->service->settings;

    if (ws->phase == WEBSOCKET_CLOSING && settings->stop_timeout_ms < settings->close_timeout_ms) {
        ws->stopping = true;
        wait(stream, ws);
    }
}

void websocket_close_end(struct shunt_stream *stream, uint16_t code, enum shunt_close_mode mode)
{
    struct websocket_stream *ws = websocket_state(stream);

    ws->phase = WEBSOCKET_ENDED;
    ws->close_code = code;
    websocket_host->close(stream, mode);
}

void websocket_close_start(struct shunt_stream *stream, uint16_t code, struct shunt_span reason)
{
    struct websocket_stream *ws = websocket_state(stream);

    if (ws->phase != WEBSOCKET_OPEN) {
        return;
    }
    if (code != WEBSOCKET_CODE_NONE && !code_valid(code)) {
        websocket_host->log(SHUNT_LOG_WARNING,
                            "websocket: service '%s' closes with code %u, which "
                            "may not be sent; 1011 is",
                            ws->service->name, (unsigned)code);
        code = WEBSOCKET_CODE_OUR_FAULT;
    }
    ws->phase = WEBSOCKET_CLOSING;
    ws->close_code = code;
    write_close(stream, code, reason);
    if (ws->phase == WEBSOCKET_CLOSING) {
        websocket_host->resume(stream); /* the peer's Close may stand behind what a pause holds */
        wait(stream, ws);
    }
}

void websocket_close_received(struct shunt_stream *stream, const uint8_t *payload, size_t len)
{
    struct websocket_stream *ws = websocket_state(stream);
    uint16_t code = WEBSOCKET_CODE_NONE;

    if (len == 1) {
        websocket_close_fail(stream, WEBSOCKET_CODE_PROTOCOL);
        return;
    }
    if (len > 0) {
        code = (uint16_t)(payload[0] << 8 | payload[1]);
        if (!code_valid(code)) {
            websocket_close_fail(stream, WEBSOCKET_CODE_PROTOCOL);
            return;
        }
        if (!websocket_utf8_valid(payload + CODE_BYTES, len - CODE_BYTES)) {
            websocket_close_fail(stream, WEBSOCKET_CODE_NO_TEXT);
            return;
        }
    }
    if (ws->phase == WEBSOCKET_OPEN) {
        write_close(stream, code, (struct shunt_span){NULL, 0});
    } else {
        code = ws->close_code; /* this answers ours */
    }
    websocket_close_end(stream, code, SHUNT_CLOSE_GRACEFUL);
}

void websocket_close_fail(struct shunt_stream *stream, uint16_t code)
{
    struct websocket_stream *ws = websocket_state(stream);

    if (ws->phase == WEBSOCKET_OPEN) {
        write_close(stream, code, (struct shunt_span){NULL, 0});
    } else {
        code = WEBSOCKET_CODE_LOST; /* our Close is out, and this is no answer to it */
    }
    websocket_close_end(stream, code, SHUNT_CLOSE_GRACEFUL);
}
