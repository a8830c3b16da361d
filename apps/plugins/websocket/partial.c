/*
 * The buffer of a message doubles as bytes come: a peer that claims much and sends little makes us
 * hold at most twice what it sent.
 */
#include "partial.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_BYTES_MIN 128

struct websocket_partial *websocket_partial_need(struct websocket_stream *ws)
{
    if (!ws->partial) {
        ws->partial = calloc(1, sizeof *ws->partial);
    }
    return ws->partial;
}

enum shunt_status websocket_partial_append(struct websocket_partial *partial, const uint8_t *bytes,
                                           size_t len, uint64_t size_max)
{
    if (len == 0) {
        return SHUNT_OK;
    }
    if (partial->room - partial->len < len) {
        size_t room = 2 * (partial->len + len);
        uint8_t *grown;

        room = room < ROOM_BYTES_MIN ? ROOM_BYTES_MIN : room;
        room = room > size_max ? (size_t)size_max : room;
        grown = realloc(partial->bytes, room);
        if (!grown) {
            return SHUNT_ENOMEM;
        }
        partial->bytes = grown;
        partial->room = room;
    }
    memcpy(partial->bytes + partial->len, bytes, len);
    partial->len += len;
    return SHUNT_OK;
}

struct websocket_context *websocket_partial_context(struct websocket_stream *ws)
{
    struct websocket_partial *partial;

    if (websocket_context_bytes(&ws->service->terms) == 0) {
        return NULL;
    }
    partial = websocket_partial_need(ws);
    if (partial && !partial->context) {
        partial->context = calloc(1, sizeof *partial->context);
    }
    return partial ? partial->context : NULL;
}

void websocket_partial_message_end(struct websocket_stream *ws)
{
    struct websocket_partial *partial = ws->partial;
    bool borrowed = partial->context && partial->inflater == partial->context->inflater;

    if (partial->inflater && !borrowed) {
        websocket_inflater_put(&ws->service->worker->codecs, partial->inflater);
    }
    free(partial->bytes);
    partial->inflater = NULL;
    partial->bytes = NULL;
    partial->len = partial->room = 0;
    partial->kind = 0;
}

void websocket_partial_trim(struct websocket_stream *ws)
{
    const struct websocket_partial *partial = ws->partial;

    if (partial && partial->header_len == 0 && !partial->in_frame && partial->kind == 0 &&
        !partial->pong_due && !partial->context) {
        websocket_partial_free(ws);
    }
}

void websocket_partial_free(struct websocket_stream *ws)
{
    if (ws->partial) {
        websocket_partial_message_end(ws);
        websocket_context_free(ws->partial->context);
        free(ws->partial);
        ws->partial = NULL;
    }
}
