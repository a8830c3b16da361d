/*
 * The receive buffers of one ring: a provided-buffer ring, sized by bytes in flight.
 *
 * The kernel takes buffers first in, first out, so whatever circulates is touched in turn. To keep
 * that set warm in cache, and the rest of the pool out of memory, only `circulating` buffers are
 * lent: few at first, twice as many each time a receive found none, fewer again when most come
 * back unused. A buffer that never circulated was never written and is not resident.
 *
 *   lent to the kernel + returned since the last publish == circulating, between two turns
 *   circulating + spare == count
 */
#ifndef IO_URING_BUFFERS_H
#define IO_URING_BUFFERS_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

struct uring_buffers {
    struct io_uring_buf_ring *ring;
    uint8_t *bytes;
    uint16_t *spares; /* a stack: what was used last is lent first */
    unsigned count, each;
    unsigned spare;
    unsigned circulating, target, least;
    unsigned returned; /* added to the ring, not yet shown to the kernel */
    unsigned taken;    /* this turn */
    unsigned scarce;   /* turns left in which receives shall take one buffer each */
    unsigned unlooked; /* turns since quiet was looked for */
    bool busy, used;   /* since then: many buffers were needed; any was */
    bool dirty;        /* some have been written since their memory was given back */
    uint64_t busy_ms, used_ms;
};

/* Reserve, and register with `ring` as group 0. 0 or -errno; -EINVAL: no such kernel (5.19). */
int uring_buffers_init(struct uring_buffers *buffers, struct io_uring *ring, unsigned count,
                       unsigned each);
/* After the ring is gone. */
void uring_buffers_fini(struct uring_buffers *buffers);

static inline uint8_t *uring_buffers_at(const struct uring_buffers *buffers, unsigned id)
{
    return buffers->bytes + (size_t)id * buffers->each;
}

/* The owner has read what is in it. */
void uring_buffers_return(struct uring_buffers *buffers, unsigned id);
/* A receive found none: let more circulate. */
void uring_buffers_starved(struct uring_buffers *buffers);
/*
 * All buffers circulate and they did not suffice lately. A multishot receive takes buffer after
 * buffer while there is data, so one flooder would have the whole pool in every turn.
 */
static inline bool uring_buffers_scarce(const struct uring_buffers *buffers)
{
    return buffers->scarce > 0;
}

/* Before the kernel is entered: show it what has come back. */
void uring_buffers_publish(struct uring_buffers *buffers);
/*
 * Once a turn: after a second in which few were needed, let half as many circulate. `empty` says
 * that no buffer holds bytes and the kernel, which is not running this ring's work, cannot fill one
 * now; then a second without any receive gives the memory of the whole pool back.
 */
void uring_buffers_tick(struct uring_buffers *buffers, bool empty);

#endif
