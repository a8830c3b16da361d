/* A shared object's file, read without running any of its code. Nothing in it is trusted. */
#ifndef PLUGIN_OBJECT_H
#define PLUGIN_OBJECT_H

#include "base/error.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#define PLUGIN_SEGMENTS_MAX 64 /* linkers write a dozen */

struct plugin_object {
    int fd; /* borrowed */
    uint64_t size;
    Elf64_Ehdr head;
    Elf64_Phdr segments[PLUGIN_SEGMENTS_MAX]; /* head.e_phnum of them */
    struct error *error;                      /* borrowed */
};

/*
 * Read the headers of a file.
 *
 *   fd      a regular file, open for reading; its offset is left alone
 *   object  written also when the file is refused; borrows `fd` and `error`
 *   error   a sentence "expected X, found Y" for every status but SHUNT_OK, here and in all with an
 *           object
 *
 * SHUNT_OK: a shared object for this machine whose tables of headers lie in the file. SHUNT_EINVAL:
 * anything else. SHUNT_ESYS: it cannot be read.
 */
enum shunt_status plugin_object_read(int fd, struct plugin_object *object,
                                     struct error *error) SHUNT_MUST_USE;

/* Does [offset, offset + len) lie in the file? */
static inline bool plugin_object_within(const struct plugin_object *object, uint64_t offset,
                                        uint64_t len)
{
    return offset <= object->size && len <= object->size - offset;
}

/* Does [at, at + len) lie in [from, from + room)? */
static inline bool plugin_range_within(uint64_t at, uint64_t len, uint64_t from, uint64_t room)
{
    return at >= from && at - from <= room && len <= room - (at - from);
}

/* All of [offset, offset + len); SHUNT_EINVAL (truncated) or SHUNT_ESYS. `what` is for the error.
 */
enum shunt_status plugin_object_bytes(const struct plugin_object *object, uint64_t offset, void *to,
                                      size_t len, const char *what) SHUNT_MUST_USE;

/* The loaded segment whose memory has all of [address, address + len), or NULL. */
const Elf64_Phdr *plugin_object_load(const struct plugin_object *object, uint64_t address,
                                     uint64_t len);

/* What will stand at an address once the file is loaded and before it is relocated. SHUNT_EINVAL
 * too when no loaded segment has these bytes from the file. */
enum shunt_status plugin_object_memory(const struct plugin_object *object, uint64_t address,
                                       void *to, size_t len, const char *what) SHUNT_MUST_USE;

#endif
