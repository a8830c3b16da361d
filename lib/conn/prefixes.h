/* Lists of address prefixes: who is trusted. */
#ifndef CONN_PREFIXES_H
#define CONN_PREFIXES_H

#include "conn/address.h"

#include <stddef.h>

struct conn_prefix {
    struct conn_address address; /* masked */
    unsigned bits;               /* of 128 */
};

struct conn_prefixes {
    bool local; /* peers of unix sockets */
    size_t count;
    struct conn_prefix items[];
};

/* What was expected where `text` is none of "192.0.2.0/24", "2001:db8::/32", an address, or "unix" for
 * the peers of unix sockets; NULL: it is one. A prefix has no bits set behind its length. */
const char *conn_prefix_expected(const char *text);

/* Of valid texts, which end with NULL. To be freed; NULL: no memory. */
struct conn_prefixes *conn_prefixes_create(const char *const *texts);

/* Is the address in one of them? `prefixes` NULL: no. */
bool conn_prefixes_have(const struct conn_prefixes *prefixes, const struct conn_address *address);

#endif
