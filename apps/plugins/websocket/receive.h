/* Frames in, messages out (RFC 6455 sections 5 and 6). */
#ifndef PLUGINS_WEBSOCKET_RECEIVE_H
#define PLUGINS_WEBSOCKET_RECEIVE_H

#include "stream.h"

/* data() of the protocol. */
void websocket_receive(struct shunt_stream *stream, uint8_t *bytes, size_t len);

#endif
