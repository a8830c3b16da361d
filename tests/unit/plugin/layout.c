/* plugin/layout.h on segments without a file. tests/unit/plugin/headers.c has whole plugins. */
#include "plugin/layout.h"

#include <criterion/criterion.h>
#include <string.h>

enum { TEXT, DATA, DYNAMIC, RELRO, TLS, SEGMENTS };

static char words[512];
static struct error error = {.text = words, .size = sizeof words, .where = "here"};

/* What lld makes of a small plugin: its RELRO is padded to the page, beyond the segment itself. */
static struct plugin_object good(void)
{
    struct plugin_object object = {
        .fd = -1,
        .size = 0x3000,
        .head = {.e_phoff = sizeof(Elf64_Ehdr), .e_phnum = SEGMENTS},
        .error = &error,
        .segments = {
            [TEXT] = {PT_LOAD, PF_R | PF_X, 0, 0, 0, 0xc00, 0xc00, 0x1000},
            [DATA] = {PT_LOAD, PF_R | PF_W, 0xc60, 0x2c60, 0, 0x270, 0x270, 0x1000},
            [DYNAMIC] = {PT_DYNAMIC, PF_R | PF_W, 0xd00, 0x2d00, 0, 0x100, 0x100, 8},
            [RELRO] = {PT_GNU_RELRO, PF_R, 0xc60, 0x2c60, 0, 0x270, 0x3a0, 1},
            [TLS] = {PT_TLS, PF_R, 0xc60, 0x2c60, 0, 0x10, 0x5000, 16},
        }};

    return object;
}

Test(plugin_layout, of_any_linker_is_taken)
{
    struct plugin_object object = good();

    cr_expect_eq(plugin_layout_check(&object), SHUNT_OK, "%s", words);
}

Test(plugin_layout, that_contradicts_itself_is_refused_with_what_was_found)
{
    static const struct {
        const char *why;
        unsigned segment;
        Elf64_Phdr is;
        const char *sentence;
    } rows[] = {
        {"more in the file than in memory",
         DATA,
         {PT_LOAD, PF_R | PF_W, 0xc60, 0x2c60, 0, 0x270, 0x26f, 0x1000},
         "segment 1 to have no more bytes in the file than in memory, found offset 0xc60"},
        {"outside the file",
         DATA,
         {PT_LOAD, PF_R | PF_W, 0x2c60, 0x2c60, 0, 0x1270, 0x1270, 0x1000},
         "segment 1 whole, found a truncated file"},
        {"offset and address apart",
         DATA,
         {PT_LOAD, PF_R | PF_W, 0xc68, 0x2c60, 0, 0x270, 0x270, 0x1000},
         "aligned to pages"},
        {"an alignment of no power",
         TEXT,
         {PT_LOAD, PF_R | PF_X, 0, 0, 0, 0xc00, 0xc00, 0x1800},
         "aligned to pages"},
        {"an alignment below a page",
         TEXT,
         {PT_LOAD, PF_R | PF_X, 0, 0, 0, 0xc00, 0xc00, 8},
         "aligned to pages"},
        {"out of order",
         TEXT,
         {PT_LOAD, PF_R | PF_X, 0, 0x4000, 0, 0xc00, 0xc00, 0x1000},
         "segment 1 behind the segment before it"},
        {"overlapping in memory",
         TEXT,
         {PT_LOAD, PF_R | PF_X, 0, 0, 0, 0xc00, 0x2001, 0x1000},
         "segment 1 behind the segment before it"},
        {"not readable", TEXT, {PT_LOAD, PF_X, 0, 0, 0, 0xc00, 0xc00, 0x1000}, "to be readable"},
        {"beyond what a process has",
         DATA,
         {PT_LOAD, PF_R | PF_W, 0xc60, 0xffffffffffffec60, 0, 0x270, 0x1270, 0x1000},
         "within the addresses of a process"},
        {"a dynamic section outside",
         DYNAMIC,
         {PT_DYNAMIC, PF_R, 0xd00, 0x4d00, 0, 0x100, 0x100, 8},
         "segment 2 inside a loaded one"},
        {"a dynamic section that is elsewhere in the file",
         DYNAMIC,
         {PT_DYNAMIC, PF_R, 0xd08, 0x2d00, 0, 0x100, 0x100, 8},
         "segment 2 inside a loaded one"},
        {"no dynamic section", DYNAMIC, {.p_type = PT_NULL}, "found 0 and 1"},
        {"two thread-local segments",
         RELRO,
         {PT_TLS, PF_R, 0xc60, 0x2c60, 0, 0x10, 0x10, 16},
         "found 1 and 2"},
        {"a read-only page that data shares",
         RELRO,
         {PT_GNU_RELRO, PF_R, 0xc60, 0x2c60, 0, 0x270, 0x13a0, 1},
         "segment 3 (relocated, then read-only)"},
        {"a read-only part of what was never writable",
         RELRO,
         {PT_GNU_RELRO, PF_R, 0, 0, 0, 0x10, 0x10, 1},
         "segment 3 (relocated, then read-only)"},
        {"thread-local memory without bound",
         TLS,
         {PT_TLS, PF_R, 0xc60, 0x2c60, 0, 0x10, 0x500000, 16},
         "segment 4 (thread-local)"},
        {"notes outside",
         TLS,
         {PT_NOTE, PF_R, 0xbf0, 0xbf0, 0, 0x20, 0x20, 4},
         "segment 4 inside a loaded one"},
        {"program headers where they are not",
         TLS,
         {PT_PHDR, PF_R, 0x100, 0x100, 0, 0x118, 0x118, 8},
         "segment 4 (the program headers)"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct plugin_object object = good();

        words[0] = '\0';
        object.segments[rows[i].segment] = rows[i].is;
        cr_expect_eq(plugin_layout_check(&object), SHUNT_EINVAL, "%s", rows[i].why);
        cr_expect(strstr(words, "here: expected ") && strstr(words, rows[i].sentence), "%s: %s",
                  rows[i].why, words);
    }
}
