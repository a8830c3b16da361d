/*
 * The C library's loader believes program headers: it maps what they ask for, and a wrong one is a
 * crash of the whole server in a place that does not name the plugin. Sections are what the
 * linker meant and segments what it made of that, so where a file has sections they are held
 * against each other.
 */
#include "plugin/layout.h"

#include <inttypes.h>
#include <unistd.h>

#define ALIGN_MAX     (UINT64_C(1) << 30)
#define ADDRESS_MAX   (UINT64_C(1) << 46)
#define TLS_BYTES_MAX (UINT64_C(1) << 20) /* each thread of the server pays for it */

static uint64_t page_bytes(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t page_floor(uint64_t address)
{
    return address & ~(page_bytes() - 1);
}

static uint64_t page_ceiling(uint64_t address)
{
    return page_floor(address + page_bytes() - 1);
}

static enum shunt_status refuse(const struct plugin_object *object, const Elf64_Phdr *segment,
                                const char *expected)
{
    return error_set(object->error, SHUNT_EINVAL,
                     "expected segment %u %s, found offset 0x%" PRIx64 ", address 0x%" PRIx64
                     ", %" PRIu64 " of %" PRIu64 " bytes, alignment 0x%" PRIx64 ", flags %u",
                     (unsigned)(segment - object->segments), expected, segment->p_offset,
                     segment->p_vaddr, segment->p_filesz, segment->p_memsz, segment->p_align,
                     segment->p_flags);
}

static bool power_of_two(uint64_t number)
{
    return number && !(number & (number - 1));
}

/* One that is mapped. `end` is where the one before it ends in memory, and then where this does. */
static enum shunt_status check_load(const struct plugin_object *object, const Elf64_Phdr *load,
                                    uint64_t *end)
{
    if (load->p_filesz > load->p_memsz) {
        return refuse(object, load, "to have no more bytes in the file than in memory");
    }
    if (!power_of_two(load->p_align) || load->p_align < page_bytes() || load->p_align > ALIGN_MAX ||
        ((load->p_vaddr - load->p_offset) & (load->p_align - 1))) {
        return refuse(object, load, "to be aligned to pages, offset and address alike");
    }
    if (load->p_vaddr > ADDRESS_MAX || load->p_memsz > ADDRESS_MAX) {
        return refuse(object, load, "within the addresses of a process");
    }
    if (page_floor(load->p_vaddr) < *end) {
        return refuse(object, load, "behind the segment before it");
    }
    if (!(load->p_flags & PF_R)) {
        return refuse(object, load, "to be readable");
    }
    *end = page_ceiling(load->p_vaddr + load->p_memsz);
    return SHUNT_OK;
}

/* How much of a segment's memory must lie in a loaded one. */
static uint64_t bytes_inside(const Elf64_Phdr *segment)
{
    bool partly = segment->p_type == PT_TLS /* what is not in the file is in each thread */
                  || segment->p_type == PT_GNU_RELRO; /* lld pads it to the end of its page */

    return partly ? segment->p_filesz : segment->p_memsz;
}

/* One that names a part of what is mapped. */
static enum shunt_status check_inside(const struct plugin_object *object, const Elf64_Phdr *segment)
{
    const Elf64_Phdr *load = plugin_object_load(object, segment->p_vaddr, bytes_inside(segment));

    if (segment->p_filesz > segment->p_memsz) {
        return refuse(object, segment, "to have no more bytes in the file than in memory");
    }
    if (!load ||
        !plugin_range_within(segment->p_offset, segment->p_filesz, load->p_offset,
                             load->p_filesz) ||
        segment->p_vaddr - load->p_vaddr != segment->p_offset - load->p_offset) {
        return refuse(object, segment, "inside a loaded one, in the file as in memory");
    }
    return SHUNT_OK;
}

/* What is made read-only once relocated: whole pages, none of which is written later, as far as can
 * be known. */
static enum shunt_status check_relro(const struct plugin_object *object, const Elf64_Phdr *relro)
{
    const Elf64_Phdr *load = plugin_object_load(object, relro->p_vaddr, relro->p_filesz);

    if (!load || !(load->p_flags & PF_W) || relro->p_memsz > ADDRESS_MAX ||
        page_floor(relro->p_vaddr + relro->p_memsz) >
            page_ceiling(relro->p_vaddr + relro->p_filesz)) {
        return refuse(object, relro, "(relocated, then read-only) inside a writable one");
    }
    return SHUNT_OK;
}

static enum shunt_status check_tls(const struct plugin_object *object, const Elf64_Phdr *tls)
{
    return tls->p_memsz <= TLS_BYTES_MAX && tls->p_align <= page_bytes() &&
                   (tls->p_align == 0 || power_of_two(tls->p_align))
               ? SHUNT_OK
               : refuse(object, tls, "(thread-local) of at most 1 MiB, aligned to a page at most");
}

static enum shunt_status check_table(const struct plugin_object *object, const Elf64_Phdr *table)
{
    return table->p_offset == object->head.e_phoff &&
                   table->p_memsz == object->head.e_phnum * sizeof(Elf64_Phdr)
               ? SHUNT_OK
               : refuse(object, table, "(the program headers) where the ELF header says");
}

/* What is mapped, in order; `loads` counts them. */
static enum shunt_status check_loads(const struct plugin_object *object)
{
    enum shunt_status status = SHUNT_OK;
    unsigned loads = 0;
    uint64_t end = 0;

    for (unsigned i = 0; !status && i < object->head.e_phnum; i++) {
        const Elf64_Phdr *segment = &object->segments[i];

        if (segment->p_type != PT_LOAD) {
            continue;
        }
        loads++;
        status = check_load(object, segment, &end);
        if (!status && !plugin_object_within(object, segment->p_offset, segment->p_filesz)) {
            status =
                error_set(object->error, SHUNT_EINVAL,
                          "expected segment %u whole, found a truncated file of %" PRIu64 " bytes",
                          i, object->size);
        }
    }
    return !status && loads == 0
               ? error_set(object->error, SHUNT_EINVAL, "expected segments to load, found none")
               : status;
}

static enum shunt_status check_part(const struct plugin_object *object, const Elf64_Phdr *segment)
{
    enum shunt_status status;

    if (segment->p_memsz == 0 && segment->p_filesz == 0) {
        return SHUNT_OK;
    }
    switch (segment->p_type) {
    case PT_DYNAMIC:
    case PT_INTERP:
    case PT_NOTE:
    case PT_GNU_EH_FRAME:
    case PT_GNU_PROPERTY:
        return check_inside(object, segment);
    case PT_PHDR:
        status = check_inside(object, segment);
        return status ? status : check_table(object, segment);
    case PT_TLS:
        status = check_inside(object, segment);
        return status ? status : check_tls(object, segment);
    case PT_GNU_RELRO:
        status = check_inside(object, segment);
        return status ? status : check_relro(object, segment);
    default:
        return SHUNT_OK;
    }
}

static enum shunt_status check_parts(const struct plugin_object *object)
{
    enum shunt_status status = SHUNT_OK;
    unsigned dynamic = 0, tls = 0;

    for (unsigned i = 0; !status && i < object->head.e_phnum; i++) {
        dynamic += object->segments[i].p_type == PT_DYNAMIC;
        tls += object->segments[i].p_type == PT_TLS;
        status = check_part(object, &object->segments[i]);
    }
    if (!status && (dynamic != 1 || tls > 1)) {
        status = error_set(object->error, SHUNT_EINVAL,
                           "expected one dynamic and at most one thread-local segment, found "
                           "%u and %u",
                           dynamic, tls);
    }
    return status;
}

static bool in_tls(const struct plugin_object *object, const Elf64_Shdr *section)
{
    for (unsigned i = 0; i < object->head.e_phnum; i++) {
        const Elf64_Phdr *segment = &object->segments[i];

        if (segment->p_type == PT_TLS && plugin_range_within(section->sh_addr, section->sh_size,
                                                             segment->p_vaddr, segment->p_memsz)) {
            return true;
        }
    }
    return false;
}

/* Is a section where it will be loaded, and with the rights that it needs? */
static bool section_fits(const struct plugin_object *object, const Elf64_Shdr *section)
{
    bool in_file = section->sh_type != SHT_NOBITS;
    const Elf64_Phdr *load;

    if (!(section->sh_flags & SHF_ALLOC) || section->sh_size == 0) {
        return true;
    }
    if (section->sh_flags & SHF_TLS && !in_tls(object, section)) {
        return false;
    }
    if (section->sh_flags & SHF_TLS && !in_file) {
        return true; /* needs memory in threads only */
    }
    load = plugin_object_load(object, section->sh_addr, section->sh_size);
    return load && (!(section->sh_flags & SHF_WRITE) || load->p_flags & PF_W) &&
           (!(section->sh_flags & SHF_EXECINSTR) || load->p_flags & PF_X) &&
           (!in_file || (section->sh_addr - load->p_vaddr == section->sh_offset - load->p_offset &&
                         plugin_range_within(section->sh_addr, section->sh_size, load->p_vaddr,
                                             load->p_filesz)));
}

static enum shunt_status check_sections(const struct plugin_object *object)
{
    enum shunt_status status = SHUNT_OK;

    for (unsigned i = 0; !status && i < object->head.e_shnum; i++) {
        Elf64_Shdr section;

        status = plugin_object_bytes(object, object->head.e_shoff + (uint64_t)i * sizeof section,
                                     &section, sizeof section, "its section headers");
        if (!status && !section_fits(object, &section)) {
            status = error_set(object->error, SHUNT_EINVAL,
                               "expected section %u in a loaded segment with its rights, found "
                               "offset 0x%" PRIx64 ", address 0x%" PRIx64 ", %" PRIu64 " bytes",
                               i, section.sh_offset, section.sh_addr, section.sh_size);
        }
    }
    return status;
}

enum shunt_status plugin_layout_check(const struct plugin_object *object)
{
    enum shunt_status status = check_loads(object);

    if (!status) {
        status = check_parts(object);
    }
    return status ? status : check_sections(object);
}
