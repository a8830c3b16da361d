/* Who is there: the subscribers of a topic that gave a name, on all workers. */
#ifndef PLUGINS_WEBSOCKET_PRESENT_H
#define PLUGINS_WEBSOCKET_PRESENT_H

#include "member.h"

/* With the subscription to `filter`, which the stream has just got; and before it ends. */
enum shunt_status websocket_present_enter(struct shunt_stream *stream, struct shunt_span filter,
                                          struct shunt_span name) SHUNT_MUST_USE;
void websocket_present_leave(struct websocket_member *member,
                             const struct topics_subscription *subscription);

/* As the member of struct shunt_websocket_api. */
uint64_t websocket_present(struct shunt_websocket_topics *topics, struct shunt_span topic,
                           shunt_websocket_visit *visit, void *arg);

#endif
