/* One frame into the stream's queue. */
#ifndef PLUGINS_WEBSOCKET_WRITE_H
#define PLUGINS_WEBSOCKET_WRITE_H

#include "frame.h"
#include "message.h"
#include "stream.h"

/* Whether it fits is the caller's affair: the host resets a stream that writes too much. Statuses
 * as host->write. */
enum shunt_status websocket_write(struct shunt_stream *stream, unsigned opcode, const void *bytes,
                                  size_t len);
/* The same for a message that many get: a short one is copied, a long one is shared. */
enum shunt_status websocket_write_message(struct shunt_stream *stream,
                                          struct shunt_websocket_message *message);

#endif
