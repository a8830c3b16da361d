#include "support/allocated.h"

#include <stddef.h>

/* jemalloc(3): "thread.allocatedp" leads to the thread's own counter. Absent where it is not
 * linked. */
extern int mallctl(const char *name, void *old, size_t *old_len, void *new, size_t new_len)
    __attribute__((weak));

bool allocated_counted(void)
{
    return mallctl != NULL;
}

uint64_t allocated_bytes(void)
{
    static _Thread_local const uint64_t *counter;
    size_t len = sizeof counter;

    if (!counter && (!mallctl || mallctl("thread.allocatedp", &counter, &len, NULL, 0) != 0)) {
        return 0;
    }
    return *counter;
}
