/* Small pieces share blocks; a large one has a block of its own, behind the one that is in use. */
#include "exchange/arena.h"

#include "conn/memory.h"

#include <stdalign.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 2048, LARGE_BYTES = 512, ALIGN = alignof(max_align_t) };

struct exchange_block {
    struct exchange_block *next;
    size_t used, room; /* of data */
    _Alignas(max_align_t) char data[];
};

static struct exchange_block *block_create(struct shunt_worker *loop, size_t room)
{
    size_t bytes = sizeof(struct exchange_block) + room;
    struct exchange_block *block = NULL;

    if (bytes > room && conn_memory_reserve(loop, CONN_MEMORY_REQUEST, bytes)) {
        block = malloc(bytes);
        if (!block) {
            conn_memory_release(loop, bytes);
            return NULL;
        }
        *block = (struct exchange_block){.room = room};
    }
    return block;
}

static void *large(struct exchange_arena *arena, struct shunt_worker *loop, size_t bytes)
{
    struct exchange_block *block = block_create(loop, bytes), *first = arena->blocks;

    if (!block) {
        return NULL;
    }
    block->used = bytes;
    if (first) {
        block->next = first->next;
        first->next = block;
    } else {
        arena->blocks = block;
    }
    return block->data;
}

void *exchange_arena_alloc(struct exchange_arena *arena, struct shunt_worker *loop, size_t bytes)
{
    size_t whole = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct exchange_block *block = arena->blocks;

    if (bytes > LARGE_BYTES) {
        return large(arena, loop, bytes);
    }
    if (!block || block->room < block->used || block->room - block->used < whole) {
        block = block_create(loop, BLOCK_BYTES - sizeof *block);
        if (!block) {
            return NULL;
        }
        block->next = arena->blocks;
        arena->blocks = block;
    }
    block->used += whole;
    return block->data + block->used - whole;
}

void exchange_arena_free(struct exchange_arena *arena, struct shunt_worker *loop)
{
    while (arena->blocks) {
        struct exchange_block *block = arena->blocks;

        arena->blocks = block->next;
        conn_memory_release(loop, sizeof *block + block->room);
        free(block);
    }
}
