/* A message to all that subscribe to a topic, on whichever worker of the server they are. */
#ifndef PLUGINS_WEBSOCKET_PUBLISH_H
#define PLUGINS_WEBSOCKET_PUBLISH_H

#include <shunt/websocket.h>

/* As the member of struct shunt_websocket_api. */
enum shunt_status websocket_publish(struct shunt_websocket_topics *topics, struct shunt_span topic,
                                    enum shunt_websocket_kind kind, const void *bytes, size_t len,
                                    const struct shunt_websocket_publish *options);

#endif
