/*
 * The loader asserts, or does not even ask, what is checked here: sizes of entries, tables inside
 * the memory that is mapped, strings inside their table. What the tables hold (relocations, code)
 * is the plugin's own: an author of that is an author of code.
 */
#include "plugin/dynamic.h"

#include <inttypes.h>
#include <string.h>

#define ENTRIES_MAX 512 /* linkers write thirty, and one for each library that is needed */
#ifndef DT_RELR
#define DT_RELRSZ  35
#define DT_RELR    36
#define DT_RELRENT 37
#endif

struct dynamic {
    const struct plugin_object *object;
    size_t count; /* without DT_NULL */
    Elf64_Dyn entries[ENTRIES_MAX];
};

/* The value of `tag`, or `otherwise` where there is none. */
static uint64_t value_of(const struct dynamic *dynamic, Elf64_Sxword tag, uint64_t otherwise)
{
    for (size_t i = 0; i < dynamic->count; i++) {
        if (dynamic->entries[i].d_tag == tag) {
            return dynamic->entries[i].d_un.d_val;
        }
    }
    return otherwise;
}

static enum shunt_status read_entries(struct dynamic *dynamic)
{
    const struct plugin_object *object = dynamic->object;
    const Elf64_Phdr *segment = object->segments;
    enum shunt_status status;
    size_t room;

    while (segment->p_type != PT_DYNAMIC) {
        segment++; /* the layout has one */
    }
    room = segment->p_filesz / sizeof *dynamic->entries;
    room = room < ENTRIES_MAX ? room : ENTRIES_MAX;
    status = plugin_object_memory(object, segment->p_vaddr, dynamic->entries,
                                  room * sizeof *dynamic->entries, "its dynamic section");
    while (!status && dynamic->count < room && dynamic->entries[dynamic->count].d_tag != DT_NULL) {
        dynamic->count++;
    }
    if (!status && dynamic->count == room) {
        status = error_set(object->error, SHUNT_EINVAL,
                           "expected a dynamic section that ends with DT_NULL, found %zu "
                           "entries without it",
                           room);
    }
    return status;
}

/* Tables by the tag of their address: the tag of their size or 0, the least size, rights. */
static const struct {
    const char *name;
    Elf64_Sxword at, bytes;
    uint64_t least;
    uint32_t rights;
    bool needed;
} tables[] = {
    {"DT_STRTAB", DT_STRTAB, DT_STRSZ, 1, PF_R, true},
    {"DT_SYMTAB", DT_SYMTAB, 0, sizeof(Elf64_Sym), PF_R, true},
    {"DT_RELA", DT_RELA, DT_RELASZ, 0, PF_R, false},
    {"DT_RELR", DT_RELR, DT_RELRSZ, 0, PF_R, false},
    {"DT_JMPREL", DT_JMPREL, DT_PLTRELSZ, 0, PF_R, false},
    {"DT_PLTGOT", DT_PLTGOT, 0, 1, PF_W, false},
    {"DT_INIT", DT_INIT, 0, 1, PF_X, false},
    {"DT_FINI", DT_FINI, 0, 1, PF_X, false},
    {"DT_INIT_ARRAY", DT_INIT_ARRAY, DT_INIT_ARRAYSZ, 0, PF_R, false},
    {"DT_FINI_ARRAY", DT_FINI_ARRAY, DT_FINI_ARRAYSZ, 0, PF_R, false},
    {"DT_HASH", DT_HASH, 0, 2 * sizeof(uint32_t), PF_R, false},
    {"DT_GNU_HASH", DT_GNU_HASH, 0, 4 * sizeof(uint32_t), PF_R, false},
    {"DT_VERSYM", DT_VERSYM, 0, sizeof(Elf64_Versym), PF_R, false},
    {"DT_VERNEED", DT_VERNEED, 0, sizeof(Elf64_Verneed), PF_R, false},
    {"DT_VERDEF", DT_VERDEF, 0, sizeof(Elf64_Verdef), PF_R, false},
};

static enum shunt_status check_tables(const struct dynamic *dynamic)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        uint64_t at = value_of(dynamic, tables[i].at, 0);
        uint64_t bytes = tables[i].bytes ? value_of(dynamic, tables[i].bytes, 0) : 0;
        const Elf64_Phdr *load;

        bytes = bytes > tables[i].least ? bytes : tables[i].least;
        if (!tables[i].needed && (at == 0 || bytes == 0)) {
            continue;
        }
        load = plugin_object_load(dynamic->object, at, bytes);
        if (!load || !(load->p_flags & tables[i].rights)) {
            return error_set(dynamic->object->error, SHUNT_EINVAL,
                             "expected %s in a loaded segment with its rights, found %" PRIu64
                             " bytes at address 0x%" PRIx64,
                             tables[i].name, bytes, at);
        }
    }
    return SHUNT_OK;
}

/* Entries that can have one value only. */
static enum shunt_status check_values(const struct dynamic *dynamic)
{
    static const struct {
        const char *name;
        Elf64_Sxword tag;
        uint64_t value;
    } rows[] = {
        {"DT_SYMENT", DT_SYMENT, sizeof(Elf64_Sym)},
        {"DT_RELAENT", DT_RELAENT, sizeof(Elf64_Rela)},
        {"DT_RELRENT", DT_RELRENT, sizeof(uint64_t)},
        {"DT_PLTREL", DT_PLTREL, DT_RELA},
        {"DT_REL", DT_REL, 0}, /* no machine of ours has these */
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t found = value_of(dynamic, rows[i].tag, rows[i].value);

        if (found != rows[i].value) {
            return error_set(dynamic->object->error, SHUNT_EINVAL,
                             "expected %s to be %" PRIu64 ", found %" PRIu64, rows[i].name,
                             rows[i].value, found);
        }
    }
    return SHUNT_OK;
}

static enum shunt_status check_strings(const struct dynamic *dynamic)
{
    uint64_t at = value_of(dynamic, DT_STRTAB, 0), bytes = value_of(dynamic, DT_STRSZ, 0);
    char last = 1;
    enum shunt_status status =
        bytes == 0
            ? error_set(dynamic->object->error, SHUNT_EINVAL, "expected DT_STRSZ, found none")
            : plugin_object_memory(dynamic->object, at + bytes - 1, &last, 1, "its strings");

    if (!status && last) {
        return error_set(dynamic->object->error, SHUNT_EINVAL,
                         "expected strings that end with NUL, found %" PRIu64 " bytes without it",
                         bytes);
    }
    for (size_t i = 0; !status && i < dynamic->count; i++) {
        const Elf64_Dyn *entry = &dynamic->entries[i];

        if ((entry->d_tag == DT_NEEDED || entry->d_tag == DT_SONAME || entry->d_tag == DT_RPATH ||
             entry->d_tag == DT_RUNPATH) &&
            entry->d_un.d_val >= bytes) {
            status = error_set(dynamic->object->error, SHUNT_EINVAL,
                               "expected dynamic entry %zu to name one of %" PRIu64
                               " bytes of strings, found byte %" PRIu64,
                               i, bytes, entry->d_un.d_val);
        }
    }
    return status;
}

/* ---- the symbol ---- */

/* Is symbol number `index` a defined one called `name`? */
static enum shunt_status symbol_is(const struct dynamic *dynamic, uint64_t index, const char *name,
                                   bool *is)
{
    uint64_t strings = value_of(dynamic, DT_STRTAB, 0), bytes = value_of(dynamic, DT_STRSZ, 0);
    char text[64];
    size_t len = strlen(name) + 1;
    Elf64_Sym symbol;
    enum shunt_status status = plugin_object_memory(
        dynamic->object, value_of(dynamic, DT_SYMTAB, 0) + index * sizeof symbol, &symbol,
        sizeof symbol, "its symbols");

    *is = false;
    if (status || symbol.st_shndx == SHN_UNDEF || len > sizeof text ||
        !plugin_range_within(symbol.st_name, len, 0, bytes)) {
        return status;
    }
    status =
        plugin_object_memory(dynamic->object, strings + symbol.st_name, text, len, "its strings");
    if (!status && memcmp(text, name, len) == 0) {
        *is = true;
        if (!plugin_object_load(dynamic->object, symbol.st_value, symbol.st_size)) {
            status = error_set(dynamic->object->error, SHUNT_EINVAL,
                               "expected the symbol %s in a loaded segment, found %" PRIu64
                               " bytes at address 0x%" PRIx64,
                               name, symbol.st_size, symbol.st_value);
        }
    }
    return status;
}

static enum shunt_status number_at(const struct dynamic *dynamic, uint64_t table, uint64_t index,
                                   uint32_t *number)
{
    return plugin_object_memory(dynamic->object, table + index * sizeof *number, number,
                                sizeof *number, "its table of symbols");
}

static uint32_t gnu_hash_of(const char *name)
{
    uint32_t hash = 5381;

    for (; *name; name++) {
        hash = hash * 33 + (unsigned char)*name;
    }
    return hash;
}

/* DT_GNU_HASH: 4 numbers, a Bloom filter, buckets with the first symbol of each, and for each
 * symbol its hash, whose lowest bit ends the bucket. */
static enum shunt_status find_by_gnu_hash(const struct dynamic *dynamic, const char *name,
                                          bool *found)
{
    enum { BUCKETS, FIRST, BLOOM, SHIFT, NUMBERS };
    uint64_t table = value_of(dynamic, DT_GNU_HASH, 0), buckets, chains;
    uint32_t numbers[NUMBERS], hash = gnu_hash_of(name), at, link = 0;
    enum shunt_status status =
        plugin_object_memory(dynamic->object, table, numbers, sizeof numbers, "DT_GNU_HASH");

    if (status) {
        return status;
    }
    if (numbers[BUCKETS] == 0 || numbers[BLOOM] == 0 || numbers[BLOOM] & (numbers[BLOOM] - 1)) {
        return error_set(dynamic->object->error, SHUNT_EINVAL,
                         "expected DT_GNU_HASH with buckets and 2^n words, found %u and %u",
                         numbers[BUCKETS], numbers[BLOOM]);
    }
    buckets = table + sizeof numbers + (uint64_t)numbers[BLOOM] * sizeof(uint64_t);
    chains = buckets + (uint64_t)numbers[BUCKETS] * sizeof(uint32_t);
    status = number_at(dynamic, buckets, hash % numbers[BUCKETS], &at);
    for (; !status && !*found && at >= numbers[FIRST] && !(link & 1); at++) {
        status = number_at(dynamic, chains, at - numbers[FIRST], &link);
        if (!status && (link | 1) == (hash | 1)) {
            status = symbol_is(dynamic, at, name, found);
        }
    }
    return status;
}

/* DT_HASH: its second number is how many symbols there are, and they are few. */
static enum shunt_status find_by_count(const struct dynamic *dynamic, const char *name, bool *found)
{
    uint32_t count;
    enum shunt_status status = number_at(dynamic, value_of(dynamic, DT_HASH, 0), 1, &count);

    for (uint64_t i = 1; !status && !*found && i < count; i++) {
        status = symbol_is(dynamic, i, name, found);
    }
    return status;
}

static enum shunt_status check_symbol(const struct dynamic *dynamic, const char *name)
{
    bool found = false;
    enum shunt_status status = SHUNT_OK;

    if (value_of(dynamic, DT_GNU_HASH, 0)) {
        status = find_by_gnu_hash(dynamic, name, &found);
    } else if (value_of(dynamic, DT_HASH, 0)) {
        status = find_by_count(dynamic, name, &found);
    }
    return !status && !found ? error_set(dynamic->object->error, SHUNT_EINVAL,
                                         "expected the symbol %s, found none", name)
                             : status;
}

enum shunt_status plugin_dynamic_check(const struct plugin_object *object, const char *symbol)
{
    struct dynamic dynamic = {.object = object};
    enum shunt_status status = read_entries(&dynamic);

    if (!status) {
        status = check_tables(&dynamic);
    }
    if (!status) {
        status = check_values(&dynamic);
    }
    if (!status) {
        status = check_strings(&dynamic);
    }
    return status ? status : check_symbol(&dynamic, symbol);
}
