/* Notes are looked for in the segments that hold them, then in the sections. */
#include "plugin/note.h"

#include <string.h>

#define NOTES_BYTES_MAX 65536 /* of one segment or section of notes; ours is 32 */

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
static enum shunt_status search(const struct plugin_object *object, uint64_t offset, uint64_t len,
                                uint64_t align, struct shunt_note *note, bool *found)
{
    char notes[NOTES_BYTES_MAX];
    enum shunt_status status;

    if (len > sizeof notes) {
        return SHUNT_OK;
    }
    status = plugin_object_bytes(object, offset, notes, (size_t)len, "its notes");
    if (!status) {
        *found = note_among(notes, (size_t)len, align == 8 ? 8 : 4, note);
    }
    return status;
}

static enum shunt_status walk_segments(const struct plugin_object *object, struct shunt_note *note,
                                       bool *found)
{
    enum shunt_status status = SHUNT_OK;

    for (unsigned i = 0; i < object->head.e_phnum && !*found && !status; i++) {
        const Elf64_Phdr *segment = &object->segments[i];

        if (segment->p_type == PT_NOTE) {
            status =
                search(object, segment->p_offset, segment->p_filesz, segment->p_align, note, found);
        }
    }
    return status;
}

/* For a linker script that makes no segment of notes. */
static enum shunt_status walk_sections(const struct plugin_object *object, struct shunt_note *note,
                                       bool *found)
{
    for (unsigned i = 0; i < object->head.e_shnum && !*found; i++) {
        Elf64_Shdr section;
        enum shunt_status status =
            plugin_object_bytes(object, object->head.e_shoff + (uint64_t)i * sizeof section,
                                &section, sizeof section, "its section headers");

        if (!status && section.sh_type == SHT_NOTE) {
            status = search(object, section.sh_offset, section.sh_size, section.sh_addralign, note,
                            found);
        }
        if (status) {
            return status;
        }
    }
    return SHUNT_OK;
}

enum shunt_status plugin_note_read(const struct plugin_object *object, struct shunt_note *note)
{
    struct shunt_note read = {0};
    bool found = false;
    enum shunt_status status = walk_segments(object, &read, &found);

    if (!status && !found) {
        status = walk_sections(object, &read, &found);
    }
    if (!status && !found) {
        status = error_set(object->error, SHUNT_EINVAL,
                           "expected the note .note.shunt of a plugin, found none");
    }
    if (!status) {
        *note = read;
    }
    return status;
}
