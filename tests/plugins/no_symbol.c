/* Has the note and no symbol. */
#include "witness.h"

#include <shunt/plugin.h>

static const struct shunt_note_section note
    __attribute__((used, aligned(4), section(".note.shunt"))) = {
        6, sizeof(struct shunt_note), SHUNT_NOTE_TYPE, "Shunt", {SHUNT_ABI_MAJOR, SHUNT_ABI_MINOR}};
