/* One mapping a copy: as many pages as it needs, and one that permits nothing. */
#include "support/guard.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Bytes of the pages in front of the guard; one at least, so that an empty copy has an address. */
static size_t room_of(size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return len == 0 ? page : (len + page - 1) / page * page;
}

struct shunt_span guard_page_copy(const void *bytes, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = room_of(len);
    char *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (map == MAP_FAILED || mprotect(map + room, page, PROT_NONE) != 0) {
        abort();
    }
    if (len > 0) {
        memcpy(map + room - len, bytes, len);
    }
    return (struct shunt_span){map + room - len, len};
}

void guard_page_free(struct shunt_span copy)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = room_of(copy.len);
    uintptr_t guard = (uintptr_t)copy.at + copy.len;

    if (munmap((void *)(guard - room), room + page) != 0) {
        abort();
    }
}
