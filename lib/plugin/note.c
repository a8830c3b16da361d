/*
 * Reads ELF headers with pread(2) and believes nothing: every offset and length is held against the
 * size of the file first. A truncated file must be found here, because dlopen() maps what the
 * headers promise and touching a page behind the end of a file is SIGBUS.
 */
#include "plugin/note.h"
#include "plugin/refusal.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#elif defined(__riscv)
#define OUR_MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define OUR_MACHINE EM_PPC64
#elif defined(__s390x__)
#define OUR_MACHINE EM_S390
#elif defined(__loongarch__)
#define OUR_MACHINE 258
#else
#error "add this machine's e_machine"
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_DATA ELFDATA2LSB
#else
#define OUR_DATA ELFDATA2MSB
#endif

#define NOTES_BYTES_MAX 65536 /* of one segment or section of notes; ours is 32 */

struct elf {
    int fd;
    uint64_t size;
    Elf64_Ehdr head;
    struct plugin_refusal refusal;
};

/* Does [offset, offset + len) lie in the file? */
static bool within(const struct elf *elf, uint64_t offset, uint64_t len)
{
    return offset <= elf->size && len <= elf->size - offset;
}

/* All of [offset, offset + len), or SHUNT_EINVAL (truncated) or SHUNT_ESYS. `what` is for error. */
static enum shunt_status read_at(const struct elf *elf, uint64_t offset, void *to, size_t len,
                                 const char *what)
{
    size_t got = 0;

    while (within(elf, offset, len) && got < len) {
        ssize_t n = pread(elf->fd, (char *)to + got, len - got, (off_t)(offset + got));

        if (n < 0 && errno != EINTR) {
            plugin_refuse(&elf->refusal, "expected to read %s, found: %s", what, strerror(errno));
            return SHUNT_ESYS;
        }
        if (n == 0) {
            break;
        }
        got += n > 0 ? (size_t)n : 0;
    }
    return got == len ? SHUNT_OK
                      : plugin_refuse(&elf->refusal,
                                      "expected %s, found a truncated file of %" PRIu64 " bytes",
                                      what, elf->size);
}

static const char *machine_name(unsigned machine)
{
    switch (machine) {
    case EM_386:
        return "i386";
    case EM_ARM:
        return "arm";
    case EM_X86_64:
        return "x86-64";
    case EM_AARCH64:
        return "aarch64";
    case EM_RISCV:
        return "riscv";
    case EM_PPC64:
        return "ppc64";
    case EM_S390:
        return "s390x";
    default:
        return "another machine";
    }
}

static enum shunt_status check_head(struct elf *elf)
{
    const unsigned char *ident = elf->head.e_ident;
    char start[sizeof elf->head.e_ident] = "";
    enum shunt_status status;

    if (elf->size == 0) {
        return plugin_refuse(&elf->refusal, "expected an ELF shared object, found an empty file");
    }
    status = read_at(elf, 0, start, elf->size < SELFMAG ? (size_t)elf->size : SELFMAG, "a file");
    if (status) {
        return status;
    }
    if (memcmp(start, ELFMAG, elf->size < SELFMAG ? (size_t)elf->size : SELFMAG) != 0) {
        return plugin_refuse(&elf->refusal,
                             "expected an ELF shared object, found a file that is not ELF");
    }
    status = read_at(elf, 0, &elf->head, sizeof elf->head, "an ELF header");
    if (status) {
        return status;
    }
    if (ident[EI_CLASS] != ELFCLASS64) {
        return plugin_refuse(&elf->refusal, "expected a 64-bit ELF file, found class %u",
                             ident[EI_CLASS]);
    }
    if (ident[EI_DATA] != OUR_DATA) {
        return plugin_refuse(&elf->refusal, "expected ELF byte order %u (this machine's), found %u",
                             OUR_DATA, ident[EI_DATA]);
    }
    if (elf->head.e_machine != OUR_MACHINE) {
        return plugin_refuse(
            &elf->refusal, "expected an ELF file for %s, found one for %s (e_machine %u)",
            machine_name(OUR_MACHINE), machine_name(elf->head.e_machine), elf->head.e_machine);
    }
    if (elf->head.e_type != ET_DYN) {
        return plugin_refuse(&elf->refusal,
                             "expected a shared object (ELF type %u), found ELF type %u", ET_DYN,
                             elf->head.e_type);
    }
    return SHUNT_OK;
}

static enum shunt_status check_tables(const struct elf *elf)
{
    const Elf64_Ehdr *head = &elf->head;

    if (head->e_phnum == 0 || head->e_phentsize != sizeof(Elf64_Phdr)) {
        return plugin_refuse(&elf->refusal,
                             "expected program headers of %zu bytes, found %u of %u bytes",
                             sizeof(Elf64_Phdr), head->e_phnum, head->e_phentsize);
    }
    if (!within(elf, head->e_phoff, (uint64_t)head->e_phnum * sizeof(Elf64_Phdr))) {
        return plugin_refuse(&elf->refusal,
                             "expected %u program headers, found a truncated file of %" PRIu64
                             " bytes",
                             head->e_phnum, elf->size);
    }
    if (head->e_shnum &&
        (head->e_shentsize != sizeof(Elf64_Shdr) ||
         !within(elf, head->e_shoff, (uint64_t)head->e_shnum * head->e_shentsize))) {
        return plugin_refuse(&elf->refusal,
                             "expected %u section headers, found a truncated file of %" PRIu64
                             " bytes",
                             head->e_shnum, elf->size);
    }
    return SHUNT_OK;
}

static uint64_t padded(uint64_t bytes, uint64_t align)
{
    return (bytes + align - 1) & ~(align - 1);
}

/* Is our note among these? Notes that do not fit are passed over with all behind them. */
static bool note_among(const char *notes, size_t len, uint64_t align, struct shunt_note *note)
{
    size_t at = 0;

    while (len - at >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr one;
        uint64_t name_at = at + sizeof one, desc_at;

        memcpy(&one, notes + at, sizeof one);
        desc_at = padded(name_at + one.n_namesz, align);
        if (desc_at > len || one.n_descsz > len - desc_at) {
            return false;
        }
        if (one.n_type == SHUNT_NOTE_TYPE && one.n_namesz == sizeof "Shunt" &&
            memcmp(notes + name_at, "Shunt", sizeof "Shunt") == 0 && one.n_descsz >= sizeof *note) {
            memcpy(note, notes + desc_at, sizeof *note);
            return true;
        }
        at = padded(desc_at + one.n_descsz, align);
        if (at > len) {
            return false;
        }
    }
    return false;
}

/* Look for our note in one segment or section of notes. */
static enum shunt_status search(const struct elf *elf, uint64_t offset, uint64_t len,
                                uint64_t align, struct shunt_note *note, bool *found)
{
    char notes[NOTES_BYTES_MAX];
    enum shunt_status status;

    if (len > sizeof notes) {
        return SHUNT_OK;
    }
    status = read_at(elf, offset, notes, (size_t)len, "its notes");
    if (!status) {
        *found = note_among(notes, (size_t)len, align == 8 ? 8 : 4, note);
    }
    return status;
}

/* Every loaded segment lies in the file; the note is looked for in those that hold notes. */
static enum shunt_status walk_segments(const struct elf *elf, struct shunt_note *note, bool *found)
{
    for (unsigned i = 0; i < elf->head.e_phnum; i++) {
        Elf64_Phdr segment;
        enum shunt_status status = read_at(elf, elf->head.e_phoff + (uint64_t)i * sizeof segment,
                                           &segment, sizeof segment, "its program headers");

        if (!status && segment.p_type == PT_LOAD &&
            !within(elf, segment.p_offset, segment.p_filesz)) {
            return plugin_refuse(&elf->refusal,
                                 "expected segment %u whole, found a truncated file of %" PRIu64
                                 " bytes",
                                 i, elf->size);
        }
        if (!status && segment.p_type == PT_NOTE && !*found) {
            status = search(elf, segment.p_offset, segment.p_filesz, segment.p_align, note, found);
        }
        if (status) {
            return status;
        }
    }
    return SHUNT_OK;
}

/* For a linker script that makes no segment of notes. */
static enum shunt_status walk_sections(const struct elf *elf, struct shunt_note *note, bool *found)
{
    for (unsigned i = 0; i < elf->head.e_shnum && !*found; i++) {
        Elf64_Shdr section;
        enum shunt_status status = read_at(elf, elf->head.e_shoff + (uint64_t)i * sizeof section,
                                           &section, sizeof section, "its section headers");

        if (!status && section.sh_type == SHT_NOTE) {
            status =
                search(elf, section.sh_offset, section.sh_size, section.sh_addralign, note, found);
        }
        if (status) {
            return status;
        }
    }
    return SHUNT_OK;
}

enum shunt_status plugin_note_read(int fd, const char *file, struct shunt_note *note, char *error,
                                   size_t error_size)
{
    struct elf elf = {.fd = fd, .refusal = {file, error, error_size}};
    struct shunt_note read = {0};
    struct stat about;
    bool found = false;
    enum shunt_status status;

    if (fstat(fd, &about)) {
        plugin_refuse(&elf.refusal, "expected a file, found: %s", strerror(errno));
        return SHUNT_ESYS;
    }
    elf.size = (uint64_t)about.st_size;
    status = check_head(&elf);
    if (!status) {
        status = check_tables(&elf);
    }
    if (!status) {
        status = walk_segments(&elf, &read, &found);
    }
    if (!status && !found) {
        status = walk_sections(&elf, &read, &found);
    }
    if (!status && !found) {
        status =
            plugin_refuse(&elf.refusal, "expected the note .note.shunt of a plugin, found none");
    }
    if (!status) {
        *note = read;
    }
    return status;
}
