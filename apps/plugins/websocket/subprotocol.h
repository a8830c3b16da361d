/* Sec-WebSocket-Protocol (RFC 6455 sections 4.1 item 10 and 11.3.4). */
#ifndef PLUGINS_WEBSOCKET_SUBPROTOCOL_H
#define PLUGINS_WEBSOCKET_SUBPROTOCOL_H

#include <shunt/request.h>
#include <stdbool.h>

#define WEBSOCKET_SUBPROTOCOLS_MAX 64 /* offered in one handshake; more is a refusal */

/* Do the fields list at least one token, and none twice? */
bool websocket_subprotocols_valid(const struct shunt_request *request);

/* Of fields that are valid, the token that is one of `known` too, the first one in the client's
 * order or in that of `known`; empty where there is none. Borrowed from `known`. */
struct shunt_span websocket_subprotocol_choose(const struct shunt_request *request,
                                               const struct shunt_span *known, size_t count,
                                               bool client_order);

#endif
