/* Memory of one exchange, gone with it: taken piece by piece, given back as a whole. */
#ifndef EXCHANGE_ARENA_H
#define EXCHANGE_ARENA_H

#include "conn/loop.h"

struct exchange_block;

/* All zero: empty, which costs nothing. */
struct exchange_arena {
    struct exchange_block *blocks; /* the first one has the room that is left */
};

/* `bytes` of memory, aligned for any type; NULL when there is none, or none in the worker's
 * budget. */
void *exchange_arena_alloc(struct exchange_arena *arena, struct shunt_worker *loop, size_t bytes);
/* Free all of it; the arena is empty. */
void exchange_arena_free(struct exchange_arena *arena, struct shunt_worker *loop);

#endif
