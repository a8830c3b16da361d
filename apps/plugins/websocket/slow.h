/* Messages to a peer that may not keep up, by the policy of its route or service. */
#ifndef PLUGINS_WEBSOCKET_SLOW_H
#define PLUGINS_WEBSOCKET_SLOW_H

#include "member.h"
#include "message.h"

/* As api->send_message() and api->send_with(); SHUNT_ESTATE once the stream closes. */
enum shunt_status websocket_slow_send(struct shunt_stream *stream,
                                      struct shunt_websocket_message *message);
enum shunt_status websocket_slow_send_bytes(struct shunt_stream *stream,
                                            enum shunt_websocket_kind kind, const void *bytes,
                                            size_t len, unsigned flags);
/* As the member of struct shunt_websocket_api. */
enum shunt_status websocket_slow_set(struct shunt_stream *stream,
                                     enum shunt_websocket_slow_policy policy, uint64_t bytes_max);

/* Bytes that wait here. */
uint64_t websocket_slow_waiting(const struct websocket_stream *ws);
/* The peer has read: what waits goes out, until the queue is full again. */
void websocket_slow_drained(struct shunt_stream *stream);
/* A Close is to come: what waits goes out as far as there is room, and the rest is dropped. */
void websocket_slow_end(struct shunt_stream *stream);
/* The stream is gone. */
void websocket_slow_drop(struct websocket_stream *ws);

#endif
