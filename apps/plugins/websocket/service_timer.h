/* The timer that a service has for a stream, beside the protocol's own in the stream's slot. */
#ifndef PLUGINS_WEBSOCKET_SERVICE_TIMER_H
#define PLUGINS_WEBSOCKET_SERVICE_TIMER_H

#include "member.h"

/* As api->timer(). */
enum shunt_status websocket_service_timer(struct shunt_stream *stream, uint32_t ms);
/* It does not run any more. */
void websocket_service_timer_cancel(struct websocket_stream *ws);

#endif
