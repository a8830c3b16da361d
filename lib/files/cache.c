#include "files/cache.h"

#include "files/open.h"
#include "files/types.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const files_codings[FILES_CODINGS] = {"br", "zstd", "gzip"};
static const char *const extensions[FILES_CODINGS] = {"br", "zst", "gz"};

struct files_cache {
    uint32_t open, open_max; /* files of all entries */
    uint32_t valid_ms;
    struct files_entry *newest, *oldest;
    size_t mask;
    struct files_entry *chains[];
};

struct files_cache *files_cache_create(uint32_t open_max, uint32_t valid_ms)
{
    size_t chains = 1;
    struct files_cache *cache;

    while (chains < open_max) {
        chains *= 2;
    }
    cache = calloc(1, sizeof *cache + chains * sizeof(struct files_entry *));
    if (cache) {
        cache->open_max = open_max;
        cache->valid_ms = valid_ms;
        cache->mask = chains - 1;
    }
    return cache;
}

/* ---- entries ---- */

static uint64_t hash_of(const struct shunt_folder *folder, const char *name)
{
    uint64_t hash = 14695981039346656037u ^ (uintptr_t)folder; /* FNV-1a */

    for (; *name; name++) {
        hash = (hash ^ (uint8_t)*name) * 1099511628211u;
    }
    return hash ^ hash >> 32;
}

static struct files_entry **place_of(struct files_cache *cache, const struct shunt_folder *folder,
                                     const char *name, uint64_t hash)
{
    struct files_entry **place = &cache->chains[hash & cache->mask];

    while (*place && ((*place)->hash != hash || (*place)->folder != folder ||
                      strcmp((*place)->name, name) != 0)) {
        place = &(*place)->next;
    }
    return place;
}

static void use_unlink(struct files_cache *cache, struct files_entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void use_link(struct files_cache *cache, struct files_entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

static void versions_close(struct files_cache *cache, struct files_entry *entry)
{
    cache->open -= entry->plain.file != NULL;
    files_version_close(&entry->plain);
    for (size_t i = 0; i < FILES_CODINGS; i++) {
        cache->open -= entry->coded[i].file != NULL;
        files_version_close(&entry->coded[i]);
    }
    entry->varies = false;
}

static void entry_destroy(struct files_cache *cache, struct files_entry *entry)
{
    struct files_entry **place = &cache->chains[entry->hash & cache->mask];

    while (*place != entry) {
        place = &(*place)->next;
    }
    *place = entry->next;
    use_unlink(cache, entry);
    versions_close(cache, entry);
    free(entry);
}

void files_cache_destroy(struct files_cache *cache)
{
    while (cache && cache->newest) {
        entry_destroy(cache, cache->newest);
    }
    free(cache);
}

static struct files_entry *entry_create(struct files_cache *cache,
                                        const struct shunt_folder *folder, const char *name,
                                        uint64_t hash)
{
    size_t name_bytes = strlen(name) + 1;
    struct files_entry *entry = calloc(1, sizeof *entry + name_bytes);

    if (entry) {
        struct files_entry **place = &cache->chains[hash & cache->mask];

        entry->folder = folder;
        entry->hash = hash;
        memcpy(entry->name, name, name_bytes);
        entry->type = files_type_of(entry->name, (const char *const *)folder->types);
        entry->next = *place;
        *place = entry;
        use_link(cache, entry);
    }
    return entry;
}

/* Those that were not used for longest, down to `most` open files, but never the newest. */
static void evict(struct files_cache *cache, struct exchange_context *context, uint32_t most)
{
    while (cache->open > most && cache->oldest != cache->newest) {
        context->counters.file_evictions++;
        entry_destroy(cache, cache->oldest);
    }
}

/* ---- files ---- */

/* Where descriptors have run out, half of those that are kept go. */
static int open_one(struct files_cache *cache, struct exchange_context *context,
                    const struct shunt_folder *folder, const char *name, struct stat *is, int *fd)
{
    int rc = files_open(folder, name, is, fd);

    if (rc == -EMFILE || rc == -ENFILE) {
        evict(cache, context, cache->open / 2);
        rc = files_open(folder, name, is, fd);
    }
    context->counters.file_opens += rc == 0;
    return rc;
}

/* What there is of NAME.br and its like, unless it is older than NAME. A name that is too long for
 * an extension has none. */
static int look_at_coded(const struct files_entry *entry, size_t coding, const struct stat *plain,
                         struct stat *is, char name[PATH_MAX])
{
    int len = snprintf(name, PATH_MAX, "%s.%s", entry->name, extensions[coding]);
    int rc = len < PATH_MAX ? files_open(entry->folder, name, is, NULL) : -ENAMETOOLONG;

    if (rc == 0 && (is->st_mtim.tv_sec < plain->st_mtim.tv_sec ||
                    (is->st_mtim.tv_sec == plain->st_mtim.tv_sec &&
                     is->st_mtim.tv_nsec < plain->st_mtim.tv_nsec))) {
        return -ESTALE;
    }
    return rc;
}

/* Is all as it was? */
static bool unchanged(const struct files_entry *entry, const struct stat *plain)
{
    char name[PATH_MAX];
    struct stat is;

    if (!files_version_is(&entry->plain, plain)) {
        return false;
    }
    for (size_t i = 0; entry->folder->precompressed && i < FILES_CODINGS; i++) {
        bool there = look_at_coded(entry, i, plain, &is, name) == 0;

        if (there ? !files_version_is(&entry->coded[i], &is) : entry->coded[i].file != NULL) {
            return false;
        }
    }
    return true;
}

/* What cannot be opened is left out: the plain file answers in its place. */
static void open_coded(struct files_cache *cache, struct exchange_context *context,
                       struct files_entry *entry, const struct stat *plain)
{
    char name[PATH_MAX];
    struct stat is;

    for (size_t i = 0; entry->folder->precompressed && i < FILES_CODINGS; i++) {
        int fd;

        if (look_at_coded(entry, i, plain, &is, name) == 0 &&
            open_one(cache, context, entry->folder, name, &is, &fd) == 0 &&
            files_version_open(&entry->coded[i], entry->folder, fd, &is, files_codings[i], true)) {
            entry->varies = true;
            cache->open++;
        }
    }
}

/* 0 or -errno; then nothing of the entry is open. */
static int entry_open(struct files_cache *cache, struct exchange_context *context,
                      struct files_entry *entry)
{
    struct stat is;
    int fd, rc;

    versions_close(cache, entry);
    rc = open_one(cache, context, entry->folder, entry->name, &is, &fd);
    if (rc != 0) {
        return rc;
    }
    open_coded(cache, context, entry, &is);
    if (!files_version_open(&entry->plain, entry->folder, fd, &is, NULL, entry->varies)) {
        versions_close(cache, entry);
        return -ENOMEM;
    }
    cache->open++;
    evict(cache, context, cache->open_max);
    return 0;
}

/* Open what is not, or no longer what it was. */
static int entry_renew(struct files_cache *cache, struct exchange_context *context,
                       struct files_entry *entry)
{
    struct stat is;
    int rc = 0;

    if (entry->plain.file) {
        rc = files_open(entry->folder, entry->name, &is, NULL);
        if (rc == 0 && unchanged(entry, &is)) {
            return 0;
        }
    }
    return rc == 0 ? entry_open(cache, context, entry) : rc;
}

int files_cache_find(struct files_cache *cache, struct exchange_context *context,
                     const struct shunt_folder *folder, const char *name,
                     const struct files_entry **found)
{
    uint64_t hash = hash_of(folder, name), now_ms = context->loop->now_ms;
    struct files_entry *entry = *place_of(cache, folder, name, hash);
    int rc;

    if (entry) {
        use_unlink(cache, entry);
        use_link(cache, entry);
        if (now_ms - entry->looked_ms < cache->valid_ms) {
            context->counters.file_hits++;
            *found = entry;
            return 0;
        }
    } else {
        entry = entry_create(cache, folder, name, hash);
        if (!entry) {
            return -ENOMEM;
        }
    }
    rc = entry_renew(cache, context, entry);
    if (rc != 0) {
        entry_destroy(cache, entry);
        return rc;
    }
    entry->looked_ms = now_ms;
    *found = entry;
    return 0;
}
