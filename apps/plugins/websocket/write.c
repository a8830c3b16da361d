/* That the queue is full is noted here, so that pongs can wait for room. */
#include "write.h"

#include "close.h"

#include <string.h>

/* Up to this size a frame is put together first: one call to the host in place of two. */
#define SMALL_BYTES 256

/* From this size on a message is shared: below it a copy costs less than a segment of its own. */
#define SHARED_BYTES_MIN 512

static enum shunt_status written(struct websocket_stream *ws, enum shunt_status status)
{
    if (status == SHUNT_AGAIN) {
        ws->full = true;
    } else if (status != SHUNT_OK) {
        ws->phase = WEBSOCKET_ENDED; /* the host is closing the stream */
        ws->close_code = WEBSOCKET_CODE_LOST;
    }
    return status;
}

enum shunt_status websocket_write(struct shunt_stream *stream, unsigned opcode, const void *bytes,
                                  size_t len)
{
    struct websocket_stream *ws = websocket_state(stream);
    uint8_t frame[WEBSOCKET_HEADER_BYTES_MAX + SMALL_BYTES];
    size_t size = websocket_frame_write(frame, opcode, len);
    enum shunt_status status;

    if (len <= SMALL_BYTES) {
        if (len > 0) {
            memcpy(frame + size, bytes, len);
        }
        status = websocket_host->write(stream, frame, size + len);
    } else {
        status = websocket_host->write(stream, frame, size);
        if (status == SHUNT_OK || status == SHUNT_AGAIN) {
            status = websocket_host->write(stream, bytes, len);
        }
    }
    return written(ws, status);
}

static void release(void *message)
{
    websocket_message_release(message);
}

enum shunt_status websocket_write_message(struct shunt_stream *stream,
                                          struct shunt_websocket_message *message)
{
    struct websocket_stream *ws = websocket_state(stream);

    if (message->len <= SHARED_BYTES_MIN) {
        return written(ws, websocket_host->write(stream, message->frame, message->len));
    }
    websocket_message_hold(message);
    return written(
        ws, websocket_host->write_borrowed(stream, message->frame, message->len, release, message));
}
