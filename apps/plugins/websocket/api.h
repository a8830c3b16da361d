/* What a service may call (<shunt/websocket.h>). */
#ifndef PLUGINS_WEBSOCKET_API_H
#define PLUGINS_WEBSOCKET_API_H

#include <shunt/websocket.h>

extern const struct shunt_websocket_api websocket_api;

#endif
