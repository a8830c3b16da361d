/*
 * Where connections live: slots of 64 bytes, and their ids.
 *
 * Slots come in chunks of 64 KiB, aligned to their size, and never move: the first line of a chunk
 * leads from any slot to its loop. Slot numbers count lines, so number 0 of each chunk is never a
 * connection, and 0 means none.
 *
 * True between any two calls:
 *   1. A slot is on the free list, was never used, or holds a connection.
 *   2. A slot's generation changes each time it is put back, so old ids miss.
 *   3. A slot is on the list `dirty` once if it has CONN_DIRTY, else not at all.
 */
#ifndef CONN_SLAB_H
#define CONN_SLAB_H

#include "conn/conn.h"

#define CONN_SLOT_BITS   24 /* connections a worker: 16 million */
#define CONN_WORKER_BITS 10
#define CONN_CHUNK_SHIFT 10 /* slots a chunk, as a power of two */
#define CONN_CHUNK_SLOTS (1u << CONN_CHUNK_SHIFT)
#define CONN_CHUNK_BYTES (CONN_CHUNK_SLOTS * sizeof(struct conn))
#define CONN_CHUNKS_MAX  (1u << (CONN_SLOT_BITS - CONN_CHUNK_SHIFT))

struct conn_slab {
    struct shunt_worker *loop;
    void **chunks; /* CONN_CHUNKS_MAX pointers, of which chunk_count are set */
    uint32_t chunk_count, live;
    uint32_t free;             /* first slot that was freed, linked by timer.next */
    uint32_t fresh;            /* next slot that was never used; first of a chunk: none is left */
    uint32_t generation_first; /* of slots that were never used */
    /* Slots that need a step, each once: those with CONN_DIRTY. There is room for all slots, so a
     * connection is marked without fail. The other list is the one that is being worked off. */
    uint32_t *dirty, *dirty_other;
    uint32_t dirty_count, dirty_other_count, dirty_room;
};

/* The first line of a chunk. */
struct conn_chunk {
    struct shunt_worker *loop;
    struct conn_slab *slab;
    uint32_t first; /* slot number of this line */
};

static inline const struct conn_chunk *conn_chunk_of(const struct conn *conn)
{
    return (const struct conn_chunk *)((uintptr_t)conn & ~(uintptr_t)(CONN_CHUNK_BYTES - 1));
}

/* The loop, hence the worker, that a connection lives in. */
static inline struct shunt_worker *conn_loop_of(const struct conn *conn)
{
    return conn_chunk_of(conn)->loop;
}

/* The slot's number. */
static inline uint32_t conn_slab_index(const struct conn *conn)
{
    uintptr_t offset = (uintptr_t)conn & (CONN_CHUNK_BYTES - 1);

    return conn_chunk_of(conn)->first + (uint32_t)(offset / sizeof *conn);
}

static inline struct conn *conn_slab_at(const struct conn_slab *slab, uint32_t index)
{
    return (struct conn *)slab->chunks[index >> CONN_CHUNK_SHIFT] +
           (index & (CONN_CHUNK_SLOTS - 1));
}

/* Something has happened to the connection: it gets a step at the end of the turn. */
static inline void conn_mark(struct conn *conn)
{
    if (!(conn->flags & CONN_DIRTY)) {
        struct conn_slab *slab = conn_chunk_of(conn)->slab;

        conn->flags |= CONN_DIRTY;
        slab->dirty[slab->dirty_count++] = conn_slab_index(conn);
    }
}

/* SHUNT_OK or SHUNT_ENOMEM. */
enum shunt_status conn_slab_init(struct conn_slab *slab, struct shunt_worker *loop) SHUNT_MUST_USE;
/* Of one that was initialised or is all zero. */
void conn_slab_fini(struct conn_slab *slab);

/* A slot in state CONN_FREE, or NULL: no memory. */
struct conn *conn_slab_take(struct conn_slab *slab);
/* The slot is CONN_FREE; its id misses from now on. */
void conn_slab_put(struct conn_slab *slab, struct conn *conn);

/* Names a connection beyond a callback. Never 0. */
shunt_id conn_id(const struct conn *conn);
/* The connection of `id`, or NULL. */
struct conn *conn_slab_find(const struct conn_slab *slab, shunt_id id);
/* Another generation: old ids of the slot miss. */
void conn_slab_renew(struct conn *conn);

/* Run `act` for each connection. It may put the one that it is given. */
void conn_slab_each(const struct conn_slab *slab, void (*act)(struct conn *conn, void *arg),
                    void *arg);

#endif
