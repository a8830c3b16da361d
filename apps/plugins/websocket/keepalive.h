/* Pings, the wait for a pong, the longest idleness and the longest life of a stream. */
#ifndef PLUGINS_WEBSOCKET_KEEPALIVE_H
#define PLUGINS_WEBSOCKET_KEEPALIVE_H

#include "stream.h"

/* The stream is open. */
void websocket_keepalive_start(struct shunt_stream *stream, struct websocket_stream *ws);
/* The peer has given a sign of life: it has sent, or read all. */
void websocket_keepalive_alive(struct shunt_stream *stream, struct websocket_stream *ws);
/* The timer of an open stream. */
void websocket_keepalive_timer(struct shunt_stream *stream, struct websocket_stream *ws);

#endif
