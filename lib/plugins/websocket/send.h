/* Frames to the peer, and what a service may call. */
#ifndef PLUGINS_WEBSOCKET_SEND_H
#define PLUGINS_WEBSOCKET_SEND_H

#include "frame.h"
#include "stream.h"

extern const struct shunt_websocket_api websocket_api;

/* Queue one whole frame. Statuses as host->write. Not for Close frames. */
enum shunt_status websocket_send(struct shunt_stream *stream, enum websocket_opcode opcode,
                                 const void *bytes, size_t len);

#endif
