/* A publication to the subscribers that a worker has. */
#ifndef PLUGINS_WEBSOCKET_FAN_OUT_H
#define PLUGINS_WEBSOCKET_FAN_OUT_H

#include "publication.h"

/* Hand it on, and keep it where it is retained. How many streams it was sent to. */
uint64_t websocket_fan_out(struct websocket_worker *worker,
                           struct websocket_publication *publication);

/* Is there still room in this turn for more? What is written in one turn goes out at its end: if
 * that were without bound, a burst would be held against peers that had no time to read. */
bool websocket_fan_out_may(const struct websocket_worker *worker);

/* Hand on what waits in the worker's inbox, now and from now on whenever something comes: for a
 * worker without subscriptions that costs nothing until then. SHUNT_OK or as host->watch. */
enum shunt_status websocket_fan_out_begin(struct websocket_worker *worker) SHUNT_MUST_USE;
/* Something was pushed to the inbox of a worker that has not begun. Any thread. */
void websocket_fan_out_request(const struct websocket_inbox *inbox);
/* The worker stops. */
void websocket_fan_out_stop(struct websocket_worker *worker);

#endif
