/* plugin/note.h on files whose headers lie. */
#include "plugin/note.h"
#include "plugin/layout.h"

#include "support/files.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *whole;
static size_t whole_len;
static char words[512];
static struct error error = {.text = words, .size = sizeof words, .where = "file.so"};

static void set_up(void)
{
    files_make();
    whole = files_read(TEST_PLUGIN_DIR "/witness.so", &whole_len);
}

static void tear_down(void)
{
    free(whole);
    files_remove();
}

TestSuite(plugin_note, .init = set_up, .fini = tear_down);

static enum shunt_status read_note(const char *bytes, size_t len, struct shunt_note *note)
{
    int fd = open(files_write("file.so", bytes, len), O_RDONLY | O_CLOEXEC);
    struct plugin_object object;
    enum shunt_status status;

    cr_assert(fd >= 0);
    words[0] = '\0';
    status = plugin_object_read(fd, &object, &error);
    if (!status) {
        status = plugin_layout_check(&object);
    }
    if (!status) {
        status = plugin_note_read(&object, note);
    }
    close(fd);
    return status;
}

static Elf64_Phdr *segment_of(Elf64_Word type)
{
    Elf64_Ehdr *head = (Elf64_Ehdr *)(void *)whole;
    Elf64_Phdr *segment = (Elf64_Phdr *)(void *)(whole + head->e_phoff);

    for (unsigned i = 0; i < head->e_phnum; i++) {
        if (segment[i].p_type == type) {
            return &segment[i];
        }
    }
    return NULL;
}

Test(plugin_note, is_found_in_a_segment)
{
    struct shunt_note note = {0};

    cr_assert_eq(read_note(whole, whole_len, &note), SHUNT_OK, "%s", words);
    cr_expect_eq(note.abi_major, SHUNT_ABI_MAJOR);
    cr_expect_eq(note.abi_minor, SHUNT_ABI_MINOR);
}

Test(plugin_note, is_found_without_section_headers)
{
    Elf64_Ehdr *head = (Elf64_Ehdr *)(void *)whole;
    struct shunt_note note;

    head->e_shnum = 0;
    head->e_shoff = 0;
    cr_expect_eq(read_note(whole, whole_len, &note), SHUNT_OK, "%s", words);
}

Test(plugin_note, is_found_in_a_section_where_no_segment_has_it)
{
    Elf64_Phdr *segment;
    struct shunt_note note = {0};

    while ((segment = segment_of(PT_NOTE))) {
        segment->p_type = PT_NULL;
    }
    cr_assert_eq(read_note(whole, whole_len, &note), SHUNT_OK, "%s", words);
    cr_expect_eq(note.abi_major, SHUNT_ABI_MAJOR);
}

Test(plugin_note, of_another_owner_or_type_does_not_count)
{
    static const size_t spots[] = {offsetof(struct shunt_note_section, type),
                                   offsetof(struct shunt_note_section, name),
                                   offsetof(struct shunt_note_section, name_size)};
    struct shunt_note note;
    char *at = memmem(whole, whole_len, "Shunt\0\0", 8);

    cr_assert(at);
    at -= offsetof(struct shunt_note_section, name);
    for (size_t i = 0; i < sizeof spots / sizeof *spots; i++) {
        at[spots[i]] ^= 1;
        cr_expect_eq(read_note(whole, whole_len, &note), SHUNT_EINVAL, "offset %zu", spots[i]);
        at[spots[i]] ^= 1;
    }
    cr_expect_eq(read_note(whole, whole_len, &note), SHUNT_OK, "%s", words);
}

Test(plugin_note, of_a_size_that_leaves_its_segment_does_not_count)
{
    static const uint32_t sizes[] = {0, 4, 4096, 0x7fffffff, 0xfffffffc, 0xffffffff};
    struct shunt_note note;
    char *at = memmem(whole, whole_len, "Shunt\0\0", 8);

    cr_assert(at);
    at -= offsetof(struct shunt_note_section, name);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        memcpy(at + offsetof(struct shunt_note_section, desc_size), &sizes[i], 4);
        cr_expect_eq(read_note(whole, whole_len, &note), SHUNT_EINVAL, "%u", sizes[i]);
    }
}

Test(plugin_note, reader_refuses_tables_outside_the_file)
{
    static const struct {
        const char *why;
        size_t at, bytes;
        uint64_t value;
    } rows[] = {
        {"no program headers", offsetof(Elf64_Ehdr, e_phnum), 2, 0},
        {"too many program headers", offsetof(Elf64_Ehdr, e_phnum), 2, 0xffff},
        {"program headers of another size", offsetof(Elf64_Ehdr, e_phentsize), 2, 1},
        {"program headers far away", offsetof(Elf64_Ehdr, e_phoff), 8, 1u << 30},
        {"program headers that wrap", offsetof(Elf64_Ehdr, e_phoff), 8, UINT64_MAX - 8},
        {"too many section headers", offsetof(Elf64_Ehdr, e_shnum), 2, 0xffff},
        {"section headers of another size", offsetof(Elf64_Ehdr, e_shentsize), 2, 0},
        {"section headers that wrap", offsetof(Elf64_Ehdr, e_shoff), 8, UINT64_MAX - 8},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shunt_note note;
        char kept[8];

        memcpy(kept, whole + rows[i].at, rows[i].bytes);
        memcpy(whole + rows[i].at, &rows[i].value, rows[i].bytes);
        cr_expect_eq(read_note(whole, whole_len, &note), SHUNT_EINVAL, "%s", rows[i].why);
        memcpy(whole + rows[i].at, kept, rows[i].bytes);
    }
}

Test(plugin_note, reader_refuses_a_loaded_segment_that_leaves_the_file)
{
    struct shunt_note note;
    Elf64_Phdr *load = segment_of(PT_LOAD);

    cr_assert(load);
    load->p_filesz = whole_len + 1;
    cr_expect_eq(read_note(whole, whole_len, &note), SHUNT_EINVAL);
    load->p_filesz = UINT64_MAX;
    cr_expect_eq(read_note(whole, whole_len, &note), SHUNT_EINVAL);
    load->p_filesz = 1;
    load->p_offset = UINT64_MAX;
    cr_expect_eq(read_note(whole, whole_len, &note), SHUNT_EINVAL);
}

/* Whatever stands in any byte of the tables, the reader ends with a status it may end with. */
Test(plugin_note, reader_survives_every_byte_of_the_headers)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    Elf64_Ehdr *head = (Elf64_Ehdr *)(void *)whole;
    size_t end = head->e_phoff + head->e_phnum * sizeof(Elf64_Phdr);

    for (size_t at = EI_NIDENT; at < end; at++) {
        for (size_t i = 0; i < sizeof values; i++) {
            char kept = whole[at];
            struct shunt_note note;
            enum shunt_status got;

            whole[at] = (char)values[i];
            got = read_note(whole, whole_len, &note);
            whole[at] = kept;
            cr_expect(got == SHUNT_OK || (got == SHUNT_EINVAL && strstr(words, "expected")),
                      "byte %zu = %u: %s %s", at, values[i], shunt_status_name(got), words);
        }
    }
}
