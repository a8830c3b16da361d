/* uri-host [":" port]: the value of Host and the authority of a target (RFC 3986 section 3.2). */
#ifndef HTTP_AUTHORITY_H
#define HTTP_AUTHORITY_H

#include <shunt/span.h>
#include <stdbool.h>

/* Is `text` uri-host [":" port] (section 3.2.2)? An empty host is, an empty port too. */
bool http_is_authority(struct shunt_span text);
/* Is `text` IPv4address, or IPv6address without brackets and zone (section 3.2.2)? */
bool http_is_ipv4(struct shunt_span text);
bool http_is_ipv6(struct shunt_span text);
/* The port of a valid authority: its digits, empty when there is none. */
struct shunt_span http_authority_port(struct shunt_span authority);

#endif
