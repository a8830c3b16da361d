/*
 * Items of one size that never move, named by ids with generations: an id misses once its item has
 * been put back. Nothing is allocated before the first. One thread.
 */
#ifndef BASE_HANDLES_H
#define BASE_HANDLES_H

#include <shunt/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HANDLES_CHUNK_SHIFT 6 /* items a chunk, as a power of two */

/* What each item begins with. */
struct handle {
    uint32_t generation; /* 0: free */
    uint32_t number;     /* of this place; of the next free one while it is free */
};

/* All zero but for `item_bytes`: empty. The members are handles.c's, but for `chunks`, `live` and
 * `chunk_count`, which may be read. */
struct handles {
    size_t item_bytes;
    void **chunks; /* each of 1 << HANDLES_CHUNK_SHIFT items; number 0 is nobody */
    uint32_t chunk_count, live;
    uint32_t free, generation;
};

/* A new item, zero behind its handle, or NULL: no memory. *id is never 0. */
void *handles_take(struct handles *handles, uint64_t *id);
/* Its id misses from now on. */
void handles_put(struct handles *handles, void *item);
/* The item of `id`, or NULL. */
void *handles_find(const struct handles *handles, uint64_t id);
/* The taken item behind the place `number`, from 0 on, or NULL: to go over all of them, which may be
 * put meanwhile. */
void *handles_next(const struct handles *handles, uint32_t number);
/* Free the memory of all; `item_bytes` stays. */
void handles_fini(struct handles *handles);

/* The place of an item in the chunks, for as long as it is taken; it is the low half of its id. */
static inline void *handles_at(const struct handles *handles, uint32_t number)
{
    return (char *)handles->chunks[number >> HANDLES_CHUNK_SHIFT] +
           (number & ((1u << HANDLES_CHUNK_SHIFT) - 1)) * handles->item_bytes;
}

/* One more than the highest number. */
static inline uint32_t handles_end(const struct handles *handles)
{
    return handles->chunk_count << HANDLES_CHUNK_SHIFT;
}

#endif
