/* plugin/loader.h: what is refused, with which sentence, and that its code has not run. */
#include "plugin/loader.h"

#include "support/files.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *whole; /* the bytes of a plugin that loads */
static size_t whole_len;
static char words[1024];
static struct error error = {.text = words, .size = sizeof words};

static void set_up(void)
{
    files_make();
    setenv("SHUNT_WITNESS", files_path("witness"), 1);
    whole = files_read(TEST_PLUGIN_DIR "/witness.so", &whole_len);
}

static void tear_down(void)
{
    free(whole);
    files_remove();
}

TestSuite(plugin_loader, .init = set_up, .fini = tear_down);

static bool code_ran(void)
{
    return access(files_path("witness"), F_OK) == 0;
}

/* Open and close; the status, and the sentence in `words`. */
static enum shunt_status try_open(const char *name)
{
    struct plugin_module *module = NULL;
    enum shunt_status status;

    words[0] = '\0';
    status = plugin_open(name, NULL, &module, &error);
    if (!status) {
        plugin_close(module);
    } else {
        cr_expect_null(module, "%s: written on %s", name, shunt_status_name(status));
    }
    return status;
}

/* The note's descriptor in the bytes of a plugin. */
static struct shunt_note *note_in(char *bytes, size_t len)
{
    static const struct shunt_note_section ours = {
        6, sizeof(struct shunt_note), SHUNT_NOTE_TYPE, "Shunt", {SHUNT_ABI_MAJOR, SHUNT_ABI_MINOR}};
    char *at = memmem(bytes, len, &ours, offsetof(struct shunt_note_section, note));

    cr_assert(at);
    return (struct shunt_note *)(void *)(at + offsetof(struct shunt_note_section, note));
}

Test(plugin_loader, opens_a_plugin_by_its_file)
{
    struct plugin_module *module;
    const char *file = TEST_PLUGIN_DIR "/witness.so";

    cr_assert_eq(plugin_open(file, NULL, &module, &error), SHUNT_OK, "%s", words);
    cr_expect_str_eq(plugin_of(module)->name, "witness");
    cr_expect_str_eq(plugin_file(module), file);
    cr_expect(code_ran(), "the witness would prove nothing");
    plugin_close(module);
}

Test(plugin_loader, opens_a_name_from_the_first_folder_that_has_it)
{
    const char *const path[] = {"/nowhere", files_folder(), TEST_PLUGIN_DIR, NULL};
    struct plugin_module *module;

    files_write("witness.so", whole, whole_len);
    cr_assert_eq(plugin_open("witness", path, &module, &error), SHUNT_OK, "%s", words);
    cr_expect_str_eq(plugin_file(module), files_path("witness.so"));
    plugin_close(module);
    unlink(files_path("witness.so"));
    cr_assert_eq(plugin_open("witness", path, &module, &error), SHUNT_OK, "%s", words);
    cr_expect_str_eq(plugin_file(module), TEST_PLUGIN_DIR "/witness.so");
    plugin_close(module);
}

Test(plugin_loader, says_where_it_has_looked_for_a_name)
{
    const char *const path[] = {"/nowhere", "/here", NULL};
    struct plugin_module *module;

    cr_expect_eq(plugin_open("rail", path, &module, &error), SHUNT_ENOTFOUND);
    cr_expect_str_eq(words, "plugin rail: expected rail.so in the plugin path (/nowhere, /here), "
                            "found none");
    cr_expect_eq(plugin_open("", path, &module, &error), SHUNT_EINVAL);
}

Test(plugin_loader, refuses_what_is_no_file)
{
    static const char *const names[] = {"absent.so", "folder.so", "fifo.so", "below/a/file.so"};
    static const enum shunt_status wanted[] = {SHUNT_ENOTFOUND, SHUNT_EINVAL, SHUNT_EINVAL,
                                               SHUNT_ENOTFOUND};
    static const char *const sentences[] = {
        "expected a plugin, found: No such file or directory",
        "expected a plugin's file, found a directory",
        "expected a plugin's file, found something that is not a file",
        "expected a plugin, found: Not a directory"};

    cr_assert_eq(mkdir(files_path("folder.so"), 0700), 0);
    cr_assert_eq(mkfifo(files_path("fifo.so"), 0600), 0);
    files_write_text("below", "");
    for (size_t i = 0; i < 4; i++) {
        enum shunt_status got = try_open(files_path(names[i]));

        cr_expect_eq(got, wanted[i], "%s: %s", names[i], shunt_status_name(got));
        cr_expect(strstr(words, sentences[i]), "%s: %s", names[i], words);
        cr_expect_eq(strncmp(words, files_folder(), strlen(files_folder())), 0, "names no file: %s",
                     words);
    }
}

Test(plugin_loader, refuses_what_is_no_elf_file)
{
    static const struct {
        const char *why, *bytes, *found;
    } rows[] = {
        {"empty", "", "found an empty file"},
        {"one byte that could begin one", "\x7f", "expected an ELF header, found a truncated file"},
        {"text", "#!/bin/sh\necho no\n", "found a file that is not ELF"},
        {"short text", "no", "found a file that is not ELF"},
        {"magic only",
         "\x7f"
         "ELF",
         "expected an ELF header, found a truncated file of 4 bytes"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum shunt_status got = try_open(files_write_text("bad.so", rows[i].bytes));

        cr_expect_eq(got, SHUNT_EINVAL, "%s: %s", rows[i].why, shunt_status_name(got));
        cr_expect(strstr(words, rows[i].found), "%s: %s", rows[i].why, words);
    }
}

Test(plugin_loader, refuses_what_was_built_for_something_else)
{
    static const struct {
        const char *why;
        size_t at;
        unsigned char byte;
        const char *sentence;
    } rows[] = {
        {"32 bit", EI_CLASS, ELFCLASS32, "expected a 64-bit ELF file, found class 1"},
        {"other byte order", EI_DATA, 0, "expected ELF byte order"},
        {"another machine", offsetof(Elf64_Ehdr, e_machine), EM_MIPS,
         "found one for another machine (e_machine 8)"},
        {"a program", offsetof(Elf64_Ehdr, e_type), ET_EXEC,
         "expected a shared object (ELF type 3), found ELF type 2"},
        {"an object file", offsetof(Elf64_Ehdr, e_type), ET_REL, "found ELF type 1"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char kept = whole[rows[i].at];
        enum shunt_status got;

        whole[rows[i].at] = (char)rows[i].byte;
        got = try_open(files_write("bad.so", whole, whole_len));
        whole[rows[i].at] = kept;
        cr_expect_eq(got, SHUNT_EINVAL, "%s: %s", rows[i].why, shunt_status_name(got));
        cr_expect(strstr(words, rows[i].sentence), "%s: %s", rows[i].why, words);
    }
    cr_expect(!code_ran());
}

Test(plugin_loader, refuses_a_plugin_that_is_truncated_anywhere)
{
    for (size_t len = 0; len < whole_len; len += 64) {
        enum shunt_status got = try_open(files_write("bad.so", whole, len));

        cr_expect_eq(got, SHUNT_EINVAL, "%zu of %zu bytes: %s", len, whole_len,
                     shunt_status_name(got));
        cr_expect(strstr(words, "expected") && strstr(words, "found"), "%zu bytes: %s", len, words);
    }
    cr_expect_eq(try_open(files_write("bad.so", whole, whole_len - 1)), SHUNT_EINVAL);
    cr_expect(!code_ran());
}

Test(plugin_loader, refuses_another_major_before_its_code_runs)
{
    struct shunt_note *note = note_in(whole, whole_len);

    note->abi_major = SHUNT_ABI_MAJOR + 1;
    note->abi_minor = 7;
    cr_expect_eq(try_open(files_write("bad.so", whole, whole_len)), SHUNT_EABI);
    cr_expect(strstr(words, "expected plugin ABI 1.x, found 2.7"), "%s", words);
    cr_expect(!code_ran());
}

Test(plugin_loader, takes_a_later_minor)
{
    note_in(whole, whole_len)->abi_minor = SHUNT_ABI_MINOR + 1;
    cr_expect_eq(try_open(files_write("later.so", whole, whole_len)), SHUNT_OK, "%s", words);
}

Test(plugin_loader, refuses_an_object_without_a_note_before_its_code_runs)
{
    cr_expect_eq(try_open(TEST_PLUGIN_DIR "/no_note.so"), SHUNT_EINVAL);
    cr_expect(strstr(words, "no_note.so: expected the note .note.shunt of a plugin, found none"),
              "%s", words);
    cr_expect(!code_ran());
}

Test(plugin_loader, refuses_an_object_without_the_symbol_before_its_code_runs)
{
    cr_expect_eq(try_open(TEST_PLUGIN_DIR "/no_symbol.so"), SHUNT_EINVAL);
    cr_expect(strstr(words, "expected the symbol " SHUNT_PLUGIN_SYMBOL_NAME ", found none"), "%s",
              words);
    cr_expect(!code_ran());
}

Test(plugin_loader, refuses_a_structure_that_is_shorter_than_it_says)
{
    cr_expect_eq(try_open(TEST_PLUGIN_DIR "/cut_short.so"), SHUNT_EINVAL);
    cr_expect(strstr(words, "found it cut to"), "%s", words);
}

/* The C library's loader must refuse what headers do not show, and names our file. */
Test(plugin_loader, refuses_an_object_that_does_not_load)
{
    char *needed = memmem(whole, whole_len, "libc.so.6", 10);

    cr_assert(needed);
    needed[3] = 'Q';
    cr_expect_eq(try_open(files_write("bad.so", whole, whole_len)), SHUNT_EINVAL);
    cr_expect(strstr(words, "bad.so: expected a shared object that loads, found: libQ.so.6"), "%s",
              words);
    cr_expect_null(strstr(words, "/proc"), "%s", words);
    cr_expect(!code_ran());
}

/* ---- one path, several files ---- */

static struct plugin_module *open_named(const char *file, const char *want)
{
    struct plugin_module *module;

    cr_assert_eq(plugin_open(file, NULL, &module, &error), SHUNT_OK, "%s", words);
    cr_expect_str_eq(plugin_of(module)->name, want);
    return module;
}

/* Put the witness under `file`, by another name of `letter` and in another file than before. */
static void replace(const char *file, char letter)
{
    char *name = memmem(whole, whole_len, "witness", 8);

    cr_assert(name);
    *name = letter;
    unlink(file);
    files_write("plugin.so", whole, whole_len);
    *name = 'w';
}

Test(plugin_loader, gives_the_new_code_of_a_path_that_was_replaced_beside_the_old)
{
    const char *file = files_path("plugin.so");
    char path[256];
    struct plugin_module *old, *new;

    snprintf(path, sizeof path, "%s", file);
    replace(path, 'w');
    old = open_named(path, "witness");
    replace(path, 'X');
    new = open_named(path, "Xitness");
    cr_expect_neq(plugin_of(old)->protocols, plugin_of(new)->protocols);
    cr_expect_str_eq(plugin_of(old)->name, "witness");
    plugin_close(old);
    cr_expect_str_eq(plugin_of(new)->name, "Xitness");
    plugin_close(new);
}

/* Mark in the file's dynamic section that it is never to be unloaded, as C++ often has it. */
static void make_resident(void)
{
    const Elf64_Ehdr *head = (const Elf64_Ehdr *)(const void *)whole;
    const Elf64_Phdr *segment = (const Elf64_Phdr *)(const void *)(whole + head->e_phoff);
    Elf64_Dyn *entry;

    while (segment->p_type != PT_DYNAMIC) {
        segment++;
    }
    entry = (Elf64_Dyn *)(void *)(whole + segment->p_offset);
    while (entry->d_tag != DT_RELACOUNT) { /* a hint to the loader, and no more */
        cr_assert_neq(entry->d_tag, DT_NULL);
        entry++;
    }
    entry->d_tag = DT_FLAGS_1;
    entry->d_un.d_val = DF_1_NOW | DF_1_NODELETE;
}

/* Each has the number of a descriptor that was closed, and the C library has seen its name before.
 */
Test(plugin_loader, never_gives_an_object_that_stayed_in_memory_for_another)
{
    char path[256];

    make_resident();
    snprintf(path, sizeof path, "%s", files_path("plugin.so"));
    for (char letter = 'A'; letter <= 'E'; letter++) {
        char want[] = "_itness";

        want[0] = letter;
        replace(path, letter);
        plugin_close(open_named(path, want));
    }
}

static unsigned descriptors(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

Test(plugin_loader, keeps_no_descriptor_of_what_is_unloaded)
{
    const char *file = TEST_PLUGIN_DIR "/witness.so";
    unsigned before = descriptors();

    for (int i = 0; i < 3; i++) {
        struct plugin_module *one = open_named(file, "witness");
        struct plugin_module *two = open_named(file, "witness");

        plugin_close(one);
        cr_expect_str_eq(plugin_of(two)->name, "witness");
        plugin_close(two);
        cr_expect_eq(try_open(TEST_PLUGIN_DIR "/no_note.so"), SHUNT_EINVAL);
        cr_expect_eq(try_open(TEST_PLUGIN_DIR "/cut_short.so"), SHUNT_EINVAL);
    }
    cr_expect_eq(descriptors(), before);
}
