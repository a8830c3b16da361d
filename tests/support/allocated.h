/* How much memory a thread has asked for, so that a test can expect "nothing more". */
#ifndef SUPPORT_ALLOCATED_H
#define SUPPORT_ALLOCATED_H

#include <stdbool.h>
#include <stdint.h>

/* Is it counted here? By jemalloc, which sanitizers replace by an allocator of their own. */
bool allocated_counted(void);
/* All bytes that the calling thread has ever been given, freed ones included. 0 if not counted. */
uint64_t allocated_bytes(void);

#endif
