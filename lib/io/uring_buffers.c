/* Lending receive buffers to the kernel: how many, and when fewer. */
#include "io/uring_buffers.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define CIRCULATING_FIRST 64u
#define QUIET_MS          1000u
#define LOOK_TURNS        64u
#define SCARCE_TURNS      64u

static void *reserve(size_t bytes)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED) {
        return NULL;
    }
    /* With huge pages the first buffer would make 2 MiB of the pool resident. */
    (void)madvise(at, bytes, MADV_NOHUGEPAGE);
    return at;
}

static size_t ring_bytes(const struct uring_buffers *buffers)
{
    return buffers->count * sizeof(struct io_uring_buf);
}

static size_t pool_bytes(const struct uring_buffers *buffers)
{
    return (size_t)buffers->count * buffers->each;
}

static int reserve_all(struct uring_buffers *buffers)
{
    buffers->ring = reserve(ring_bytes(buffers));
    buffers->bytes = reserve(pool_bytes(buffers));
    buffers->spares = calloc(buffers->count, sizeof *buffers->spares);
    if (!buffers->ring || !buffers->bytes || !buffers->spares) {
        uring_buffers_fini(buffers);
        return -ENOMEM;
    }
    for (unsigned i = 0; i < buffers->count; i++) {
        buffers->spares[i] = (uint16_t)(buffers->count - 1 - i);
    }
    buffers->spare = buffers->count;
    return 0;
}

int uring_buffers_init(struct uring_buffers *buffers, struct io_uring *ring, unsigned count,
                       unsigned each)
{
    struct io_uring_buf_reg reg = {.ring_entries = count, .bgid = 0};
    int rc;

    *buffers = (struct uring_buffers){.count = count, .each = each};
    rc = reserve_all(buffers);
    if (rc < 0) {
        return rc;
    }
    reg.ring_addr = (uintptr_t)buffers->ring;
    rc = io_uring_register_buf_ring(ring, &reg, 0);
    if (rc < 0) {
        uring_buffers_fini(buffers);
        return rc;
    }
    io_uring_buf_ring_init(buffers->ring);
    buffers->least = count < CIRCULATING_FIRST ? count : CIRCULATING_FIRST;
    buffers->target = buffers->least;
    uring_buffers_publish(buffers);
    return 0;
}

void uring_buffers_fini(struct uring_buffers *buffers)
{
    if (buffers->ring) {
        munmap(buffers->ring, ring_bytes(buffers));
    }
    if (buffers->bytes) {
        munmap(buffers->bytes, pool_bytes(buffers));
    }
    free(buffers->spares);
    *buffers = (struct uring_buffers){0};
}

static void lend(struct uring_buffers *buffers, unsigned id)
{
    io_uring_buf_ring_add(buffers->ring, uring_buffers_at(buffers, id), buffers->each,
                          (unsigned short)id, io_uring_buf_ring_mask(buffers->count),
                          (int)buffers->returned);
    buffers->returned++;
}

/* Give the memory back too: after a burst the pool must not stay as large as the burst was. */
static void retire(struct uring_buffers *buffers, unsigned id)
{
    buffers->spares[buffers->spare++] = (uint16_t)id;
    buffers->circulating--;
    if (buffers->each % 4096 == 0) {
        (void)madvise(uring_buffers_at(buffers, id), buffers->each, MADV_DONTNEED);
    }
}

void uring_buffers_return(struct uring_buffers *buffers, unsigned id)
{
    buffers->taken++;
    if (buffers->circulating > buffers->target) {
        retire(buffers, id);
    } else {
        lend(buffers, id);
    }
}

void uring_buffers_starved(struct uring_buffers *buffers)
{
    /* Many receives starve together: once a turn is enough. */
    if (buffers->circulating == buffers->count) {
        buffers->scarce = SCARCE_TURNS;
    } else if (buffers->target <= buffers->circulating) {
        buffers->target *= 2;
    }
    buffers->busy = true;
}

void uring_buffers_publish(struct uring_buffers *buffers)
{
    while (buffers->circulating < buffers->target) {
        lend(buffers, buffers->spares[--buffers->spare]);
        buffers->circulating++;
    }
    if (buffers->returned) {
        io_uring_buf_ring_advance(buffers->ring, (int)buffers->returned);
        buffers->returned = 0;
    }
}

static void look_for_quiet(struct uring_buffers *buffers, bool empty)
{
    uint64_t now_ms = clock_coarse_ms();

    buffers->unlooked = 0;
    if (buffers->busy) {
        buffers->busy = false;
        buffers->busy_ms = now_ms;
    } else if (buffers->target > buffers->least && now_ms - buffers->busy_ms >= QUIET_MS) {
        buffers->target /= 2;
        buffers->busy_ms = now_ms;
    }
    if (buffers->used) {
        buffers->used = false;
        buffers->used_ms = now_ms;
    } else if (buffers->dirty && empty && now_ms - buffers->used_ms >= QUIET_MS) {
        buffers->dirty = false;
        (void)madvise(buffers->bytes, pool_bytes(buffers), MADV_DONTNEED);
    }
}

/* The clock is asked in idle turns and in every 64th of the others. */
void uring_buffers_tick(struct uring_buffers *buffers, bool empty)
{
    buffers->scarce -= buffers->scarce > 0;
    if (buffers->taken) {
        buffers->used = buffers->dirty = true;
        buffers->busy |= buffers->taken * 4 > buffers->target;
    }
    if (buffers->taken == 0 || ++buffers->unlooked >= LOOK_TURNS) {
        look_for_quiet(buffers, empty);
    }
    buffers->taken = 0;
}
