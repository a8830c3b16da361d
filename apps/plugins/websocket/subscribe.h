/* Which topics a stream gets. */
#ifndef PLUGINS_WEBSOCKET_SUBSCRIBE_H
#define PLUGINS_WEBSOCKET_SUBSCRIBE_H

#include "member.h"

/* As the members of struct shunt_websocket_api. */
enum shunt_status websocket_subscribe(struct shunt_stream *stream, struct shunt_span filter,
                                      const struct shunt_websocket_subscribe *options);
enum shunt_status websocket_unsubscribe(struct shunt_stream *stream, struct shunt_span filter);

/* The stream is gone. */
void websocket_unsubscribe_all(struct websocket_stream *ws);

#endif
