/* 24 bytes a slot, and 256 KiB of chains. A chain is walked up to the limit's last. */
#include "conn/peers.h"

#include <stdlib.h>
#include <string.h>

enum { CHAINS = 65536 };

/* Of one slot; slots begin with 1 (conn/slab.h), so 0 ends a chain. */
struct peer {
    struct conn_address address;
    uint32_t next;
    bool counted;
};

struct conn_peers {
    struct conn_peer_limits limits;
    uint64_t seeds[2];
    struct peer *items; /* by slot */
    uint32_t room;
    uint32_t chains[CHAINS];
};

struct conn_peers *conn_peers_create(const struct conn_peer_limits *limits)
{
    struct conn_peers *peers = calloc(1, sizeof *peers);

    if (peers) {
        peers->limits = *limits;
        conn_address_seeds(peers->seeds);
    }
    return peers;
}

void conn_peers_destroy(struct conn_peers *peers)
{
    if (peers) {
        free(peers->items);
        free(peers);
    }
}

static uint32_t chain_of(const struct conn_peers *peers, const struct conn_address *address)
{
    return (uint32_t)(conn_address_hash(address, peers->seeds) % CHAINS);
}

static bool is_same(const struct conn_address *a, const struct conn_address *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool conn_peers_may(const struct conn_peers *peers, int fd, struct conn_address *address,
                    bool *counted)
{
    const struct conn_peer_limits *limits = &peers->limits;
    uint32_t count = 0;

    *counted = conn_address_of_peer(fd, address) == SHUNT_OK &&
               !conn_prefixes_have(limits->trusted, address);
    if (!*counted) {
        return true;
    }
    conn_address_mask(address, conn_address_is_v4(address) ? CONN_ADDRESS_V4_BITS + limits->v4_bits
                                                           : limits->v6_bits);
    for (uint32_t slot = peers->chains[chain_of(peers, address)]; slot;
         slot = peers->items[slot].next) {
        count += is_same(&peers->items[slot].address, address);
        if (count == limits->connections_max) {
            return false;
        }
    }
    return true;
}

static bool reserve(struct conn_peers *peers, uint32_t slot)
{
    uint32_t room = peers->room ? peers->room : 1024;
    struct peer *items;

    while (room <= slot) {
        room *= 2;
    }
    if (room == peers->room) {
        return true;
    }
    items = realloc(peers->items, room * sizeof *items);
    if (!items) {
        return false;
    }
    memset(items + peers->room, 0, (room - peers->room) * sizeof *items);
    peers->items = items;
    peers->room = room;
    return true;
}

void conn_peers_add(struct conn_peers *peers, uint32_t slot, const struct conn_address *address)
{
    uint32_t *chain = &peers->chains[chain_of(peers, address)];

    if (reserve(peers, slot)) {
        peers->items[slot] = (struct peer){*address, *chain, true};
        *chain = slot;
    }
}

void conn_peers_remove(struct conn_peers *peers, uint32_t slot)
{
    uint32_t *link;

    if (slot >= peers->room || !peers->items[slot].counted) {
        return;
    }
    link = &peers->chains[chain_of(peers, &peers->items[slot].address)];
    while (*link != slot) {
        link = &peers->items[*link].next;
    }
    *link = peers->items[slot].next;
    peers->items[slot].counted = false;
}
