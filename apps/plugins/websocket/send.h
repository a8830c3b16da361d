/* Messages, pings and pongs to the peer. */
#ifndef PLUGINS_WEBSOCKET_SEND_H
#define PLUGINS_WEBSOCKET_SEND_H

#include "frame.h"
#include "message.h"
#include "stream.h"

/* Of a queue: the longest header of a message (section 5.2), and a whole Close behind it. */
#define WEBSOCKET_QUEUE_SPARE_BYTES (10 + 2 + WEBSOCKET_CONTROL_BYTES_MAX)

/* Is there room for a message of `len` bytes behind `queued` ones, and for a Close behind that?
 * Always, where the queue's limit is not known. */
bool websocket_send_fits(const struct websocket_plugin *plugin, uint64_t queued, uint64_t len);

/* Queue one whole frame that is no Close; `opcode` as for websocket_frame_write(). Statuses as host->write, but SHUNT_EFULL leaves the
 * stream open where the host gives its limit: then a Close is queued in the frame's place. */
enum shunt_status websocket_send(struct shunt_stream *stream, unsigned opcode, const void *bytes,
                                 size_t len);
/* Queue a message, compressed where that was agreed on and `flags` (of send_with()) let it. */
enum shunt_status websocket_send_data(struct shunt_stream *stream, enum shunt_websocket_kind kind,
                                      const void *bytes, size_t len, unsigned flags);
/* The same for a message that many get. */
enum shunt_status websocket_send_message(struct shunt_stream *stream,
                                         struct shunt_websocket_message *message);

#endif
