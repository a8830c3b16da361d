/* Of the queue so much is kept free that a Close always fits. */
#include "send.h"

#include "close.h"
#include "partial.h"
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

enum shunt_status websocket_send(struct shunt_stream *stream, unsigned opcode, const void *bytes,
                                 size_t len)
{
    struct websocket_stream *ws = websocket_state(stream);

    ws->active |= opcode < WEBSOCKET_CLOSE;
    if (!websocket_send_fits(ws->service->worker->plugin, websocket_host->queued(stream), len)) {
        return refuse(stream, len);
    }
    return websocket_write(stream, opcode, bytes, len);
}

static bool may_compress(const struct websocket_stream *ws, size_t len, unsigned flags)
{
    return ws->service->terms.compressed && len > 0 &&
           len >= ws->service->settings->compression_threshold_bytes &&
           !(flags & SHUNT_WEBSOCKET_PLAIN);
}

static void count_deflated(const struct websocket_stream *ws, size_t from, size_t to)
{
    const struct websocket_worker *worker = ws->service->worker;

    websocket_metrics_add(worker, WEBSOCKET_DEFLATED_FROM, (int64_t)from);
    websocket_metrics_add(worker, WEBSOCKET_DEFLATED_TO, (int64_t)to);
}

enum shunt_status websocket_send_data(struct shunt_stream *stream, enum shunt_websocket_kind kind,
                                      const void *bytes, size_t len, unsigned flags)
{
    struct websocket_stream *ws = websocket_state(stream);
    unsigned opcode = kind == SHUNT_WEBSOCKET_TEXT ? WEBSOCKET_TEXT : WEBSOCKET_BINARY;
    struct websocket_codecs *codecs = &ws->service->worker->codecs;
    enum shunt_status status;
    uint8_t *made;
    size_t made_len;

    if (!may_compress(ws, len, flags) ||
        websocket_deflate(codecs, websocket_partial_context(ws), &ws->service->terms,
                          (int)ws->service->settings->compression_level, bytes, len, &made,
                          &made_len) != SHUNT_OK) {
        return websocket_send(stream, opcode, bytes, len);
    }
    count_deflated(ws, len, made_len);
    status = websocket_send(stream, opcode | WEBSOCKET_COMPRESSED, made, made_len);
    websocket_codecs_trim_deflated(codecs);
    return status;
}

/* What refers to nothing outside of itself is right for every window that it fits into. */
static bool in_window(const struct websocket_stream *ws, size_t len)
{
    return ws->service->terms.server_bits == WEBSOCKET_BITS_MAX ||
           len <= (size_t)1 << ws->service->terms.server_bits;
}

/* The one that all receivers share. A compressor with context has not seen it: what it compresses
 * next must not refer back across it. */
static struct shunt_websocket_message *compressed(struct websocket_stream *ws,
                                                  struct shunt_websocket_message *message)
{
    struct websocket_worker *worker = ws->service->worker;
    struct shunt_websocket_message *made = websocket_message_compressed(
        message, &worker->codecs, (int)ws->service->settings->compression_level);

    if (made != message && ws->partial && ws->partial->context) {
        ws->partial->context->stale = true;
    }
    if (made != message) {
        count_deflated(ws, websocket_message_payload_len(message),
                       websocket_message_payload_len(made));
    }
    return made;
}

enum shunt_status websocket_send_message(struct shunt_stream *stream,
                                         struct shunt_websocket_message *message)
{
    struct websocket_stream *ws = websocket_state(stream);
    size_t len = websocket_message_payload_len(message);

    ws->active = true;
    if (may_compress(ws, len, 0)) {
        if (!in_window(ws, len)) {
            return websocket_send_data(stream, (enum shunt_websocket_kind)message->kind,
                                       message->frame + message->header_len, len, 0);
        }
        message = compressed(ws, message);
        len = websocket_message_payload_len(message);
    }
    if (!websocket_send_fits(ws->service->worker->plugin, websocket_host->queued(stream), len)) {
        return refuse(stream, len);
    }
    return websocket_write_message(stream, message);
}
