/* A hash table of pointers: open addressing, each place with the hash beside the pointer. */
#ifndef PLUGINS_WEBSOCKET_TOPICS_TABLE_H
#define PLUGINS_WEBSOCKET_TOPICS_TABLE_H

#include <shunt/span.h>
#include <shunt/status.h>
#include <stdbool.h>
#include <stdint.h>

struct topics_place {
    void *value; /* NULL: free */
    uint64_t hash;
};

/* All zeros is an empty one. */
struct topics_table {
    struct topics_place *places;
    size_t room, count;
};

/* Is `value` what `key` names? */
typedef bool topics_same(const void *value, const void *key);

void *topics_table_find(const struct topics_table *table, uint64_t hash, topics_same *same,
                        const void *key);
/* SHUNT_OK or SHUNT_ENOMEM. The value is not in it. */
enum shunt_status topics_table_add(struct topics_table *table, uint64_t hash,
                                   void *value) SHUNT_MUST_USE;
/* The value is in it. */
void topics_table_remove(struct topics_table *table, uint64_t hash, const void *value);
void topics_table_fini(struct topics_table *table);

/* Names come from clients: `seed` keeps them from choosing which hashes meet. */
uint64_t topics_hash(uint64_t seed, struct shunt_span bytes);

/* The halves of a product of 128 bits, one over the other. */
static inline uint64_t topics_hash_mix(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = a ^ UINT64_C(0xa3c59ac2b7f1d5e9);

    product *= b ^ UINT64_C(0x8f1bbcdcca62c1d7);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#endif
