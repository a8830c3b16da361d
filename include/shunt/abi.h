/*
 * How structures grow: one rule for all that crosses between a plugin, the server and a program
 * that embeds it, and one way to read them, which both sides use.
 *
 *   - A structure that may grow begins with `uint32_t size`, the sizeof of whoever compiled it.
 *     Members are only appended. Each names the minor that brought it when that is later than 1.0,
 *     and is optional: NULL or 0 does what was done before it.
 *   - No member goes into padding at the end of an earlier version: a version ends at a multiple
 *     of 8 bytes. tests/plugins/abi_1_0 is the frozen 1.0, and tests hold today's headers to it.
 *   - Whoever is handed a structure to keep reads it with SHUNT_READ(): what a shorter one lacks is
 *     NULL or 0, what a longer one has beyond ours is left aside, and one that is shorter than 1.0
 *     is refused, in a sentence with the bytes expected and found.
 *   - Whoever is lent a structure to call or look at (host, request, api) asks SHUNT_HAS() before
 *     it uses a member that came after 1.0.
 *   - A structure without `size` never grows: shunt_span, shunt_field, shunt_note,
 *     shunt_note_section, shunt_service_ref.
 *   - Values of an enumeration are only appended too. A value that a reader does not know is for it
 *     what the enumeration's comment states, and an error where it states nothing.
 */
#ifndef SHUNT_ABI_H
#define SHUNT_ABI_H

#include <shunt/status.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes of `type` up to and with member `last`: the size of the version whose last member it is. */
#define SHUNT_BYTES_WITH(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

/* Does *structure reach as far as the whole of `member`? */
#define SHUNT_HAS(structure, member)                                                               \
    ((structure)->size >= SHUNT_BYTES_WITH(__typeof__(*(structure)), member))

/* Read *from into *to, both of one type. Statuses and sizes as shunt_struct_read(). */
#define SHUNT_READ(to, from, bytes_1_0)                                                            \
    shunt_struct_read((to), (uint32_t)sizeof *(to), 1 ? (from) : (to), (uint32_t)(bytes_1_0))

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Read a structure that somebody else has compiled.
 *
 *   to         written only on SHUNT_OK: a structure of `room` bytes, size included
 *   from       as many bytes as its `size`
 *   bytes_1_0  what it had at version 1.0: SHUNT_..._BYTES_1_0
 *
 * SHUNT_OK; SHUNT_EINVAL: shorter than 1.0. Any thread.
 */
static inline enum shunt_status shunt_struct_read(void *to, uint32_t room, const void *from,
                                                  uint32_t bytes_1_0)
{
    uint32_t size;

    memcpy(&size, from, sizeof size);
    if (size < bytes_1_0) {
        return SHUNT_EINVAL;
    }
    size -= size % (uint32_t)sizeof(void *); /* half a member is none */
    memset(to, 0, room);
    memcpy(to, from, size < room ? size : room);
    memcpy(to, &room, sizeof room);
    return SHUNT_OK;
}

#ifdef __cplusplus
}
#endif

#endif
