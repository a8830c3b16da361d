/*
 * How many connections each peer has, by the prefix of its address: each connection stands in a chain
 * with those whose address hashes alike, so that one more than a peer may have is found at accept.
 */
#ifndef CONN_PEERS_H
#define CONN_PEERS_H

#include "conn/prefixes.h"

struct conn_peer_limits {
    uint32_t connections_max; /* of one peer, a worker; 0: no limit */
    uint32_t v4_bits, v6_bits;
    const struct conn_prefixes *trusted; /* whose connections are many clients'; NULL: nobody's */
};

struct conn_peers;

/* NULL: no memory. */
struct conn_peers *conn_peers_create(const struct conn_peer_limits *limits);
/* NULL is allowed. */
void conn_peers_destroy(struct conn_peers *peers);

/*
 * May the peer of `fd` have one more? True, with *counted false, for one that is not counted: of a
 * unix socket, or trusted. Otherwise *address is its prefix.
 */
bool conn_peers_may(const struct conn_peers *peers, int fd, struct conn_address *address,
                    bool *counted);
/* Count the connection in slot `slot`. Without memory it is not counted. */
void conn_peers_add(struct conn_peers *peers, uint32_t slot, const struct conn_address *address);
/* The slot is free. No effect where it is not counted. */
void conn_peers_remove(struct conn_peers *peers, uint32_t slot);

#endif
