/*
 * The kernel's memory, as far as the whole machine's figures show it. The sockets of both ends are
 * in it where the server runs on this machine, and whatever else goes on; large numbers of
 * connections drown that.
 */
#ifndef BENCH_OBSERVE_KERNEL_MEMORY_H
#define BENCH_OBSERVE_KERNEL_MEMORY_H

#include <jansson.h>
#include <stdint.h>

#define KERNEL_CACHES_MAX 512

struct kernel_cache {
    char name[32];
    uint64_t bytes; /* of the objects in use */
};

struct kernel_memory {
    uint64_t slab_bytes, slab_unreclaimable_bytes; /* 0: not known */
    uint64_t available_bytes;
    uint64_t tcp_buffer_bytes; /* send and receive queues */
    struct kernel_cache caches[KERNEL_CACHES_MAX];
    unsigned caches_count; /* 0: only root may read them */
};

void kernel_memory_read(struct kernel_memory *memory);
/* The same once it has stopped to shrink, for what was closed is freed late: after at most three
 * seconds. */
void kernel_memory_read_stable(struct kernel_memory *memory);

/*
 * What has grown for each of `connections` (at least 1): {slab_bytes, slab_unreclaimable_bytes,
 * available_bytes (less of it), tcp_buffer_bytes, caches: {name: bytes}, which is null when they
 * cannot be read}. Caches that grew by less than a byte each are left out.
 */
json_t *kernel_memory_growth(const struct kernel_memory *before, const struct kernel_memory *after,
                             uint64_t connections);

#endif
