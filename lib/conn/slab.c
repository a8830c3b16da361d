/* Slots: where they are, which are free, what their ids are. What they hold is for others. */
#include "conn/slab.h"

#include "base/clock.h"
#include "conn/loop.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define GENERATION_SHIFT (CONN_SLOT_BITS + CONN_WORKER_BITS)
#define GENERATION_BITS  (64 - GENERATION_SHIFT)
#define GENERATION_MASK  ((1u << GENERATION_BITS) - 1)

/* ---- ids ---- */

shunt_id conn_id(const struct conn *conn)
{
    return conn_slab_index(conn) | (uint64_t)conn_loop_of(conn)->post.number << CONN_SLOT_BITS |
           (uint64_t)conn->generation << GENERATION_SHIFT;
}

struct conn *conn_slab_find(const struct conn_slab *slab, shunt_id id)
{
    uint32_t index = (uint32_t)(id & ((1u << CONN_SLOT_BITS) - 1));
    uint32_t generation = (uint32_t)(id >> GENERATION_SHIFT);
    struct conn *conn;

    if (index >> CONN_CHUNK_SHIFT >= slab->chunk_count || (index & (CONN_CHUNK_SLOTS - 1)) == 0) {
        return NULL;
    }
    conn = conn_slab_at(slab, index);
    return conn->generation == generation && conn->state != CONN_FREE ? conn : NULL;
}

void conn_slab_renew(struct conn *conn)
{
    conn->generation = (conn->generation + 1) & GENERATION_MASK;
}

/* Numbers of workers and slots are used again, so an id that was kept from an earlier loop would
 * name a stranger if generations began alike. */
static uint32_t generation_seed(void)
{
    uint32_t seed;

    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) {
        seed = (uint32_t)(clock_now_ns() >> 8); /* early at boot */
    }
    seed &= GENERATION_MASK;
    return seed ? seed : 1; /* of the worker's own id, which is not 0 */
}

/* ---- slots ---- */

/* Aligned to its size by mapping twice as much; what is not touched is not resident. */
static void *chunk_map(void)
{
    uint8_t *raw = mmap(NULL, 2 * CONN_CHUNK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t head;

    if (raw == MAP_FAILED) {
        return NULL;
    }
    head = (CONN_CHUNK_BYTES - ((uintptr_t)raw & (CONN_CHUNK_BYTES - 1))) & (CONN_CHUNK_BYTES - 1);
    if (head > 0) {
        munmap(raw, head);
    }
    munmap(raw + head + CONN_CHUNK_BYTES, CONN_CHUNK_BYTES - head);
    return raw + head;
}

/* Only the part in use is copied, so that what a list was never long enough for is not resident:
 * realloc() would touch it all. */
static bool list_grow(uint32_t **list, uint32_t used, uint32_t room)
{
    uint32_t *grown = malloc(room * sizeof *grown);

    if (!grown) {
        return false;
    }
    if (used > 0) {
        memcpy(grown, *list, used * sizeof *grown);
    }
    free(*list);
    *list = grown;
    return true;
}

/* Room for so many slots in both lists. */
static bool lists_reserve(struct conn_slab *slab, uint32_t slots)
{
    uint32_t room = slab->dirty_room ? 2 * slab->dirty_room : slots;

    if (slots <= slab->dirty_room) {
        return true;
    }
    if (!list_grow(&slab->dirty, slab->dirty_count, room) ||
        !list_grow(&slab->dirty_other, slab->dirty_other_count, room)) {
        return false;
    }
    slab->dirty_room = room;
    return true;
}

/* Free slots are handed out in ascending order at first, so that few pages are touched. */
static enum shunt_status chunk_add(struct conn_slab *slab)
{
    uint32_t slots = (slab->chunk_count + 1) << CONN_CHUNK_SHIFT;
    struct conn_chunk *chunk = NULL;

    if (slab->chunk_count < CONN_CHUNKS_MAX && lists_reserve(slab, slots)) {
        chunk = chunk_map();
    }
    if (!chunk) {
        return SHUNT_ENOMEM;
    }
    chunk->loop = slab->loop;
    chunk->slab = slab;
    chunk->first = slab->chunk_count << CONN_CHUNK_SHIFT;
    slab->chunks[slab->chunk_count++] = chunk;
    slab->fresh = chunk->first + 1;
    return SHUNT_OK;
}

struct conn *conn_slab_take(struct conn_slab *slab)
{
    struct conn *conn;

    if (slab->free) {
        conn = conn_slab_at(slab, slab->free);
        slab->free = conn->timer.next;
        conn->timer.next = 0;
        slab->live++;
        return conn;
    }
    if ((slab->fresh & (CONN_CHUNK_SLOTS - 1)) == 0 && chunk_add(slab) != SHUNT_OK) {
        return NULL;
    }
    conn = conn_slab_at(slab, slab->fresh++);
    conn->generation = slab->generation_first;
    slab->live++;
    return conn;
}

void conn_slab_put(struct conn_slab *slab, struct conn *conn)
{
    conn_slab_renew(conn);
    conn->timer.next = slab->free;
    slab->free = conn_slab_index(conn);
    slab->live--;
}

void conn_slab_each(const struct conn_slab *slab, void (*act)(struct conn *conn, void *arg),
                    void *arg)
{
    for (uint32_t i = 0; i < slab->chunk_count; i++) {
        uint32_t first = i << CONN_CHUNK_SHIFT;

        for (uint32_t index = first + 1; index < first + CONN_CHUNK_SLOTS; index++) {
            struct conn *conn = conn_slab_at(slab, index);

            if (conn->state != CONN_FREE) {
                act(conn, arg);
            }
        }
    }
}

/* ---- life ---- */

enum shunt_status conn_slab_init(struct conn_slab *slab, struct shunt_worker *loop)
{
    *slab = (struct conn_slab){.loop = loop, .generation_first = generation_seed()};
    slab->chunks = mmap(NULL, CONN_CHUNKS_MAX * sizeof *slab->chunks, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (slab->chunks == MAP_FAILED) {
        slab->chunks = NULL;
        return SHUNT_ENOMEM;
    }
    return SHUNT_OK;
}

void conn_slab_fini(struct conn_slab *slab)
{
    for (uint32_t i = 0; i < slab->chunk_count; i++) {
        munmap(slab->chunks[i], CONN_CHUNK_BYTES);
    }
    free(slab->dirty);
    free(slab->dirty_other);
    if (slab->chunks) {
        munmap(slab->chunks, CONN_CHUNKS_MAX * sizeof *slab->chunks);
    }
}
