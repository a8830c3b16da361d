/* Built for the ABI's next major: the note has that number, and that is all that may be read of it. */
#include "witness.h"

#include <shunt/plugin.h>

static const struct shunt_note_section note
    __attribute__((used, aligned(4), section(".note.shunt"))) = {
        6, sizeof(struct shunt_note), SHUNT_NOTE_TYPE, "Shunt", {SHUNT_ABI_MAJOR + 1, 0}};

extern const struct shunt_plugin SHUNT_PLUGIN_SYMBOL;
__attribute__((visibility("default")))
const struct shunt_plugin SHUNT_PLUGIN_SYMBOL = {.size = sizeof(struct shunt_plugin),
                                                 .abi_major = SHUNT_ABI_MAJOR + 1,
                                                 .name = "other_major",
                                                 .version = "1.0"};
