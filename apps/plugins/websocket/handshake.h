/* The opening handshake, the server's side (RFC 6455 section 4.2). */
#ifndef PLUGINS_WEBSOCKET_HANDSHAKE_H
#define PLUGINS_WEBSOCKET_HANDSHAKE_H

#include "worker.h"

#define WEBSOCKET_KEY_BYTES    24 /* base64 of 16 bytes */
#define WEBSOCKET_ACCEPT_BYTES 28 /* base64 of 20 bytes */

/* negotiate() of the protocol: checks the request, then asks the service that the route names. */
enum shunt_verdict websocket_negotiate(void *local, const struct shunt_request *request,
                                       struct shunt_upgrade *upgrade);

/* cancel() of the protocol: a handshake that its service deferred is gone. */
void websocket_cancel(void *local, struct shunt_upgrade *upgrade);

/* True when `key` is what a Sec-WebSocket-Key must be: 16 bytes in base64, padded, no bit left
 * over (sections 4.1 and 4.2.1 item 5). */
bool websocket_key_valid(struct shunt_span key);

/* The Sec-WebSocket-Accept for `key` (section 4.2.2 item 5.4), with a NUL behind it. False when
 * OpenSSL fails. */
bool websocket_accept_value(struct shunt_span key, char value[WEBSOCKET_ACCEPT_BYTES + 1]);

#endif
