/*
 * Token buckets by address, in a table of fixed size: sets of a few, of which the fullest makes room.
 * One of a worker; nothing is locked.
 */
#ifndef FILTER_BUCKETS_H
#define FILTER_BUCKETS_H

#include "conn/address.h"

struct filter_bucket {
    struct conn_address address;
    uint64_t due_us; /* when it is full again; 0: free */
};

struct filter_buckets {
    uint64_t seeds[2];
    uint64_t step_us;  /* from one token to the next */
    uint64_t depth_us; /* how far a bucket may be from full: all tokens but one are gone */
    uint32_t sets;
    struct filter_bucket items[];
};

/* For `peers` addresses or a few more; a token each `step_us`, and `burst` (from 1) at once. NULL: no
 * memory. */
struct filter_buckets *filter_buckets_create(uint32_t peers, uint64_t step_us, uint64_t burst);

/*
 * Take a token. 0: there was one; else microseconds until there is.
 *
 *   evicted  set where another address, whose bucket was not full, had to make room
 */
uint64_t filter_buckets_take(struct filter_buckets *buckets, const struct conn_address *address,
                             uint64_t now_us, bool *evicted);

#endif
