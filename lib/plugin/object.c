/*
 * Reads with pread(2) and holds every offset and length against the size of the file first. A
 * truncated file must be found here, because dlopen() maps what the headers promise, and touching a
 * page behind the end of a file is SIGBUS.
 */
#include "plugin/object.h"

#include <errno.h>
#include <inttypes.h>
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

enum shunt_status plugin_object_bytes(const struct plugin_object *object, uint64_t offset, void *to,
                                      size_t len, const char *what)
{
    size_t got = 0;

    while (plugin_object_within(object, offset, len) && got < len) {
        ssize_t n = pread(object->fd, (char *)to + got, len - got, (off_t)(offset + got));

        if (n < 0 && errno != EINTR) {
            return error_set(object->error, SHUNT_ESYS, "expected to read %s, found: %s", what,
                             strerror(errno));
        }
        if (n == 0) {
            break;
        }
        got += n > 0 ? (size_t)n : 0;
    }
    return got == len ? SHUNT_OK
                      : error_set(object->error, SHUNT_EINVAL,
                                  "expected %s, found a truncated file of %" PRIu64 " bytes", what,
                                  object->size);
}

const Elf64_Phdr *plugin_object_load(const struct plugin_object *object, uint64_t address,
                                     uint64_t len)
{
    for (unsigned i = 0; i < object->head.e_phnum; i++) {
        const Elf64_Phdr *segment = &object->segments[i];

        if (segment->p_type == PT_LOAD &&
            plugin_range_within(address, len, segment->p_vaddr, segment->p_memsz)) {
            return segment;
        }
    }
    return NULL;
}

enum shunt_status plugin_object_memory(const struct plugin_object *object, uint64_t address,
                                       void *to, size_t len, const char *what)
{
    const Elf64_Phdr *load = plugin_object_load(object, address, len);

    if (!load || !plugin_range_within(address, len, load->p_vaddr, load->p_filesz)) {
        return error_set(object->error, SHUNT_EINVAL,
                         "expected %s in a loaded segment, found it at address 0x%" PRIx64, what,
                         address);
    }
    return plugin_object_bytes(object, load->p_offset + (address - load->p_vaddr), to, len, what);
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

static enum shunt_status check_head(struct plugin_object *object)
{
    const unsigned char *ident = object->head.e_ident;
    char start[sizeof object->head.e_ident] = "";
    enum shunt_status status;

    if (object->size == 0) {
        return error_set(object->error, SHUNT_EINVAL,
                         "expected an ELF shared object, found an empty file");
    }
    status = plugin_object_bytes(object, 0, start,
                                 object->size < SELFMAG ? (size_t)object->size : SELFMAG, "a file");
    if (status) {
        return status;
    }
    if (memcmp(start, ELFMAG, object->size < SELFMAG ? (size_t)object->size : SELFMAG) != 0) {
        return error_set(object->error, SHUNT_EINVAL,
                         "expected an ELF shared object, found a file that is not ELF");
    }
    status = plugin_object_bytes(object, 0, &object->head, sizeof object->head, "an ELF header");
    if (status) {
        return status;
    }
    if (ident[EI_CLASS] != ELFCLASS64) {
        return error_set(object->error, SHUNT_EINVAL, "expected a 64-bit ELF file, found class %u",
                         ident[EI_CLASS]);
    }
    if (ident[EI_DATA] != OUR_DATA) {
        return error_set(object->error, SHUNT_EINVAL,
                         "expected ELF byte order %u (this machine's), found %u", OUR_DATA,
                         ident[EI_DATA]);
    }
    if (object->head.e_machine != OUR_MACHINE) {
        return error_set(object->error, SHUNT_EINVAL,
                         "expected an ELF file for %s, found one for %s (e_machine %u)",
                         machine_name(OUR_MACHINE), machine_name(object->head.e_machine),
                         object->head.e_machine);
    }
    if (object->head.e_type != ET_DYN) {
        return error_set(object->error, SHUNT_EINVAL,
                         "expected a shared object (ELF type %u), found ELF type %u", ET_DYN,
                         object->head.e_type);
    }
    return SHUNT_OK;
}

static enum shunt_status read_tables(struct plugin_object *object)
{
    const Elf64_Ehdr *head = &object->head;

    if (head->e_phnum == 0 || head->e_phnum > PLUGIN_SEGMENTS_MAX ||
        head->e_phentsize != sizeof(Elf64_Phdr)) {
        return error_set(object->error, SHUNT_EINVAL,
                         "expected 1 to %d program headers of %zu bytes, found %u of %u bytes",
                         PLUGIN_SEGMENTS_MAX, sizeof(Elf64_Phdr), head->e_phnum, head->e_phentsize);
    }
    if (head->e_shnum && (head->e_shentsize != sizeof(Elf64_Shdr) ||
                          !plugin_object_within(object, head->e_shoff,
                                                (uint64_t)head->e_shnum * head->e_shentsize))) {
        return error_set(object->error, SHUNT_EINVAL,
                         "expected %u section headers, found a truncated file of %" PRIu64 " bytes",
                         head->e_shnum, object->size);
    }
    return plugin_object_bytes(object, head->e_phoff, object->segments,
                               head->e_phnum * sizeof(Elf64_Phdr), "its program headers");
}

enum shunt_status plugin_object_read(int fd, struct plugin_object *object, struct error *error)
{
    struct stat about;
    enum shunt_status status;

    *object = (struct plugin_object){.fd = fd, .error = error};
    if (fstat(fd, &about)) {
        return error_set(object->error, SHUNT_ESYS, "expected a file, found: %s", strerror(errno));
    }
    object->size = (uint64_t)about.st_size;
    status = check_head(object);
    return status ? status : read_tables(object);
}
