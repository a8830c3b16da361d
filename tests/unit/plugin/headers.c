/*
 * A plugin that ships, with one field of its headers changed at a time: it is refused, or loaded
 * and good, and never the end of the server. Loading happens in a child, and a child that dies has
 * left the change that it died of; another goes on behind it.
 */
#include "plugin/loader.h"
#include "plugin/settings.h"
#include "server/host.h"

#include "support/files.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct field {
    const char *name;
    size_t at, bytes;
};

#define FIELD(type, member)                                                                        \
    {                                                                                              \
#member, offsetof(type, member), sizeof(((type *)NULL)->member)                            \
    }

static const struct field head_fields[] = {
    {"EI_MAG0", EI_MAG0, 1},      {"EI_CLASS", EI_CLASS, 1},
    {"EI_DATA", EI_DATA, 1},      {"EI_VERSION", EI_VERSION, 1},
    {"EI_OSABI", EI_OSABI, 1},    {"EI_ABIVERSION", EI_ABIVERSION, 1},
    {"EI_PAD", EI_PAD, 1},        FIELD(Elf64_Ehdr, e_type),
    FIELD(Elf64_Ehdr, e_machine), FIELD(Elf64_Ehdr, e_version),
    FIELD(Elf64_Ehdr, e_entry),   FIELD(Elf64_Ehdr, e_phoff),
    FIELD(Elf64_Ehdr, e_shoff),   FIELD(Elf64_Ehdr, e_flags),
    FIELD(Elf64_Ehdr, e_ehsize),  FIELD(Elf64_Ehdr, e_phentsize),
    FIELD(Elf64_Ehdr, e_phnum),   FIELD(Elf64_Ehdr, e_shentsize),
    FIELD(Elf64_Ehdr, e_shnum),   FIELD(Elf64_Ehdr, e_shstrndx),
};
static const struct field segment_fields[] = {
    FIELD(Elf64_Phdr, p_type),  FIELD(Elf64_Phdr, p_flags), FIELD(Elf64_Phdr, p_offset),
    FIELD(Elf64_Phdr, p_vaddr), FIELD(Elf64_Phdr, p_paddr), FIELD(Elf64_Phdr, p_filesz),
    FIELD(Elf64_Phdr, p_memsz), FIELD(Elf64_Phdr, p_align),
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What a field is set to, made of what it was. */
static uint64_t value_of(uint64_t old, size_t number)
{
    const uint64_t values[] = {
        0,
        1,
        old + 1,
        old - 1,
        old + 8,
        old - 8,
        old + 0x1000,
        old - 0x1000,
        old + 0x100000,
        old * 2,
        old / 2,
        old ^ 4,
        2,
        3,
        4,
        5,
        6,
        7,
        PT_GNU_EH_FRAME,
        PT_GNU_STACK,
        PT_GNU_RELRO,
        PT_GNU_PROPERTY,
        UINT64_C(1) << 31,
        UINT64_C(1) << 63,
        INT64_MAX,
        UINT64_MAX,
        UINT64_MAX - 0xfff,
    };

    return number < COUNT(values) ? values[number] : old;
}

enum { VALUES = 27 };

struct change {
    char what[80];
    size_t at, bytes;
    uint64_t old, value;
};

static char *whole;
static size_t whole_len;
static struct change changes[16384];
static size_t change_count;

static void add_changes(const struct field *field, size_t from, const char *of)
{
    uint64_t old = 0, mask = field->bytes == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * field->bytes) - 1;

    memcpy(&old, whole + from + field->at, field->bytes);
    for (size_t i = 0; i < VALUES; i++) {
        uint64_t value = value_of(old, i) & mask;
        struct change *change = &changes[change_count];

        if (value == old) {
            continue;
        }
        cr_assert_lt(change_count, COUNT(changes));
        *change = (struct change){
            .at = from + field->at, .bytes = field->bytes, .old = old, .value = value};
        snprintf(change->what, sizeof change->what, "%s %s = 0x%llx (was 0x%llx)", of, field->name,
                 (unsigned long long)value, (unsigned long long)old);
        change_count++;
    }
}

static void add_all(void)
{
    const Elf64_Ehdr *head = (const Elf64_Ehdr *)(const void *)whole;

    change_count = 0;
    for (size_t i = 0; i < COUNT(head_fields); i++) {
        add_changes(&head_fields[i], 0, "header");
    }
    for (unsigned segment = 0; segment < head->e_phnum; segment++) {
        char of[32];

        snprintf(of, sizeof of, "segment %u", segment);
        for (size_t i = 0; i < COUNT(segment_fields); i++) {
            add_changes(&segment_fields[i], head->e_phoff + segment * sizeof(Elf64_Phdr), of);
        }
    }
}

/* Load it, and if that is good let its code write where code writes. */
static bool load(const char *file)
{
    const struct plugin_settings none = {0};
    struct plugin_module *module;
    char words[1024] = "";
    struct error error = {.text = words, .size = sizeof words};
    void *state = NULL;

    if (plugin_open(file, NULL, &module, &error) != SHUNT_OK) {
        if (!strstr(words, "expected") || !strstr(words, "found")) {
            abort();
        }
        return false;
    }
    if (plugin_of(module)->init &&
        plugin_of(module)->init(&server_host, plugin_settings_lend(&none), &state) == SHUNT_OK &&
        plugin_of(module)->fini) {
        plugin_of(module)->fini(state);
    }
    plugin_close(module);
    return true;
}

struct progress {
    size_t next;
    unsigned loaded;
};

static void load_changed(const char *file, struct progress *progress)
{
    int fd = open(file, O_WRONLY | O_CLOEXEC);

    for (; fd >= 0 && progress->next < change_count; progress->next++) {
        const struct change *change = &changes[progress->next];

        if (pwrite(fd, &change->value, change->bytes, (off_t)change->at) < 0) {
            abort();
        }
        progress->loaded += load(file);
        if (pwrite(fd, &change->old, change->bytes, (off_t)change->at) < 0) {
            abort();
        }
    }
    close(fd);
}

#ifdef __SANITIZE_ADDRESS__
/* Copies of one plugin are loaded one after the other, to the same addresses, and a change may keep the
 * destructors of one from running: its globals are then there twice for the sanitizer. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_odr_violation=0";
}
#endif

static void run(const char *name)
{
    struct progress *progress =
        mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct plugin_module *original; /* keeps the libraries that it needs in memory */
    const char *file;
    char words[1024] = "";
    struct error error = {.text = words, .size = sizeof words};

    cr_assert_neq(progress, MAP_FAILED);
    files_make();
    cr_assert_eq(plugin_open(name, NULL, &original, &error), SHUNT_OK, "%s", words);
    whole = files_read(name, &whole_len);
    add_all();
    while (progress->next < change_count) {
        pid_t child;
        int status;

        file = files_write("changed.so", whole, whole_len);
        child = fork();
        if (child == 0) {
            load_changed(file, progress);
            _exit(0);
        }
        cr_assert_eq(waitpid(child, &status, 0), child);
        unlink(file);
        if (status != 0) {
            cr_expect(false, "%s: %s: the loader died, wait status 0x%x", name,
                      changes[progress->next].what, (unsigned)status);
            progress->next++;
        }
    }
    cr_expect_gt(progress->loaded, 0, "nothing was loaded: the test shows nothing");
    cr_expect_lt(progress->loaded, change_count, "nothing was refused");
    plugin_close(original);
    free(whole);
    files_remove();
    munmap(progress, sizeof *progress);
}

Test(plugin_headers, a_change_of_any_field_is_refused_or_harmless)
{
    run(SHIPPED_PLUGIN_DIR "/echo.so");
}

Test(plugin_headers, so_it_is_in_a_plugin_that_needs_libraries)
{
    run(SHIPPED_PLUGIN_DIR "/websocket.so");
}
