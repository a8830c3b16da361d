/*
 * What is compressed and wanted whole waits compressed, and is decompressed when all of it is there:
 * so nothing but the worker's own decompressor is needed, and no more memory than was sent. What is
 * wanted in parts is decompressed as it comes, a run at a time.
 *
 * A service may close the stream or send within its call, but ws->partial stays until
 * websocket_receive() has come to its end.
 */
#include "assemble.h"

#include "api.h"
#include "close.h"

#include <stdlib.h>

static bool in_parts(const struct websocket_stream *ws)
{
    return ws->service->table.message_part != NULL;
}

/* The most payload of a message. What does not compress gets longer: by five bytes a block, and a
 * block is of 127 bytes where zlib has the least memory (memLevel 1). */
static uint64_t wire_bytes_max(const struct websocket_stream *ws, bool compressed)
{
    const struct websocket_settings *settings = ws->service->settings;
    uint64_t max = in_parts(ws) ? settings->streamed_bytes_max : settings->message_bytes_max;

    return compressed ? max + (max >> 4) + 64 : max;
}

uint16_t websocket_assemble_mistake(const struct websocket_stream *ws,
                                    const struct websocket_frame *frame)
{
    const struct websocket_partial *partial = ws->partial;
    bool within = partial && partial->kind != 0;
    uint64_t max = wire_bytes_max(ws, within ? partial->compressed : frame->compressed);

    if (within != (frame->opcode == WEBSOCKET_CONTINUATION)) {
        return WEBSOCKET_CODE_PROTOCOL;
    }
    if (within && partial->fragments == ws->service->settings->fragments_max) {
        return WEBSOCKET_CODE_TOO_BIG;
    }
    return frame->len > max - (within ? partial->wire_bytes : 0) ? WEBSOCKET_CODE_TOO_BIG : 0;
}

void websocket_assemble_frame(struct websocket_partial *partial,
                              const struct websocket_frame *frame)
{
    if (frame->opcode != WEBSOCKET_CONTINUATION) {
        partial->kind = frame->opcode;
        partial->compressed = frame->compressed;
        partial->begun = false;
        partial->utf8 = (struct websocket_utf8){0};
        partial->fragments = 0;
        partial->wire_bytes = partial->given_bytes = 0;
    }
    partial->fragments++;
}

/* ---- whole ---- */

static void give(struct shunt_stream *stream, uint8_t kind, uint8_t *bytes, size_t len)
{
    struct websocket_stream *ws = websocket_state(stream);

    ws->active = true;
    if (ws->service->table.message) {
        ws->service->table.message(stream, &websocket_api, (enum shunt_websocket_kind)kind, bytes,
                                   len);
    }
}

static void give_checked(struct shunt_stream *stream, uint8_t kind, uint8_t *bytes, size_t len)
{
    if (kind == WEBSOCKET_TEXT && !websocket_utf8_valid(bytes, len)) {
        websocket_close_fail(stream, WEBSOCKET_CODE_NO_TEXT);
    } else {
        give(stream, kind, bytes, len);
    }
}

/* One for the message that begins; NULL: no memory. */
static struct websocket_inflater *inflater_begin(struct websocket_stream *ws)
{
    const struct websocket_terms *terms = &ws->service->terms;
    struct websocket_context *context = NULL;

    if (!terms->client_fresh) {
        context = websocket_partial_context(ws);
        if (!context) {
            return NULL;
        }
    }
    return websocket_inflater_begin(&ws->service->worker->codecs, context, terms);
}

static uint16_t code_of(enum shunt_status status)
{
    return status == SHUNT_ETOOBIG  ? WEBSOCKET_CODE_TOO_BIG
           : status == SHUNT_EPROTO ? WEBSOCKET_CODE_NO_TEXT
                                    : WEBSOCKET_CODE_OUR_FAULT;
}

/* Without any payload a message is empty, though there should be a byte (RFC 7692 section 7.2.3.6):
 * a compressor that is flushed twice makes none. */
static void inflate_and_give(struct shunt_stream *stream, uint8_t kind, uint8_t *payload,
                             size_t len)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_codecs *codecs = &ws->service->worker->codecs;
    struct websocket_inflater *inflater = len > 0 ? inflater_begin(ws) : NULL;
    enum shunt_status status = len == 0 ? SHUNT_OK : SHUNT_ENOMEM;
    uint8_t none, *bytes = &none;
    size_t made = 0;

    if (inflater) {
        status = websocket_inflate(codecs, inflater, payload, len,
                                   ws->service->settings->message_bytes_max, &bytes, &made);
        if (ws->service->terms.client_fresh) {
            websocket_inflater_put(codecs, inflater);
        }
    }
    if (status == SHUNT_OK) {
        give_checked(stream, kind, bytes, made);
    } else {
        websocket_close_fail(stream, code_of(status));
    }
    websocket_codecs_trim_inflated(codecs);
}

/* ---- in parts ---- */

static void give_part(struct shunt_stream *stream, struct websocket_partial *partial,
                      uint8_t *bytes, size_t len, bool last)
{
    struct websocket_stream *ws = websocket_state(stream);
    uint64_t room = ws->service->settings->streamed_bytes_max - partial->given_bytes;
    unsigned flags =
        (partial->begun ? 0 : SHUNT_WEBSOCKET_FIRST) | (last ? SHUNT_WEBSOCKET_LAST : 0);
    bool fits = len <= room;

    if (len == 0 && !last) {
        return;
    }
    if (partial->kind == WEBSOCKET_TEXT &&
        !(websocket_utf8_next(&partial->utf8, bytes, fits ? len : (size_t)room) &&
          (!last || websocket_utf8_whole(&partial->utf8)))) {
        websocket_close_fail(stream, WEBSOCKET_CODE_NO_TEXT);
    } else if (!fits) {
        websocket_close_fail(stream, WEBSOCKET_CODE_TOO_BIG);
    } else {
        partial->given_bytes += len;
        partial->begun = true;
        ws->active = true;
        ws->service->table.message_part(
            stream, &websocket_api, (enum shunt_websocket_kind)partial->kind, bytes, len, flags);
    }
}

/* A run at a time, until all is used or the stream is no longer open. */
static void inflate_parts(struct shunt_stream *stream, struct websocket_partial *partial,
                          const uint8_t *bytes, size_t len)
{
    const struct websocket_stream *ws = websocket_state(stream);
    struct websocket_bytes *to = &ws->service->worker->codecs.inflated;
    enum shunt_status status = websocket_bytes_need(to, WEBSOCKET_RUN_BYTES);
    size_t made = WEBSOCKET_RUN_BYTES;

    while (status == SHUNT_OK && ws->phase == WEBSOCKET_OPEN &&
           (len > 0 || made == WEBSOCKET_RUN_BYTES)) {
        status = websocket_inflate_some(partial->inflater, &bytes, &len, to->at,
                                        WEBSOCKET_RUN_BYTES, &made);
        give_part(stream, partial, to->at, made, false);
    }
    if (status != SHUNT_OK && ws->phase == WEBSOCKET_OPEN) {
        websocket_close_fail(stream, code_of(status));
    }
}

static void payload_part(struct shunt_stream *stream, struct websocket_partial *partial,
                         uint8_t *bytes, size_t len)
{
    struct websocket_stream *ws = websocket_state(stream);

    if (!partial->compressed) {
        give_part(stream, partial, bytes, len, false);
        return;
    }
    if (len > 0 && !partial->inflater) {
        partial->inflater = inflater_begin(ws);
    }
    if (len > 0 && !partial->inflater) {
        websocket_close_fail(stream, WEBSOCKET_CODE_OUR_FAULT);
    } else if (len > 0) {
        inflate_parts(stream, partial, bytes, len);
    }
}

static void end_parts(struct shunt_stream *stream, struct websocket_partial *partial)
{
    struct websocket_stream *ws = websocket_state(stream);
    uint8_t none;

    if (partial->inflater) {
        inflate_parts(stream, partial, websocket_inflate_tail, WEBSOCKET_TAIL_BYTES);
        if (ws->phase == WEBSOCKET_OPEN && !websocket_inflate_ends(partial->inflater)) {
            websocket_close_fail(stream, WEBSOCKET_CODE_NO_TEXT);
        }
    }
    if (ws->phase == WEBSOCKET_OPEN) {
        give_part(stream, partial, &none, 0, true);
    }
    websocket_partial_message_end(ws);
}

static void whole_as_part(struct shunt_stream *stream, const struct websocket_frame *frame,
                          uint8_t *payload)
{
    struct websocket_stream *ws = websocket_state(stream);
    struct websocket_partial one = {.kind = frame->opcode}, *partial = &one;

    if (!frame->compressed) {
        give_part(stream, partial, payload, (size_t)frame->len, true);
        return;
    }
    partial = websocket_partial_need(ws);
    if (!partial) {
        websocket_close_fail(stream, WEBSOCKET_CODE_OUR_FAULT);
        return;
    }
    websocket_assemble_frame(partial, frame);
    payload_part(stream, partial, payload, (size_t)frame->len);
    if (ws->phase == WEBSOCKET_OPEN) {
        end_parts(stream, partial);
    }
}

/* ---- either ---- */

void websocket_assemble_whole(struct shunt_stream *stream, const struct websocket_frame *frame,
                              uint8_t *payload)
{
    if (in_parts(websocket_state(stream))) {
        whole_as_part(stream, frame, payload);
    } else if (frame->compressed) {
        inflate_and_give(stream, frame->opcode, payload, (size_t)frame->len);
    } else {
        give_checked(stream, frame->opcode, payload, (size_t)frame->len);
    }
}

void websocket_assemble_payload(struct shunt_stream *stream, struct websocket_partial *partial,
                                uint8_t *bytes, size_t len)
{
    const struct websocket_stream *ws = websocket_state(stream);
    /* A last fragment ends the message, and most messages have one only. */
    uint64_t size_max = partial->frame.fin ? partial->len + partial->frame.len - partial->got
                                           : wire_bytes_max(ws, partial->compressed);

    partial->wire_bytes += len;
    if (in_parts(ws)) {
        payload_part(stream, partial, bytes, len);
    } else if (partial->kind == WEBSOCKET_TEXT && !partial->compressed &&
               !websocket_utf8_next(&partial->utf8, bytes, len)) {
        websocket_close_fail(stream, WEBSOCKET_CODE_NO_TEXT);
    } else if (websocket_partial_append(partial, bytes, len, size_max) != SHUNT_OK) {
        websocket_close_fail(stream, WEBSOCKET_CODE_OUR_FAULT);
    }
}

void websocket_assemble_end(struct shunt_stream *stream, struct websocket_partial *partial)
{
    struct websocket_stream *ws = websocket_state(stream);
    uint8_t kind = partial->kind, none, *bytes = partial->bytes ? partial->bytes : &none;

    if (in_parts(ws)) {
        end_parts(stream, partial);
        return;
    }
    if (partial->compressed) {
        inflate_and_give(stream, kind, bytes, partial->len);
    } else if (kind == WEBSOCKET_TEXT && !websocket_utf8_whole(&partial->utf8)) {
        websocket_close_fail(stream, WEBSOCKET_CODE_NO_TEXT);
    } else {
        give(stream, kind, bytes, partial->len);
    }
    websocket_partial_message_end(ws);
}
