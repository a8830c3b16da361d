/*
 * Hosts of routes: "example.org", "127.0.0.1" and "[::1]" as they are, without case and whatever the
 * port; "*.example.org" stands for each host that has one label or more in place of the "*".
 * As keys of a tree (exchange/tree.h) they are spelled from their ends.
 */
#ifndef EXCHANGE_HOST_H
#define EXCHANGE_HOST_H

#include <shunt/span.h>

#define EXCHANGE_HOST_BYTES_MAX  255 /* DNS has no longer name */
#define EXCHANGE_HOST_LABELS_MAX 32  /* behind a "*": exchange/tree.h */

/* What was expected where `host` is none of a route; NULL: it is one. */
const char *exchange_host_expected(const char *host);

/* The key of a valid host: at most host.len bytes, which is EXCHANGE_HOST_BYTES_MAX. Returns how
 * many. */
size_t exchange_host_key(struct shunt_span host, char *key);

/* What to look up for the host of a request, a valid authority; 0: only routes for any host. At most
 * EXCHANGE_HOST_BYTES_MAX bytes. */
size_t exchange_host_text(struct shunt_span authority, char *text);

/* The front of a key: what to look up for the next wider host that has a "*"; 0: there is none. */
size_t exchange_host_wider(struct shunt_span key);

#endif
