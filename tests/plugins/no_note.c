/* Has the symbol and no note: some other shared object, as it looks from outside. */
#include "witness.h"

#include <shunt/plugin.h>

extern const struct shunt_plugin SHUNT_PLUGIN_SYMBOL;
__attribute__((visibility("default"))) const struct shunt_plugin SHUNT_PLUGIN_SYMBOL = {
    SHUNT_PLUGIN_HEAD, .name = "no_note", .version = "1.0"};
