/*
 * The files that a worker keeps open. One that is asked for within the validity time after it was
 * looked at costs no system call; after that it is looked at again, and opened anew if it is another
 * one or has changed. Beyond the limit those go first that were not asked for for longest.
 */
#ifndef FILES_CACHE_H
#define FILES_CACHE_H

#include "exchange/context.h"
#include "files/version.h"

/* The codings of `precompressed`, what the server likes best first. */
enum { FILES_CODINGS = 3 };
extern const char *const files_codings[FILES_CODINGS];

/* A name beneath a folder, and what there is of it. */
struct files_entry {
    struct files_entry *next;          /* of the same hash */
    struct files_entry *newer, *older; /* by use */
    const struct shunt_folder *folder;
    const char *type;
    uint64_t hash, looked_ms;
    struct files_version plain, coded[FILES_CODINGS];
    bool varies; /* some of `coded` are there */
    char name[];
};

struct files_cache;

/* `open_max` files, at least 1; for `valid_ms` an open one is not looked at. NULL: no memory. */
struct files_cache *files_cache_create(uint32_t open_max, uint32_t valid_ms);
/* NULL is allowed. */
void files_cache_destroy(struct files_cache *cache);

/* The entry of `name`, open, valid until the next call; or -errno as files_open(), -ENOMEM. */
int files_cache_find(struct files_cache *cache, struct exchange_context *context,
                     const struct shunt_folder *folder, const char *name,
                     const struct files_entry **entry);

#endif
