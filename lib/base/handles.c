#include "base/handles.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK (1u << HANDLES_CHUNK_SHIFT)

static bool chunk_add(struct handles *handles)
{
    uint32_t first = handles_end(handles);
    void **chunks = reallocarray(handles->chunks, handles->chunk_count + 1, sizeof *chunks);

    if (!chunks) {
        return false;
    }
    handles->chunks = chunks;
    chunks[handles->chunk_count] = calloc(CHUNK, handles->item_bytes);
    if (!chunks[handles->chunk_count]) {
        return false;
    }
    handles->chunk_count++;
    for (uint32_t number = first + CHUNK; number-- > (first ? first : 1);) {
        ((struct handle *)handles_at(handles, number))->number = handles->free;
        handles->free = number;
    }
    return true;
}

void *handles_take(struct handles *handles, uint64_t *id)
{
    uint32_t number;
    struct handle *item;

    if (!handles->free && !chunk_add(handles)) {
        return NULL;
    }
    number = handles->free;
    item = handles_at(handles, number);
    handles->free = item->number;
    handles->live++;
    handles->generation = handles->generation == UINT32_MAX ? 1 : handles->generation + 1;
    memset(item, 0, handles->item_bytes);
    item->generation = handles->generation;
    item->number = number;
    *id = (uint64_t)item->generation << 32 | number;
    return item;
}

void handles_put(struct handles *handles, void *item)
{
    struct handle *handle = item;
    uint32_t number = handle->number;

    handle->generation = 0;
    handle->number = handles->free;
    handles->free = number;
    handles->live--;
}

void *handles_find(const struct handles *handles, uint64_t id)
{
    uint32_t number = (uint32_t)id, generation = (uint32_t)(id >> 32);
    struct handle *item;

    if (number >= handles_end(handles) || generation == 0) {
        return NULL;
    }
    item = handles_at(handles, number);
    return item->generation == generation ? item : NULL;
}

void *handles_next(const struct handles *handles, uint32_t number)
{
    while (++number < handles_end(handles)) {
        struct handle *item = handles_at(handles, number);

        if (item->generation != 0) {
            return item;
        }
    }
    return NULL;
}

void handles_fini(struct handles *handles)
{
    for (uint32_t i = 0; i < handles->chunk_count; i++) {
        free(handles->chunks[i]);
    }
    free(handles->chunks);
    *handles = (struct handles){.item_bytes = handles->item_bytes};
}
