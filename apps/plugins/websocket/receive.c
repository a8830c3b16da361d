/*
 * A frame that has come whole is unmasked where it lies and handed on from there; only what is cut
 * short, and messages of several frames, are copied into ws->partial.
 *
 * True between any two calls of websocket_receive():
 *   1. ws->partial is NULL exactly when no header, frame or message is begun, no pong is due, and
 *      the stream has no compression context of its own.
 *   2. Once ENDED, nothing is read or written. Once CLOSING, only the peer's Close counts.
 *   3. A message begun as text is valid UTF-8 as far as it has come, unless it is compressed.
 */
#include "receive.h"

#include "assemble.h"
#include "close.h"
#include "keepalive.h"
#include "mask.h"
#include "send.h"

#include <stdlib.h>
#include <string.h>

/* ---- control frames ---- */

/* While the queue is full the last ping only is remembered, as section 5.5.3 allows: a peer that
 * sends pings and reads nothing costs one pong. */
static void pong(struct shunt_stream *stream, const uint8_t *payload, size_t len)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_partial *partial;

    if (!ws->full) {
        (void)websocket_send(stream, WEBSOCKET_PONG, payload, len);
        return;
    }
    partial = websocket_partial_need(ws);
    if (partial) {
        partial->pong_due = true;
        partial->pong_len = (uint8_t)len;
        memcpy(partial->pong, payload, len);
    }
}

static void control(struct shunt_stream *stream, uint8_t opcode, const uint8_t *payload, size_t len)
{
    if (opcode == WEBSOCKET_CLOSE) {
        websocket_close_received(stream, payload, len);
    } else if (opcode == WEBSOCKET_PING && websocket_state(stream)->phase == WEBSOCKET_OPEN) {
        pong(stream, payload, len);
    }
}

/* ---- frames ---- */

/* A frame that lies whole in memory, unmasked. */
static void frame_whole(struct shunt_stream *stream, const struct websocket_frame *frame,
                        uint8_t *payload)
{
    struct websocket_stream *ws = websocket_state(stream);
    size_t len = (size_t)frame->len;
    struct websocket_partial *partial;

    if (websocket_frame_is_control(frame)) {
        control(stream, frame->opcode, payload, len);
    } else if (ws->phase != WEBSOCKET_OPEN) {
        return;
    } else if (frame->fin && frame->opcode != WEBSOCKET_CONTINUATION) {
        websocket_assemble_whole(stream, frame, payload);
    } else if (!(partial = websocket_partial_need(ws))) {
        websocket_close_fail(stream, WEBSOCKET_CODE_OUR_FAULT);
    } else {
        partial->frame = *frame;
        partial->got = 0;
        websocket_assemble_frame(partial, frame);
        websocket_assemble_payload(stream, partial, payload, len);
        if (frame->fin && ws->phase == WEBSOCKET_OPEN) {
            websocket_assemble_end(stream, partial);
        }
    }
}

/* More payload of a frame that is cut short; returns how many bytes are its own. */
static size_t frame_more(struct shunt_stream *stream, struct websocket_stream *ws, uint8_t *bytes,
                         size_t len)
{
    struct websocket_partial *partial = ws->partial;
    const struct websocket_frame *frame = &partial->frame;
    bool is_control = websocket_frame_is_control(frame);
    uint64_t left = frame->len - partial->got;

    len = len < left ? len : (size_t)left;
    websocket_unmask(bytes, len, frame->mask, partial->got);
    if (is_control) {
        memcpy(partial->control + partial->got, bytes, len);
    } else if (ws->phase == WEBSOCKET_OPEN) {
        websocket_assemble_payload(stream, partial, bytes, len);
    }
    partial->got += len;
    partial->in_frame = partial->got < frame->len;
    if (!partial->in_frame && is_control) {
        control(stream, frame->opcode, partial->control, (size_t)frame->len);
    } else if (!partial->in_frame && frame->fin && ws->phase == WEBSOCKET_OPEN) {
        websocket_assemble_end(stream, partial);
    }
    return len;
}

/* A frame whose header has come; returns how many bytes of payload were used. */
static size_t frame_begin(struct shunt_stream *stream, struct websocket_stream *ws,
                          const struct websocket_frame *frame, uint8_t *payload, size_t len)
{
    bool is_control = websocket_frame_is_control(frame);
    uint16_t mistake =
        ws->phase == WEBSOCKET_OPEN && !is_control ? websocket_assemble_mistake(ws, frame) : 0;
    struct websocket_partial *partial;

    if (mistake) {
        websocket_close_fail(stream, mistake);
        return len;
    }
    if (frame->len <= len) {
        websocket_unmask(payload, (size_t)frame->len, frame->mask, 0);
        frame_whole(stream, frame, payload);
        return (size_t)frame->len;
    }
    partial = websocket_partial_need(ws);
    if (!partial) {
        websocket_close_fail(stream, WEBSOCKET_CODE_OUR_FAULT);
        return len;
    }
    partial->frame = *frame;
    partial->got = 0;
    partial->in_frame = true;
    if (!is_control) {
        websocket_assemble_frame(partial, frame);
    }
    return frame_more(stream, ws, payload, len);
}

/* Read a header, of which `held` bytes may have come before. Returns as websocket_frame_parse;
 * what is cut short is kept, and then all of `bytes` is used. */
static enum shunt_status header_read(struct websocket_stream *ws, const uint8_t *bytes, size_t len,
                                     size_t held, struct websocket_frame *frame)
{
    bool compression = ws->service->terms.compressed;
    struct websocket_partial *partial;
    enum shunt_status status;
    size_t more = WEBSOCKET_HEADER_BYTES_MAX - held;

    if (held == 0) {
        status = websocket_frame_parse(bytes, len, compression, frame);
        if (status != SHUNT_AGAIN) {
            return status;
        }
    }
    partial = websocket_partial_need(ws);
    if (!partial) {
        return SHUNT_ENOMEM;
    }
    more = more < len ? more : len;
    memcpy(partial->header + held, bytes, more);
    status = websocket_frame_parse(partial->header, held + more, compression, frame);
    partial->header_len = (uint8_t)(status == SHUNT_AGAIN ? held + more : 0);
    return status;
}

static size_t frame_next(struct shunt_stream *stream, struct websocket_stream *ws, uint8_t *bytes,
                         size_t len)
{
    size_t held = ws->partial ? ws->partial->header_len : 0;
    struct websocket_frame frame;
    enum shunt_status status = header_read(ws, bytes, len, held, &frame);
    size_t used;

    if (status == SHUNT_OK) {
        used = frame.header_size - held;
        return used + frame_begin(stream, ws, &frame, bytes + used, len - used);
    }
    if (status != SHUNT_AGAIN) {
        websocket_close_fail(stream, status == SHUNT_EPROTO ? WEBSOCKET_CODE_PROTOCOL
                                                            : WEBSOCKET_CODE_OUR_FAULT);
    }
    return len;
}

void websocket_receive(struct shunt_stream *stream, uint8_t *bytes, size_t len)
{
    struct websocket_stream *ws = websocket_state(stream);

    websocket_keepalive_alive(stream, ws);
    while (len > 0 && ws->phase != WEBSOCKET_ENDED) {
        size_t used = ws->partial && ws->partial->in_frame ? frame_more(stream, ws, bytes, len)
                                                           : frame_next(stream, ws, bytes, len);

        bytes += used;
        len -= used;
    }
    if (ws->phase == WEBSOCKET_ENDED) {
        websocket_partial_free(ws);
    } else {
        websocket_partial_trim(ws);
    }
}
