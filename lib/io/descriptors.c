/* The table of descriptors: address space, adding and forgetting. What the flags mean to an
 * operation is the back ends' affair. */
#include "io/descriptors.h"

#include "base/assert.h"

#include <sys/mman.h>
#include <sys/resource.h>

static unsigned limit_of_process(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > DESCRIPTORS_MAX) {
        return DESCRIPTORS_MAX;
    }
    return (unsigned)limit.rlim_cur;
}

enum shunt_status descriptors_init(struct descriptors *table, unsigned max)
{
    size_t bytes;
    void *slots;

    max = max ? max : limit_of_process();
    max = max < DESCRIPTORS_MAX ? max : DESCRIPTORS_MAX;
    bytes = max * sizeof(struct descriptor);
    slots = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
    if (slots == MAP_FAILED) {
        return SHUNT_ENOMEM;
    }
    /* A huge page would make 131,072 descriptors resident for the first one. */
    (void)madvise(slots, bytes, MADV_NOHUGEPAGE);
    *table = (struct descriptors){.slots = slots, .max = max, .used = 0};
    return SHUNT_OK;
}

void descriptors_fini(struct descriptors *table)
{
    munmap(table->slots, table->max * sizeof(struct descriptor));
    table->slots = NULL;
}

enum shunt_status descriptors_add(struct descriptors *table, int fd, uint64_t user)
{
    struct descriptor *d;

    ASSERT(fd >= 0);
    if ((uint32_t)fd >= table->max) {
        return SHUNT_EFULL;
    }
    d = descriptors_at(table, fd);
    ASSERT(!(d->flags & DESCRIPTOR_KNOWN));
    d->user = user;
    d->link = 0;
    d->flags = DESCRIPTOR_KNOWN;
    if ((uint32_t)fd >= table->used) {
        table->used = (uint32_t)fd + 1;
    }
    return SHUNT_OK;
}

void descriptors_forget(struct descriptors *table, int fd)
{
    struct descriptor *d = descriptors_at(table, fd);

    d->generation++;
    d->flags = 0;
    d->user = 0;
}
