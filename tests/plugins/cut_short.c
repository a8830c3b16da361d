/* Says a size that its object does not have: reading by it would leave the object. */
#include "witness.h"

#include <shunt/plugin.h>

static const struct shunt_note_section note
    __attribute__((used, aligned(4), section(".note.shunt"))) = {
        6, sizeof(struct shunt_note), SHUNT_NOTE_TYPE, "Shunt", {SHUNT_ABI_MAJOR, SHUNT_ABI_MINOR}};

extern const uint32_t SHUNT_PLUGIN_SYMBOL;
__attribute__((visibility("default"))) const uint32_t SHUNT_PLUGIN_SYMBOL =
    sizeof(struct shunt_plugin);
