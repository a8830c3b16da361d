/* Whether the dynamic loader may be let at a file: what the loader trusts is checked here. */
#ifndef PLUGIN_LAYOUT_H
#define PLUGIN_LAYOUT_H

#include "plugin/object.h"

/*
 * SHUNT_OK: segments are in order, apart, congruent, in the file and in one another as the ELF
 * specification asks for, and every section that is loaded lies where its flags need it.
 * SHUNT_EINVAL: anything else. SHUNT_ESYS: the file cannot be read.
 */
enum shunt_status plugin_layout_check(const struct plugin_object *object) SHUNT_MUST_USE;

#endif
