/* A bucket is one number: the time at which it is full again (the generic cell rate algorithm). */
#include "filter/buckets.h"

#include <stdlib.h>
#include <string.h>

enum { WAYS = 8 }; /* a set: three cache lines */

struct filter_buckets *filter_buckets_create(uint32_t peers, uint64_t step_us, uint64_t burst)
{
    uint32_t sets = peers / WAYS + 1;
    struct filter_buckets *buckets =
        calloc(1, sizeof *buckets + (size_t)sets * WAYS * sizeof *buckets->items);

    if (buckets) {
        buckets->sets = sets;
        buckets->step_us = step_us;
        buckets->depth_us = (burst - 1) * step_us;
        conn_address_seeds(buckets->seeds);
    }
    return buckets;
}

static struct filter_bucket *set_of(struct filter_buckets *buckets,
                                    const struct conn_address *address)
{
    uint64_t hash = conn_address_hash(address, buckets->seeds);

    return &buckets->items[(hash >> 32) * buckets->sets / (UINT64_C(1) << 32) * WAYS];
}

/* The address's own, else the fullest, which was free or is given up. */
static struct filter_bucket *find(struct filter_buckets *buckets,
                                  const struct conn_address *address)
{
    struct filter_bucket *set = set_of(buckets, address), *fullest = set;

    for (unsigned i = 0; i < WAYS; i++) {
        if (set[i].due_us > 0 && memcmp(&set[i].address, address, sizeof *address) == 0) {
            return &set[i];
        }
        fullest = set[i].due_us < fullest->due_us ? &set[i] : fullest;
    }
    return fullest;
}

uint64_t filter_buckets_take(struct filter_buckets *buckets, const struct conn_address *address,
                             uint64_t now_us, bool *evicted)
{
    struct filter_bucket *one = find(buckets, address);
    uint64_t missing;

    *evicted = false;
    if (one->due_us == 0 || memcmp(&one->address, address, sizeof *address) != 0) {
        *evicted = one->due_us > now_us;
        one->address = *address;
        one->due_us = now_us;
    }
    missing = one->due_us > now_us ? one->due_us - now_us : 0;
    if (missing > buckets->depth_us) {
        return missing - buckets->depth_us;
    }
    one->due_us = now_us + missing + buckets->step_us;
    return 0;
}
