/* Origin (RFC 6454, RFC 6455 section 10.2) against a list of those that may connect. */
#ifndef PLUGINS_WEBSOCKET_ORIGIN_H
#define PLUGINS_WEBSOCKET_ORIGIN_H

#include "settings.h"

/* "https://example.org", "http://localhost:8000", the same with "*." before the host, or "null". */
bool websocket_origin_pattern_valid(struct shunt_span pattern);

/* Is it one of the list? Compared without case; *. stands for one label or more. */
bool websocket_origin_allowed(const struct websocket_list *origins, struct shunt_span origin);

#endif
