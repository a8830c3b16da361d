/* Tokens and lists of them, as fields and settings have them (RFC 9110 sections 5.6.1 and 5.6.2). */
#ifndef PLUGINS_WEBSOCKET_TOKEN_H
#define PLUGINS_WEBSOCKET_TOKEN_H

#include <shunt/span.h>
#include <stdbool.h>

bool websocket_token_byte(char c);
/* Nothing but bytes of a token; an empty one is true. */
bool websocket_token_valid(struct shunt_span text);

/* Cut the next member off the front of a list, without the blanks around it: what stands before the
 * next comma. May be empty. */
struct shunt_span websocket_token_cut(struct shunt_span *list);

#endif
